# SPDX-License-Identifier: Apache-2.0
"""Infractions and end reasons of episodes, named as in the leaderboard's result file."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class InfractionKind(StrEnum):
    """Keys of ``infractions`` in the leaderboard's results, in its order."""

    COLLISION_STATIC = 'collisions_layout'
    COLLISION_PEDESTRIAN = 'collisions_pedestrian'
    COLLISION_VEHICLE = 'collisions_vehicle'
    RED_LIGHT = 'red_light'
    STOP_SIGN = 'stop_infraction'
    OUTSIDE_LANES = 'outside_route_lanes'
    MIN_SPEED = 'min_speed_infractions'
    YIELD_EMERGENCY = 'yield_emergency_vehicle_infractions'
    SCENARIO_TIMEOUT = 'scenario_timeouts'
    ROUTE_DEVIATION = 'route_dev'
    BLOCKED = 'vehicle_blocked'
    ROUTE_TIMEOUT = 'route_timeout'

    @property
    def is_collision(self) -> bool:
        """Whether it is a collision with anything."""
        return self in (self.COLLISION_STATIC, self.COLLISION_PEDESTRIAN, self.COLLISION_VEHICLE)


@dataclass(frozen=True, kw_only=True)
class Infraction:
    """One infraction.

    Attributes:
        kind: kind of infraction.
        t_s: simulation time.
        position_map_m: position of the car.
        message: one sentence, as written into the result file.
        other_id: id of the other actor, light or sign; 0: none.
        percentage: percentage of the route (outside lanes) or of the speed of the other traffic
            (minimum speed).
    """

    kind: InfractionKind
    t_s: float
    position_map_m: tuple[float, float]
    message: str
    other_id: int = 0
    percentage: float = 0.0


class EndReason(StrEnum):
    """Why an episode ended; the values are the leaderboard's status words."""

    ARRIVED = 'Completed'
    ROUTE_DEVIATION = 'Failed - Agent deviated from the route'
    BLOCKED = 'Failed - Agent got blocked'
    ROUTE_TIMEOUT = 'Failed - Agent timed out'
    TICK_LIMIT = 'Failed - TickRuntime'
    AGENT_CRASHED = 'Failed - Agent crashed'
    SIMULATION_CRASHED = 'Failed - Simulation crashed'
    STOPPED_EARLY = 'Failed'
