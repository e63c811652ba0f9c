# SPDX-License-Identifier: Apache-2.0
"""Drives in CARLA without ROS: through its Python client, and as agent of the leaderboard."""
