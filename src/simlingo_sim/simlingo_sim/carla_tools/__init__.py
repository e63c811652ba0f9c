# SPDX-License-Identifier: Apache-2.0
"""What tools of CARLA attach to: objects, sensors to spawn, weather, goals, other commands."""
