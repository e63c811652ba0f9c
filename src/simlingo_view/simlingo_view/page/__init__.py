# SPDX-License-Identifier: Apache-2.0
"""The live page: a browser watches the car and talks to it."""
