# SPDX-License-Identifier: Apache-2.0
"""Settings of the perception package."""

from __future__ import annotations

from dataclasses import dataclass

from simlingo_core.config import parameter, validate
from simlingo_core.errors import ConfigError


@dataclass(frozen=True, kw_only=True)
class PerceptionConfig:
    """Everything that can be set about perception.

    Raises:
        ConfigError: a value is out of range or the target point distances are out of order.
    """

    image_width: int = parameter(
        1024, unit='pixels', low=64, high=4096, description='Width of the camera image.'
    )
    image_height: int = parameter(
        512, unit='pixels', low=32, high=4096, description='Height of the camera image.'
    )
    jpeg_quality: int = parameter(
        95, low=50, high=100, description='The model was trained on images of quality 95.'
    )
    stamp_tolerance_s: float = parameter(
        0.001, unit='s', low=0.0, high=0.05, description='Stamps closer than this are the same.'
    )
    input_age_limit_s: float = parameter(
        0.3, unit='s', low=0.05, high=5.0, description='Inputs older than this are called stale.'
    )
    frozen_images_limit: int = parameter(
        5, unit='images', low=1, high=1000, description='Equal images while moving: frozen.'
    )
    frozen_above_mps: float = parameter(
        1.0, unit='m/s', low=0.1, high=50.0, description='Faster than this, images must differ.'
    )
    off_route_limit_m: float = parameter(
        10.0, unit='m', low=1.0, high=100.0, description='Farther from the route is reported.'
    )
    target_spacing_m: float = parameter(
        50.0, unit='m', low=1.0, high=500.0, description='Spacing of the thinned-out route.'
    )
    target_reached_m: float = parameter(
        7.5, unit='m', low=0.5, high=50.0, description='A target point nearer than this is passed.'
    )
    target_search_m: float = parameter(
        50.0, unit='m', low=1.0, high=500.0, description='How far ahead passed points are sought.'
    )

    def __post_init__(self) -> None:
        validate(self)
        if self.target_reached_m > self.target_search_m:
            raise ConfigError(
                f'PerceptionConfig.target_reached_m is {self.target_reached_m} and '
                f'target_search_m is {self.target_search_m}; expected reached <= search'
            )
