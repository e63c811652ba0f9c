# SPDX-License-Identifier: Apache-2.0
"""The ROS graph as an agent of the CARLA leaderboard: ``--agent`` of an evaluator with ROS 2.

The leaderboard starts CARLA's ROS bridge and then the launch file named here, spawns the sensors
below through the bridge, and waits at every tick for a command with the stamp of that tick.
"""

from __future__ import annotations

import os
from typing import Any

from leaderboard.autoagents.autonomous_agent import Track
from leaderboard.autoagents.ros2_agent import ROS2Agent

from simlingo_carla.leaderboard_data import CAMERA, GNSS, IMU, SENSORS, SPEED

TOPIC_IDS = {CAMERA: 'rgb_front', IMU: 'imu', GNSS: 'gnss', SPEED: 'speedometer'}
"""Sensor ids, by which the bridge names its topics ``/carla/hero/<id>``, as the graph does."""


def get_entry_point() -> str:
    """Return the name of the agent's class, as the evaluator asks for."""
    return 'SimlingoRos2Agent'


class SimlingoRos2Agent(ROS2Agent):  # type: ignore[misc]
    """Perception, planner and control as ROS nodes; nothing is computed in the evaluator."""

    def setup(self, path_to_conf_file: str) -> None:
        """Set the track; the graph was started before, by the base class's constructor."""
        self.track = Track.SENSORS

    def sensors(self) -> list[dict[str, Any]]:
        """Return the sensors of the training, named as the graph's topics."""
        return [{**sensor, 'id': TOPIC_IDS[str(sensor['id'])]} for sensor in SENSORS]

    def get_ros_entrypoint(self) -> dict[str, Any]:
        """Return what ``ros2 launch`` starts.

        It is called before ``setup`` knows ``--agent-config``: the environment variable
        ``SIMLINGO_POLICY`` names the policy (default: mini).
        """
        return {
            'package': 'simlingo_bringup',
            'launch_file': 'stack.launch.py',
            'parameters': {
                # The evaluator has started the bridge; its route is the global plan.
                'world': 'carla_native',
                'relay': 'false',
                'role_name': 'hero',
                'localisation': 'true',
                'lockstep': 'true',
                # The evaluator waits, and its first tick may have any number.
                'plan_period_ticks': 1,
                'plan_latency_ticks': 0,
                'ready': 'planner',
                'policy': os.environ.get('SIMLINGO_POLICY') or 'mini',
            },
        }
