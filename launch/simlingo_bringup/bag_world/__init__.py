# SPDX-License-Identifier: Apache-2.0
"""A recording in place of a world: publishes what the world published in it."""
