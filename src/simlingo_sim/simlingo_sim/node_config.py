# SPDX-License-Identifier: Apache-2.0
"""Settings of the simulator's ROS node."""

from __future__ import annotations

from dataclasses import dataclass

from simlingo_core.config import parameter, validate


@dataclass(frozen=True, kw_only=True)
class SimConfig:
    """What the simulator node can be told."""

    route: str = parameter('test:0', description='Route set and id, or a file and id.')
    situation: str = parameter('', description='What shall happen; empty: what the route says.')
    seed: int = parameter(0, low=0, description='Of traffic, situations, sensors and looks.')
    role_name: str = parameter('ego_vehicle', description="The car's role name.")
    camera_id: str = parameter('rgb_front', description='Id of the front camera.')
    lockstep: bool = parameter(False, description='Wait for the command of each frame.')
    plan_period_ticks: int = parameter(
        4, low=1, description='Ticks from image to image (lockstep).'
    )
    command_wait_limit_s: float = parameter(
        10.0, unit='s', low=0.1, high=120.0, description='Brake when no command comes (lockstep).'
    )
    repeat_after_s: float = parameter(
        0.5,
        unit='s',
        low=0.05,
        high=10.0,
        description='Send an unanswered frame again (lockstep).',
    )
    autopilot: bool = parameter(False, description='The expert drives from the start.')
    vehicles: int = parameter(30, low=0, high=200, description='Other vehicles on the road.')
    pedestrians: int = parameter(10, low=0, high=200, description='People on foot.')
    quality: str = parameter(
        'plain',
        choices=('plain', 'antialiased', 'full'),
        description='Of the images; plain is the preset of data and evaluation.',
    )
    has_sensor_noise: bool = parameter(
        False,
        description="GNSS and IMU noise of the leaderboard, none by default as the bridge's.",
    )
    has_camera: bool = parameter(True, description='Publish the front camera.')
    top_view_period_ticks: int = parameter(
        0, low=0, high=200, description='Ticks between images from above (rgb_top); 0: none.'
    )
    protocol: str = parameter('bench2drive', description='Rules of the score.')
    result_path: str = parameter('', description='File for the result as JSON; empty: none.')
    ends_when_done: bool = parameter(
        True, description='End the process when the drive is over; else the car stands braked.'
    )

    def __post_init__(self) -> None:
        validate(self)
