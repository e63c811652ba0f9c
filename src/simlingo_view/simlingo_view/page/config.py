# SPDX-License-Identifier: Apache-2.0
"""Settings of the live page."""

from __future__ import annotations

from dataclasses import dataclass

from simlingo_core.config import parameter, validate


@dataclass(frozen=True, kw_only=True)
class PageConfig:
    """All parameters of the page node."""

    role_name: str = parameter('ego_vehicle', description="The car's role name.")
    camera_id: str = parameter('rgb_front', description='Id of the front camera.')
    lockstep: bool = parameter(False, description='Whether the world can be paused and stepped.')
    host: str = parameter(
        '127.0.0.1',
        description='Address to listen on; any other than this machine needs a token.',
    )
    port: int = parameter(8080, low=0, high=65535, description='Port; 0: any free one.')
    token: str = parameter(
        '', description='Secret that opens the page from other machines; empty: a new one.'
    )
    image_rate_hz: float = parameter(
        12.0,
        unit='Hz',
        low=1.0,
        high=20.0,
        description='Camera images per second of wall time, where the world makes no small copies '
        'at its own pace.',
    )
    image_width_px: int = parameter(
        640, unit='px', low=64, high=4096, description='Width of the images that are sent.'
    )
    image_quality: int = parameter(70, low=10, high=95, description='JPEG quality of the images.')

    def __post_init__(self) -> None:
        validate(self)
