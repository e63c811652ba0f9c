# SPDX-License-Identifier: Apache-2.0
"""The SimLingo network, its processor, checkpoints and inference engine, with no ROS in it."""
