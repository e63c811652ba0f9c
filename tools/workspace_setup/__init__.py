# SPDX-License-Identifier: Apache-2.0
"""Make a working ROS 2 workspace out of a fresh clone, with the standard library only."""
