# SPDX-License-Identifier: Apache-2.0
"""Publishes plans, markers and an overlaid image in standard types, while somebody listens."""
