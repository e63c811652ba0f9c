# SPDX-License-Identifier: Apache-2.0
"""Tools for the result files of the CARLA leaderboard and of Bench2Drive."""
