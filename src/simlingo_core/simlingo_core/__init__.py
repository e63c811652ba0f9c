# SPDX-License-Identifier: Apache-2.0
"""Types and mathematics shared by the SimLingo stack, with no ROS in it."""
