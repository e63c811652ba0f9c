# SPDX-License-Identifier: Apache-2.0
"""Situations with crossing road users: vehicles at a junction, a pedestrian between junctions."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import shapely
from numpy.typing import NDArray

from simlingo_core.errors import WorldError
from simlingo_core.geometry import wrap_angle_rad
from simlingo_core.route import Route
from simlingo_core.types import RoadOption
from simlingo_sim.situations.places import arc_within, guarded_arcs, trace_lane
from simlingo_sim.situations.situation import CodedSituation, Way
from simlingo_sim.situations.stage import ScriptedActor, Stage, edges_along, pose_on
from simlingo_sim.situations.vehicles_ahead import clear_route, edges_near
from simlingo_sim.state import ActorKind, LightState
from simlingo_sim.town.carla_map import CarlaMap, LanePoint
from simlingo_sim.town.route_planner import PlannedRoute
from simlingo_sim.town.town import LaneKind, Town

APPROACH_M = 100.0
LEAVE_M = 60.0
FIRST_CAR_M = 45.0
FLOW_MPS = 8.0
COMMITTED_WITHIN_M = 14.0
BEHIND_KERB_M = 1.2


@dataclass(frozen=True)
class _Conflict:
    """A crossing path, and where it meets the route: positions along both."""

    route_arc_m: float
    path: Route
    path_arc_m: float


class CrossingTraffic(CodedSituation):
    """Vehicles with priority cross the route in a junction."""

    name = 'crossing_traffic'
    summary = 'vehicles with priority cross the way at a junction'

    def __init__(self, arc_m: float) -> None:
        super().__init__(arc_m)
        self._conflict: _Conflict | None = None
        self._cars: list[ScriptedActor] = []
        self._is_committed = False

    @classmethod
    def find_place(
        cls, town: Town, planned: PlannedRoute, rng: np.random.Generator
    ) -> float | None:
        """Return where a path with priority crosses the route."""
        conflicts = _conflicts(town, planned)
        if not conflicts:
            return None
        return conflicts[int(rng.integers(len(conflicts)))].route_arc_m

    def closed_edges(self, town: Town, planned: PlannedRoute) -> tuple[str, ...]:
        """Return the edges of the crossing vehicles."""
        path = self._find(town, planned).path
        return edges_along(town, path.points_map_m)

    def actor_ids(self) -> tuple[int, ...]:
        """Return the crossing vehicles."""
        return tuple(car.id for car in self._cars)

    def ways(self) -> Mapping[int, Way]:
        """Return the ways of the crossing vehicles."""
        return {c.id: Way(path=c.path, arc_m=c.arc_m) for c in self._cars if c.path is not None}

    def begin(self, stage: Stage) -> None:
        """Place the vehicles behind each other on their path, and give the ego a green light."""
        conflict = self._find(stage.town, stage.planned)
        self._conflict = conflict
        if stage.traffic is not None:
            stage.traffic.clear(conflict.path.points_map_m[::3], 6.0)
            for arc, light in guarded_arcs(stage.planned, stage.town.traffic_lights):
                if 0.0 < conflict.route_arc_m - arc < 40.0:
                    stage.traffic.hold_light(light, LightState.GREEN)
        arc = conflict.path_arc_m - FIRST_CAR_M
        for _ in range(int(stage.rng.integers(3, 5))):
            kinds = (ActorKind.CAR, ActorKind.SUV)
            kind = kinds[int(stage.rng.integers(len(kinds)))]
            if arc < 4.0:
                break
            car = stage.spawn(kind, stage.ego.pose_map, path=conflict.path, arc_m=arc)
            car.keeps_distance = True
            self._cars.append(car)
            arc -= float(stage.rng.uniform(12.0, 16.0))

    def step(self, stage: Stage) -> None:
        """Let the first vehicle reach the junction together with the ego, then let all pass."""
        conflict = self._conflict
        if conflict is None or not self._cars:
            return
        left_m = conflict.route_arc_m - stage.ego_arc_m
        self._is_committed = self._is_committed or left_m < COMMITTED_WITHIN_M
        speed = FLOW_MPS if self._is_committed else self._speed_to_meet(stage, conflict)
        for car in self._cars:
            car.target_mps = speed
        if left_m < 25.0 and self._cars[0].speed_mps > 2.0:
            self.has_happened = True
        for car in [car for car in self._cars if car.is_at_end]:
            self._cars.remove(car)
            stage.remove(car)
        if not self.is_over and (left_m < -8.0 or not self._cars):
            self.is_over = True
            self._release_lights(stage)

    def _speed_to_meet(self, stage: Stage, conflict: _Conflict) -> float:
        """Return the speed at which the first vehicle and the ego arrive together."""
        left_m = conflict.route_arc_m - stage.ego_arc_m
        arrival_s = left_m / max(stage.ego.speed_mps, 0.5)
        own_left_m = conflict.path_arc_m - self._cars[0].arc_m
        if own_left_m < 25.0 and arrival_s > 6.0:
            return 0.0
        return min(FLOW_MPS, own_left_m / max(arrival_s, 0.1))

    @staticmethod
    def _release_lights(stage: Stage) -> None:
        if stage.traffic is not None:
            for _, light in guarded_arcs(stage.planned, stage.town.traffic_lights):
                stage.traffic.release_light(light)

    def _find(self, town: Town, planned: PlannedRoute) -> _Conflict:
        near = [c for c in _conflicts(town, planned) if abs(c.route_arc_m - self.arc_m) < 8.0]
        if not near:
            raise WorldError(f'{self.name}: nothing with priority crosses at {self.arc_m:.0f} m')
        return min(near, key=lambda c: abs(c.route_arc_m - self.arc_m))


class CrossingPedestrian(CodedSituation):
    """A pedestrian steps onto the road just before the ego, and crosses it."""

    name = 'crossing_pedestrian'
    summary = 'a pedestrian steps into the way'

    def __init__(self, arc_m: float) -> None:
        super().__init__(arc_m)
        self._walker: ScriptedActor | None = None
        self._pace_mps = 0.0
        self._to_middle_m = 0.0
        self._is_walking = False

    @classmethod
    def find_place(
        cls, town: Town, planned: PlannedRoute, rng: np.random.Generator
    ) -> float | None:
        """Return a place between junctions, far enough from the start to reach it at speed."""
        return arc_within(planned, rng, before_m=15.0, after_m=12.0, from_start_m=45.0)

    def closed_edges(self, town: Town, planned: PlannedRoute) -> tuple[str, ...]:
        """Return the edges around the place, so that the ego arrives first."""
        return edges_near(town, planned, self.arc_m - 10.0, self.arc_m + 10.0)

    def actor_ids(self) -> tuple[int, ...]:
        """Return the pedestrian."""
        return () if self._walker is None else (self._walker.id,)

    def begin(self, stage: Stage) -> None:
        """Place the pedestrian behind the right kerb, facing the road."""
        clear_route(stage, self.arc_m - 30.0, self.arc_m + 10.0)
        start = pose_on(stage.planned.route, self.arc_m)
        right_m = kerb_m(stage.town, start.position_m, start.transform([0.0, -12.0]))
        self._to_middle_m = right_m + BEHIND_KERB_M
        ends = start.transform([[0.0, -self._to_middle_m], [0.0, 9.0]])
        path = Route(ends, [RoadOption.LANE_FOLLOW] * 2)
        self._walker = stage.spawn(ActorKind.PEDESTRIAN, stage.ego.pose_map, path=path, arc_m=0.05)
        self._walker.acceleration_mps2 = 6.0
        self._pace_mps = float(stage.rng.uniform(1.3, 2.0))

    def step(self, stage: Stage) -> None:
        """Start to walk when both would reach the middle of the lane at the same time."""
        walker = self._walker
        if walker is None or self.is_over:
            return
        left_m = self.arc_m - stage.ego_arc_m - stage.ego.extent_m[0]
        needed_s = self._to_middle_m / self._pace_mps + 0.15
        # With a very slow ego the pedestrian would otherwise never start.
        reach_m = max(stage.ego.speed_mps * needed_s, 6.0)
        if not self._is_walking and left_m < reach_m:
            self._is_walking = True
        walker.target_mps = self._pace_mps if self._is_walking and not walker.is_at_end else 0.0
        if self._is_walking and walker.arc_m > self._to_middle_m - 1.75 and left_m < 40.0:
            self.has_happened = True
        self.is_over = walker.is_at_end


def kerb_m(town: Town, start_m: NDArray[np.float64], end_m: NDArray[np.float64]) -> float:
    """Return the distance from ``start_m`` towards ``end_m`` to the sidewalk."""
    ray = shapely.LineString([start_m, end_m])
    origin = shapely.Point(start_m)
    gaps = [
        float(origin.distance(area))
        for lane in town.lanes
        if lane.kind is LaneKind.SIDEWALK
        for area in [shapely.LineString(lane.centre_map_m).buffer(lane.width_m / 2, cap_style=2)]
        if ray.intersects(area)
    ]
    return min(gaps) if gaps else 3.5


def _conflicts(town: Town, planned: PlannedRoute) -> list[_Conflict]:
    """Return the paths with priority that cross the route in junctions, sorted along it."""
    found = []
    inside = planned.is_junction.astype(int)
    edges = np.flatnonzero(np.diff(np.concatenate([[0], inside, [0]])))
    for first, last in zip(edges[::2], edges[1::2], strict=True):
        start_m, end_m = planned.route.arc_m[first], planned.route.arc_m[last - 1]
        if start_m < FIRST_CAR_M or end_m > planned.route.length_m - 10.0:
            continue
        found += _conflicts_in(town, planned, float(start_m), float(end_m))
    return sorted(found, key=lambda c: c.route_arc_m)


def _conflicts_in(
    town: Town, planned: PlannedRoute, start_m: float, end_m: float
) -> list[_Conflict]:
    route = planned.route
    arcs = np.arange(start_m, end_m, 0.5)
    own = shapely.LineString(route.position_at(arcs))
    entry = float(route.heading_at(start_m))
    middle = route.position_at((start_m + end_m) / 2)
    junction = town.map.lane_point(float(middle[0]), float(middle[1])).junction_id
    lights = [light for arc, light in guarded_arcs(planned, town.traffic_lights)
              if -5.0 < start_m - arc < 25.0]  # fmt: skip
    is_left = route.option_at((start_m + end_m) / 2) is RoadOption.LEFT
    if lights and not is_left:
        return []
    found = []
    for lane in straight_lanes(town.map, junction):
        turn = abs(wrap_angle_rad(lane[0].pose_map.yaw_rad - entry))
        crossing = own.intersection(shapely.LineString([p.pose_map.position_m for p in lane]))
        is_oncoming = turn > math.radians(135.0)
        if crossing.is_empty or turn < math.radians(40.0) or (lights and not is_oncoming):
            continue
        path = path_through(town.map, lane)
        if path is None or _must_stop(town, path):
            continue
        point = shapely.get_coordinates(crossing)[0]
        path_arc = path.project(point)[0]
        if path_arc > FIRST_CAR_M + 20.0:
            found.append(_Conflict(route.project(point, start_m)[0], path, path_arc))
    return found


def straight_lanes(carla_map: CarlaMap, junction: int | None) -> list[list[LanePoint]]:
    """Return the lanes through a junction that turn by less than 35 degrees, in a fixed order."""
    straight = []
    for lane in _junction_lanes(carla_map).get(junction, []):
        turn = wrap_angle_rad(lane[-1].pose_map.yaw_rad - lane[0].pose_map.yaw_rad)
        if len(lane) > 3 and abs(turn) < math.radians(35.0):
            straight.append(lane)
    return straight


@lru_cache(maxsize=4)
def _junction_lanes(carla_map: CarlaMap) -> dict[int | None, list[list[LanePoint]]]:
    """Return the lanes through each junction, 1 m spacing; reading all of them takes long."""
    lanes: dict[tuple[int, int, int], list[LanePoint]] = defaultdict(list)
    for point in carla_map.lane_points(1.0):
        if point.junction_id is not None:
            lanes[point.lane_key].append(point)
    by_junction: dict[int | None, list[list[LanePoint]]] = defaultdict(list)
    for key in sorted(lanes):
        lane = sorted(lanes[key], key=lambda p: p.s_m, reverse=key[2] > 0)
        by_junction[lane[0].junction_id].append(lane)
    return dict(by_junction)


def path_through(carla_map: CarlaMap, lane: list[LanePoint]) -> Route | None:
    """Return the path through a junction lane, from the edge before it to the edge after it."""
    before = trace_lane(carla_map, lane[0], APPROACH_M, is_forward=False)
    after = trace_lane(carla_map, lane[-1], LEAVE_M, is_forward=True)
    points = [p.pose_map.position_m for p in [*reversed(before), *lane, *after]]
    kept = [points[0]]
    for point in points[1:]:
        if np.hypot(*(point - kept[-1])) > 0.3:
            kept.append(point)
    if len(kept) < 2:
        return None
    return Route(np.array(kept), [RoadOption.LANE_FOLLOW] * len(kept))


def _must_stop(town: Town, path: Route) -> bool:
    """Return whether a path crosses the line of a stop sign."""
    line = shapely.LineString(path.points_map_m)
    return any(
        line.intersects(shapely.LineString(sign.stop_line_map_m)) for sign in town.stop_signs
    )
