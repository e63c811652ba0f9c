# SPDX-License-Identifier: Apache-2.0
"""Settings of the frames node."""

from __future__ import annotations

from dataclasses import dataclass

from simlingo_core.config import parameter, validate


@dataclass(frozen=True, kw_only=True)
class FramesConfig:
    """All parameters of the frames node."""

    role_name: str = parameter(
        'ego_vehicle', description='Frame that the CARLA bridge gives the car.'
    )
    base_frame: str = parameter('base_link', description='Frame that the stack calls the car.')

    def __post_init__(self) -> None:
        validate(self)
