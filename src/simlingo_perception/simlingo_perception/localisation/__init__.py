# SPDX-License-Identifier: Apache-2.0
"""Odometry from satellite fix, IMU and speedometer, where the world has none of its own."""
