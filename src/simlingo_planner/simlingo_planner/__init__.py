# SPDX-License-Identifier: Apache-2.0
"""Hosts the driving policy: observation in, driving plan and commentary out."""
