# SPDX-License-Identifier: Apache-2.0
"""Settings of the observer node."""

from __future__ import annotations

from dataclasses import dataclass

from simlingo_core.config import parameter, validate


@dataclass(frozen=True, kw_only=True)
class ObserverConfig:
    """All parameters of the observer."""

    role_name: str = parameter('ego_vehicle', description="The car's role name.")
    camera_id: str = parameter('rgb_front', description='Id of the front camera.')
    folder: str = parameter('out/demo', description='Where episode.mp4 and series.json go.')
    video_rate_hz: int = parameter(
        10, unit='Hz', low=1, high=20, description='Images per second of the video.'
    )
    instruction: str = parameter(
        '', description='Instruction to give once on the way; empty: none.'
    )
    instruction_progress: float = parameter(
        0.25, low=0.0, high=1.0, description='Share of the route from which on it may be given.'
    )
    instruction_speed_mps: float = parameter(
        4.0, unit='m/s', low=0.0, high=40.0, description='The car must drive so fast for 1 s.'
    )

    def __post_init__(self) -> None:
        validate(self)
