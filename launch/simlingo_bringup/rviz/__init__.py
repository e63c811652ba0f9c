# SPDX-License-Identifier: Apache-2.0
"""Starts rviz2 with the configuration of the stack."""
