# SPDX-License-Identifier: Apache-2.0
"""Settings of the perception node: those of the core, and how it meets the rest of the stack."""

from __future__ import annotations

from dataclasses import dataclass, field

from simlingo_core.config import parameter, validate
from simlingo_core.schedule import Schedule
from simlingo_perception.config import PerceptionConfig


@dataclass(frozen=True, kw_only=True)
class PerceptionNodeConfig:
    """What the perception node can be told."""

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
        description='Images as pixels, or as JPEG that is passed on as it is.',
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
    core: PerceptionConfig = field(default_factory=PerceptionConfig)

    def __post_init__(self) -> None:
        validate(self)

    @property
    def schedule(self) -> Schedule:
        """The lockstep schedule."""
        return Schedule(self.plan_period_ticks, self.plan_latency_ticks)

    @property
    def kept_observations(self) -> int:
        """How many observations are sent again with a repeated frame (lockstep)."""
        return self.plan_latency_ticks // self.plan_period_ticks + 2
