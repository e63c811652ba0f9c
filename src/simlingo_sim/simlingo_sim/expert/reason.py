# SPDX-License-Identifier: Apache-2.0
"""Reasons of the expert's decisions as data; labels of the data set are made from them."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any

from simlingo_sim.state import LightState


class RouteAction(StrEnum):
    """Lateral action of the expert."""

    FOLLOW_ROUTE = 'follow_route'
    TURN_LEFT = 'turn_left'
    TURN_RIGHT = 'turn_right'
    GO_STRAIGHT = 'go_straight'
    CHANGE_LANE_LEFT = 'change_lane_left'
    CHANGE_LANE_RIGHT = 'change_lane_right'
    PASS_OBSTACLE = 'pass_obstacle'
    RETURN_TO_LANE = 'return_to_lane'
    WAIT_FOR_GAP = 'wait_for_gap'
    KEEP_RIGHT = 'keep_right'
    LEAVE_PARKING = 'leave_parking'


class SpeedAction(StrEnum):
    """Longitudinal action of the expert."""

    REMAIN_STOPPED = 'remain_stopped'
    STOP_NOW = 'stop_now'
    MAINTAIN_SPEED = 'maintain_speed'
    MAINTAIN_REDUCED_SPEED = 'maintain_reduced_speed'
    ACCELERATE = 'accelerate'
    DECELERATE = 'decelerate'


@dataclass(frozen=True, kw_only=True)
class Reduction:
    """An actor, light or sign that reduces the target speed.

    Attributes:
        kind: an ``ActorKind`` value, ``traffic_light``, ``stop_sign``, ``junction``, ``curve``.
        id: id of the actor, light or sign; 0: none.
        distance_m: distance from the car's centre along the route.
        speed_mps: the reduced target speed.
    """

    kind: str
    id: int
    distance_m: float
    speed_mps: float


@dataclass(frozen=True, kw_only=True)
class ExpertReason:
    """Reason of the expert's decision at one tick.

    Attributes:
        tick: tick of the world.
        speed_mps, target_speed_mps, speed_limit_mps: speed, target speed and speed limit.
        reduction: what reduces the target speed most, None on a free road.
        vehicle_hazard, light_hazard, walker_hazard, stop_sign_hazard: hazards with the names of
            upstream's measurements.
        stop_sign_close, walker_close: whether one is near, hazard or not.
        vehicle_affecting_id, walker_affecting_id: id of the actor that is the hazard.
        changed_route: whether the route is shifted at the position of the car.
        is_in_junction: whether the car is in a junction.
        light: state of the next light within range, None without one.
        route_action, speed_action: lateral and longitudinal action.
        obstacle_ids: ids of the obstacles that are passed or waited for.
        junction_distance_m: distance to the next junction ahead, None beyond range.
    """

    tick: int
    speed_mps: float
    target_speed_mps: float
    speed_limit_mps: float
    reduction: Reduction | None = None
    vehicle_hazard: bool = False
    light_hazard: bool = False
    walker_hazard: bool = False
    stop_sign_hazard: bool = False
    stop_sign_close: bool = False
    walker_close: bool = False
    vehicle_affecting_id: int | None = None
    walker_affecting_id: int | None = None
    changed_route: bool = False
    is_in_junction: bool = False
    light: LightState | None = None
    route_action: RouteAction = RouteAction.FOLLOW_ROUTE
    speed_action: SpeedAction = SpeedAction.MAINTAIN_SPEED
    obstacle_ids: tuple[int, ...] = field(default_factory=tuple)
    junction_distance_m: float | None = None

    @property
    def hazards(self) -> frozenset[str]:
        """Names of the hazards at this tick."""
        names = ('vehicle_hazard', 'light_hazard', 'walker_hazard', 'stop_sign_hazard')
        return frozenset(name for name in names if getattr(self, name))

    def as_dict(self) -> dict[str, Any]:
        """Return all fields as JSON types, with upstream's names for the reduction."""
        data = asdict(self)
        reduction = data.pop('reduction')
        data['light'] = None if self.light is None else self.light.name.lower()
        data['route_action'] = str(self.route_action)
        data['speed_action'] = str(self.speed_action)
        data['obstacle_ids'] = list(self.obstacle_ids)
        data['speed_reduced_by_obj_type'] = reduction['kind'] if reduction else None
        data['speed_reduced_by_obj_id'] = reduction['id'] if reduction else None
        data['speed_reduced_by_obj_distance'] = reduction['distance_m'] if reduction else None
        return data


def speed_action_for(
    speed_mps: float, target_mps: float, limit_mps: float, reduced_share: float = 0.71
) -> SpeedAction:
    """Return the longitudinal action for a speed and its target (upstream_spec §6.1)."""
    if abs(speed_mps - target_mps) < 0.5:
        if speed_mps < 0.2:
            return SpeedAction.REMAIN_STOPPED
        if target_mps < 0.2:
            return SpeedAction.STOP_NOW
        is_full = target_mps / max(limit_mps, 0.1) > reduced_share
        return SpeedAction.MAINTAIN_SPEED if is_full else SpeedAction.MAINTAIN_REDUCED_SPEED
    return SpeedAction.ACCELERATE if speed_mps < target_mps else SpeedAction.DECELERATE
