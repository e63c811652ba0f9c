# SPDX-License-Identifier: Apache-2.0
"""Settings of the display node."""

from __future__ import annotations

from dataclasses import dataclass

from simlingo_core.config import parameter, validate


@dataclass(frozen=True, kw_only=True)
class DisplayConfig:
    """All parameters of the display node."""

    role_name: str = parameter('ego_vehicle', description="The car's role name.")
    camera_id: str = parameter('rgb_front', description='Id of the front camera.')
    overlay_quality: int = parameter(
        85, low=1, high=100, description='JPEG quality of the image with the plan drawn into it.'
    )

    def __post_init__(self) -> None:
        validate(self)
