# SPDX-License-Identifier: Apache-2.0
"""Embedded simulator with the topics of the CARLA ROS bridge."""
