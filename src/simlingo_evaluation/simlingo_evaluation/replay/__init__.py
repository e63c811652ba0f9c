# SPDX-License-Identifier: Apache-2.0
"""Scores a policy on recordings: perception, planner and control run on what a bag holds."""
