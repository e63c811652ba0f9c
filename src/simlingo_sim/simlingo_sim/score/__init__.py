# SPDX-License-Identifier: Apache-2.0
"""Infractions, penalties and scores of the CARLA leaderboard and Bench2Drive."""
