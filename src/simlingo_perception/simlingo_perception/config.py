# SPDX-License-Identifier: Apache-2.0
"""Settings of perception: those of the cores, and those of the node on top of them."""

from __future__ import annotations

from dataclasses import dataclass, replace

from simlingo_core.config import parameter, validate
from simlingo_core.errors import ConfigError
from simlingo_core.schedule import Schedule

# Stamps nearer than this are the same moment.
SAME_STAMP_S = 0.001


@dataclass(frozen=True, kw_only=True)
class PerceptionConfig:
    """Settings of the cores, the same in-process and over ROS.

    Raises:
        ConfigError: a value is out of range, or two values contradict each other.
    """

    camera_fov_deg: float = parameter(
        110.0,
        unit='deg',
        low=10.0,
        high=170.0,
        description="The camera's horizontal field of view; at least 110 is needed.",
    )
    jpeg_quality: int = parameter(
        95, low=50, high=100, description='The model was trained on images of quality 95.'
    )
    stamp_tolerance_s: float = parameter(
        0.05,
        unit='s',
        low=SAME_STAMP_S,
        high=0.2,
        description='Farthest odometry whose pose an image may take (see README).',
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
    far_from_route_m: float = parameter(
        10.0, unit='m', low=1.0, high=100.0, description='Farther from the route: a warning.'
    )
    off_route_m: float = parameter(
        30.0,
        unit='m',
        low=1.0,
        high=1000.0,
        description='Farther from the route: observations say so, and the car stops.',
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
        for small, large in (
            ('target_reached_m', 'target_search_m'),
            ('far_from_route_m', 'off_route_m'),
        ):
            if getattr(self, small) > getattr(self, large):
                raise ConfigError(
                    f'PerceptionConfig.{small} is {getattr(self, small)} and {large} is '
                    f'{getattr(self, large)}; expected {small} <= {large}'
                )


@dataclass(frozen=True, kw_only=True)
class PerceptionNodeConfig(PerceptionConfig):
    """All parameters of the perception node."""

    role_name: str = parameter('ego_vehicle', description="The car's role name.")
    camera_id: str = parameter('rgb_front', description='Id of the front camera.')
    lockstep: bool = parameter(False, description='Observe on planning ticks, losing none.')
    plan_period_ticks: int = parameter(
        4, low=1, description='Ticks from observation to observation (lockstep).'
    )
    plan_latency_ticks: int = parameter(
        2, low=0, description='Ticks until a plan is in force; so long observations are kept.'
    )
    rate_limit_hz: float = parameter(
        10.0, unit='Hz', low=0.5, high=20.0, description='Most observations (real time).'
    )
    image_transport: str = parameter(
        'raw',
        choices=('raw', 'compressed'),
        description='Images as pixels, or as JPEG or PNG; JPEG is passed on as it is.',
    )
    uses_camera_info: bool = parameter(
        True,
        description='Refuse images that contradict camera_info; the native output of CARLA '
        'has wrong ones.',
    )
    route_source: str = parameter(
        'global_plan',
        choices=('global_plan', 'waypoints'),
        description='Route with commands, or a mere path, followed as lane.',
    )
    speed_difference_limit_mps: float = parameter(
        2.0,
        unit='m/s',
        low=0.1,
        high=20.0,
        description='Odometry and speedometer that differ more contradict each other.',
    )

    @property
    def schedule(self) -> Schedule:
        """The lockstep schedule."""
        return Schedule(self.plan_period_ticks, self.plan_latency_ticks)

    @property
    def kept_observations(self) -> int:
        """How many observations are sent again with a repeated frame (lockstep)."""
        return self.plan_latency_ticks // self.plan_period_ticks + 2

    def with_exact_stamps(self) -> PerceptionNodeConfig:
        """Return these settings for a world whose sensors share their stamps, as in lockstep."""
        return replace(self, stamp_tolerance_s=SAME_STAMP_S)
