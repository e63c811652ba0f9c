# SPDX-License-Identifier: Apache-2.0
"""What CARLA's native ROS 2 output lacks, from its Python client: car, ticks, odometry, route."""
