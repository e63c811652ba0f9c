# SPDX-License-Identifier: Apache-2.0
"""Road users of the world with velocity and acceleration, as CARLA's objects have them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simlingo_core.geometry import Pose3, wrap_angle_rad
from simlingo_ros.conversions.objects import RoadUser, UserClass
from simlingo_sim.state import ActorKind, ActorState, WorldState

CLASSES: Mapping[ActorKind, UserClass] = {
    ActorKind.CAR: UserClass.CAR,
    ActorKind.SUV: UserClass.CAR,
    ActorKind.VAN: UserClass.CAR,
    ActorKind.POLICE: UserClass.CAR,
    ActorKind.AMBULANCE: UserClass.CAR,
    ActorKind.TRUCK: UserClass.TRUCK,
    ActorKind.BUS: UserClass.OTHER_VEHICLE,
    ActorKind.MOTORCYCLE: UserClass.MOTORCYCLE,
    ActorKind.BICYCLE: UserClass.BIKE,
    ActorKind.PEDESTRIAN: UserClass.PEDESTRIAN,
    ActorKind.CHILD: UserClass.PEDESTRIAN,
    ActorKind.DOG: UserClass.PEDESTRIAN,
}


@dataclass(frozen=True, eq=False)
class _Seen:
    yaw_rad: float
    velocity_map_mps: NDArray[np.float64]
    age_ticks: int


class RoadUserTracker:
    """Makes road users from states; props such as cones are none.

    Acceleration and turn rate are differences from the state before, 0 for who is new.  It need
    not be asked at every tick.
    """

    def __init__(self) -> None:
        self._seen: dict[int, _Seen] = {}
        self._state: WorldState | None = None
        self._users: tuple[RoadUser, ...] = ()

    def update(self, state: WorldState) -> tuple[RoadUser, ...]:
        """Return all road users of a state, the car first."""
        before = self._state
        if state is before:
            return self._users
        if before is not None and state.tick <= before.tick:
            self._seen, before = {}, None
        ticks = 1 if before is None else state.tick - before.tick
        dt_s = 0.0 if before is None else state.t_s - before.t_s
        actors = [a for a in (state.ego, *state.actors) if a.kind in CLASSES]
        self._users = tuple(self._user(actor, dt_s, ticks) for actor in actors)
        self._seen = {
            user.id: _Seen(user.pose_map.planar.yaw_rad, user.velocity_map_mps, user.age_ticks)
            for user in self._users
        }
        self._state = state
        return self._users

    def _user(self, actor: ActorState, dt_s: float, ticks: int) -> RoadUser:
        yaw_rad = actor.pose_map.yaw_rad
        heading = np.array([math.cos(yaw_rad), math.sin(yaw_rad), 0.0])
        velocity = actor.speed_mps * heading
        seen = self._seen.get(actor.id)
        acceleration, yaw_rate = np.zeros(3), 0.0
        if seen is not None and dt_s > 0.0:
            acceleration = (velocity - seen.velocity_map_mps) / dt_s
            yaw_rate = wrap_angle_rad(yaw_rad - seen.yaw_rad) / dt_s
        return RoadUser(
            id=actor.id,
            kind=CLASSES[actor.kind],
            pose_map=Pose3.from_planar(actor.pose_map),
            velocity_map_mps=velocity,
            acceleration_map_mps2=acceleration,
            yaw_rate_radps=yaw_rate,
            size_m=2.0 * np.array(actor.extent_m),
            age_ticks=ticks if seen is None else seen.age_ticks + ticks,
        )
