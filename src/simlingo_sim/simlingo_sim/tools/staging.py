# SPDX-License-Identifier: Apache-2.0
"""States of the world set up by hand, to judge images.

They show lights, signs, pedestrians and vehicles at the distances at which a driver must react.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from shapely.geometry import LineString

from simlingo_core.errors import WorldError
from simlingo_core.geometry import Pose2
from simlingo_sim.actor_catalog import MODELS, pick_look
from simlingo_sim.state import ActorKind, ActorState, LightState, WorldState
from simlingo_sim.town.town import Lane, LaneKind, Town
from simlingo_sim.weather import PRESETS, choose_weather

SHORTEST_LANE_M = 70.0
ALL = 'all'


@dataclass(frozen=True, kw_only=True)
class Moment:
    """A state of the world and a caption of what it shows."""

    caption: str
    state: WorldState


def in_weather(moments: Sequence[Moment], name: str, seed: int) -> list[Moment]:
    """Return moments in a weather; with ``all``, the second one in every preset.

    Raises:
        WorldError: there is no such weather.
    """
    if name != ALL:
        return [_dressed(moment, moment.caption, name, seed) for moment in moments]
    shown = moments[min(1, len(moments) - 1)]
    return [_dressed(shown, preset, preset, seed) for preset in PRESETS]


def _dressed(moment: Moment, caption: str, name: str, seed: int) -> Moment:
    chosen = choose_weather(name, (), seed)
    weather = None if chosen is None else chosen.at(0.0)
    return Moment(caption=caption, state=replace(moment.state, weather=weather))


class MomentBuilder:
    """Places actors along one lane of a town.

    Args:
        town: the town.
        lane: the lane of the ego.
        ego_at_m: position of the ego along the lane.
        rng: source of models, colours and parked cars.
    """

    def __init__(self, town: Town, lane: Lane, ego_at_m: float, rng: np.random.Generator) -> None:
        self._line = LineString(lane.centre_map_m)
        self._ego_at_m = ego_at_m
        self._rng = rng
        self._town = town
        self._actors: list[ActorState] = []
        for slot in town.parking_slots_map:
            if rng.random() < 0.6:
                kind = (ActorKind.CAR, ActorKind.SUV, ActorKind.CAR, ActorKind.VAN)[
                    int(rng.integers(4))
                ]
                self._add(kind, slot, 'parked', 0.0)

    def put(
        self,
        kind: ActorKind,
        ahead_m: float,
        left_m: float = 0.0,
        turn_deg: float = 0.0,
        speed_mps: float = 6.0,
        **changes: Any,
    ) -> MomentBuilder:
        """Place an actor ``ahead_m`` along the lane from the ego's centre; return self.

        Other arguments are fields of its ``ActorState``, such as lamps.
        """
        pose = self._pose(self._ego_at_m + ahead_m)
        pose = pose @ Pose2(0.0, left_m, math.radians(turn_deg))
        self._add(kind, pose, 'traffic', speed_mps, **changes)
        return self

    def moment(
        self, caption: str, lights: LightState = LightState.GREEN, only: Sequence[int] = ()
    ) -> Moment:
        """Return the state; ``only`` are ids of lights with this state, the rest is opposite."""
        other = LightState.GREEN if lights is LightState.RED else LightState.RED
        states = {
            light.id: lights if not only or light.id in only else other
            for light in self._town.traffic_lights
        }
        ego = ActorState(
            id=1,
            kind=ActorKind.CAR,
            type_id='vehicle.lincoln.mkz_2020',
            role='ego_vehicle',
            pose_map=self._pose(self._ego_at_m),
            speed_mps=5.0,
            extent_m=(2.45, 0.92, 0.75),
            color_rgb=(40, 90, 190),
        )
        state = WorldState(tick=0, t_s=0.1, ego=ego, actors=tuple(self._actors), lights=states)
        return Moment(caption=caption, state=state)

    def _pose(self, at_m: float) -> Pose2:
        """Return a pose on the lane, continued straight beyond its ends."""
        length = self._line.length
        inside = min(max(at_m, 0.5), length - 0.5)
        before, after = self._line.interpolate(inside - 0.5), self._line.interpolate(inside + 0.5)
        yaw = math.atan2(after.y - before.y, after.x - before.x)
        middle = Pose2((before.x + after.x) / 2, (before.y + after.y) / 2, yaw)
        return middle @ Pose2(at_m - inside, 0.0, 0.0)

    def _add(
        self, kind: ActorKind, pose: Pose2, role: str, speed_mps: float, **changes: Any
    ) -> None:
        ident = 2 + len(self._actors)
        look = pick_look(kind, self._rng)
        self._actors.append(
            ActorState(
                id=ident,
                kind=kind,
                type_id=look.type_id,
                role=role,
                pose_map=pose,
                speed_mps=speed_mps,
                extent_m=MODELS[kind].extent_m,
                color_rgb=look.color_rgb,
                walk_phase=float(self._rng.uniform(0, 2 * math.pi)),
                **changes,
            )
        )


def staged_moments(town: Town, rng: np.random.Generator) -> list[Moment]:
    """Return about a dozen moments that show everything a town has.

    Raises:
        WorldError: the town has no lane long enough to drive on.
    """
    lanes = [lane for lane in town.lanes if _is_drivable(lane)]
    if not lanes:
        raise WorldError(
            f'{town.name} has no driving lane of {SHORTEST_LANE_M:g} m; nothing to show'
        )
    return [
        *_light_moments(town, lanes, rng),
        *_sign_moments(town, lanes, rng),
        *_street_moments(town, lanes, rng),
    ]


def _is_drivable(lane: Lane) -> bool:
    is_street = lane.kind is LaneKind.DRIVING and not lane.in_junction
    return is_street and LineString(lane.centre_map_m).length >= SHORTEST_LANE_M


def _kerb_lane(lanes: list[Lane], edge_id: str) -> Lane | None:
    own = [lane for lane in lanes if lane.edge_id == edge_id]
    return min(own, key=lambda lane: lane.index) if own else None


def _light_moments(town: Town, lanes: list[Lane], rng: np.random.Generator) -> Iterator[Moment]:
    plan = (
        (LightState.RED, 40.0, 'red light at 40 m'),
        (LightState.YELLOW, 40.0, 'yellow light at 40 m'),
        (LightState.GREEN, 40.0, 'green light at 40 m, oncoming car turns left'),
        (LightState.RED, 4.0, 'at the stop line, red, people cross'),
    )
    guarded = [
        (light, lane)
        for light in town.traffic_lights
        if (lane := _kerb_lane(lanes, light.edge_id)) is not None
    ]
    if not guarded:
        return
    chosen = rng.permutation(len(guarded))
    for k, (color, back_m, caption) in enumerate(plan):
        light, lane = guarded[chosen[k % len(chosen)]]
        length = LineString(lane.centre_map_m).length
        stage = MomentBuilder(town, lane, length - back_m, rng)
        if back_m > 10:
            stage.put(ActorKind.SUV, back_m + 14, 3.5, 200, blinks_left=True)
            stage.put(ActorKind.PEDESTRIAN, back_m - 3, -3.2, 20, 1.2)
        else:
            for left, turn in ((-1.0, 90), (2.0, -90), (4.0, 90)):
                stage.put(ActorKind.PEDESTRIAN, back_m + 2.5 + 0.4 * left, left, turn, 1.4)
            stage.put(ActorKind.CAR, back_m + 10, 3.0, 90)
        yield stage.moment(caption, color, only=_same_axis(town, light.id))


def _same_axis(town: Town, light_id: int) -> list[int]:
    """Return the ids of a light and of the opposite light of its junction."""
    (own,) = (light for light in town.traffic_lights if light.id == light_id)
    return [
        light.id
        for light in town.traffic_lights
        if light.sumo_id == own.sumo_id
        and abs(math.sin(light.pose_map.yaw_rad - own.pose_map.yaw_rad)) < 0.5
    ]


def _sign_moments(town: Town, lanes: list[Lane], rng: np.random.Generator) -> Iterator[Moment]:
    guarded = [
        lane for sign in town.stop_signs if (lane := _kerb_lane(lanes, sign.edge_id)) is not None
    ]
    if not guarded:
        return
    chosen = rng.permutation(len(guarded))
    for k, (back_m, caption) in enumerate(
        ((30.0, 'stop sign at 30 m'), (10.0, 'stop sign at 10 m, crossing traffic'))
    ):
        lane = guarded[chosen[k % len(chosen)]]
        stage = MomentBuilder(town, lane, LineString(lane.centre_map_m).length - back_m, rng)
        stage.put(ActorKind.VAN, back_m + 9, -4, 90).put(ActorKind.CAR, back_m + 12, 9, -90)
        yield stage.moment(caption)


def _street_moments(town: Town, lanes: list[Lane], rng: np.random.Generator) -> Iterator[Moment]:
    order = rng.permutation(len(lanes))

    def stage(k: int) -> MomentBuilder:
        lane = lanes[order[k % len(order)]]
        return MomentBuilder(town, lane, 8.0, rng)

    person, car = ActorKind.PEDESTRIAN, ActorKind.CAR
    yield (
        stage(0)
        .put(person, 30, 0.5, 90, 1.4)
        .put(person, 30, -4.6, 90, 0.0)
        .put(person, 18, -4.6, 0, 1.3)
        .moment('pedestrians at 30 m')
    )
    yield (
        stage(1)
        .put(car, 60, is_braking=True)
        .put(ActorKind.TRUCK, 45, 3.5, 180)
        .moment('car brakes at 60 m, oncoming truck')
    )
    yield (
        stage(2)
        .put(ActorKind.BICYCLE, 15, -0.8)
        .put(ActorKind.SUV, 26, is_braking=True)
        .put(car, 30, 3.5, 180)
        .moment('cyclist at 15 m, braking SUV')
    )
    works = stage(3).put(ActorKind.WARNING_SIGN, 22, 0, 180, 0.0)
    for step in range(4):
        works.put(ActorKind.CONE, 23 + 2.5 * step, 1.4, 0, 0.0)
    yield works.put(ActorKind.VAN, 30, 0, 0, 0.0).moment('road works at 22 m')
    yield (
        stage(4)
        .put(car, 12, is_braking=True, blinks_right=True)
        .put(ActorKind.VAN, 20, 3.5, 180)
        .moment('car ahead brakes and blinks right')
    )
