# SPDX-License-Identifier: Apache-2.0
"""Routes over the lanes of a map: shortest path, 1 m spacing, CARLA's road options.

The rules are those of CARLA's global route planner: a junction is STRAIGHT where the way turns by
less than 35 degrees, else LEFT or RIGHT; a lane change carries its own option; everything else is
LANE_FOLLOW.  Different from it, a lane change is no jump but a smooth curve of 15 m, on fast roads
of more.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from simlingo_core.checks import finite_array
from simlingo_core.errors import WorldError
from simlingo_core.geometry import wrap_angle_rad
from simlingo_core.route import Route
from simlingo_core.types import RoadOption
from simlingo_sim.town.carla_map import CarlaMap, LanePoint
from simlingo_sim.town.lane_graph import SAMPLING_M, LaneGraph, LaneKey
from simlingo_sim.town.waypoint_matching import RouteSample, match_waypoints

SPACING_M = 1.0
TURN_THRESHOLD_RAD = math.radians(35.0)
LANE_CHANGE_AFTER_M = 25.0


@dataclass(frozen=True, kw_only=True, eq=False)
class PlannedRoute:
    """A route with properties of each of its points.

    Attributes:
        route: 1 m spacing in map.
        limits_mps: speed limit at each point, shape (N,).
        widths_m: lane width at each point, shape (N,).
        is_junction: whether the point lies in a junction, shape (N,).
        warnings: one sentence for each waypoint that was corrected.
    """

    route: Route
    limits_mps: NDArray[np.float64]
    widths_m: NDArray[np.float64]
    is_junction: NDArray[np.bool_]
    warnings: tuple[str, ...] = ()


class RoutePlanner:
    """Plans routes on one map.

    Args:
        carla_map: the map; its lane graph is built once.
    """

    def __init__(self, carla_map: CarlaMap) -> None:
        self._map = carla_map
        self._graph = LaneGraph(carla_map)

    @property
    def graph(self) -> LaneGraph:
        """The lanes of the map and their connections."""
        return self._graph

    def plan(self, waypoints_map_m: ArrayLike) -> PlannedRoute:
        """Return the shortest route through the waypoints.

        Waypoints that add nothing (repeated, dense, or a little behind the one before) are left
        out, and one in an oncoming lane beside the route is corrected with a warning
        (``waypoint_matching.py``).

        Args:
            waypoints_map_m: shape (n, 2), n >= 2; those inside junctions only count at the ends.

        Raises:
            WorldError: a waypoint is off the road, all lie at one place, or no way leads from one
                to the next.
            ContractError, NonFiniteError: the waypoints are not such an array.
        """
        waypoints = finite_array('waypoints_map_m', waypoints_map_m, (None, 2))
        samples, warnings = match_waypoints(self._map, self._leg, waypoints)
        return _resample(self._map, samples, warnings)

    def _leg(self, start: LanePoint, end: LanePoint) -> list[RouteSample]:
        """Return the shortest way between two points.

        Raises:
            WorldError: there is none, or no room for a lane change on it.
        """
        keys = self._graph.lanes_between(start, end)
        samples: list[RouteSample] = []
        first = self._graph.nearest_index(start.lane_key, start)
        for number, key in enumerate(keys):
            is_last = number + 1 == len(keys)
            points = self._graph.lane(key)
            change = None if is_last else self._graph.change(key, keys[number + 1])
            last = self._graph.nearest_index(key, end) if is_last else len(points) - 1
            if change is not None:
                # The leg may end before the lane does.
                ends_here = number + 2 == len(keys)
                last = self._graph.nearest_index(keys[number + 1], end) if ends_here else last
                curve, last, next_first = self._change(key, keys[number + 1], first, last, change)
                samples += [_follow(p) for p in points[first : last + 1]]
                samples += curve
                first = next_first
                continue
            option = self._junction_option(key)
            samples += [
                RouteSample(p.pose_map.position_m, p, option) for p in points[first : last + 1]
            ]
            first = 0
        return samples

    def _change(
        self, key: LaneKey, other: LaneKey, first: int, last: int, option: RoadOption
    ) -> tuple[list[RouteSample], int, int]:
        """Return the curve, the last index on the old lane and the first on the new one."""
        length_m = self._graph.change_length_m(key)
        length = round(length_m / SAMPLING_M)
        room = last - first - length
        if room < 0:
            raise WorldError(
                f'there are {(last - first) * SAMPLING_M:.0f} m for a lane change on road '
                f'{key[0]}; expected at least {length_m:.0f} m'
            )
        begin = first + min(room // 2, round(LANE_CHANGE_AFTER_M / SAMPLING_M))
        old, new = self._graph.lane(key), self._graph.lane(other)
        offset = self._graph.nearest_index(other, old[begin]) - begin
        curve = []
        for k in range(1, length):
            weight = 0.5 - 0.5 * math.cos(math.pi * k / length)
            a = old[min(begin + k, len(old) - 1)]
            b = new[min(max(begin + k + offset, 0), len(new) - 1)]
            place = (1 - weight) * a.pose_map.position_m + weight * b.pose_map.position_m
            curve.append(RouteSample(place, b if weight > 0.5 else a, option))
        return curve, begin, min(begin + length + offset, len(new) - 1)

    def _junction_option(self, key: LaneKey) -> RoadOption:
        points = self._graph.lane(key)
        if not points[0].is_junction:
            return RoadOption.LANE_FOLLOW
        turn = wrap_angle_rad(points[-1].pose_map.yaw_rad - points[0].pose_map.yaw_rad)
        if abs(turn) < TURN_THRESHOLD_RAD:
            return RoadOption.STRAIGHT
        return RoadOption.LEFT if turn > 0 else RoadOption.RIGHT


def _follow(point: LanePoint) -> RouteSample:
    return RouteSample(point.pose_map.position_m, point, RoadOption.LANE_FOLLOW)


def _resample(
    carla_map: CarlaMap, samples: list[RouteSample], warnings: tuple[str, ...]
) -> PlannedRoute:
    """Return points 1 m apart; options and limits are those of the nearest sample before."""
    kept = [samples[0]]
    for sample in samples[1:]:
        # Lane ends meet in the same place, and libcarla sometimes steps back a little.
        if np.hypot(*(sample.position_m - kept[-1].position_m)) > 0.2 * SAMPLING_M:
            kept.append(sample)
    if len(kept) < 2:
        raise WorldError('the route has no length; choose waypoints further apart')
    raw = np.array([sample.position_m for sample in kept])
    arc = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(raw, axis=0).T))])
    count = max(2, round(float(arc[-1]) / SPACING_M) + 1)
    at = np.linspace(0.0, float(arc[-1]), count)
    owners = np.clip(np.searchsorted(arc, at + 1e-9, side='right') - 1, 0, len(kept) - 1)
    points = np.stack([np.interp(at, arc, raw[:, k]) for k in range(2)], axis=-1)
    chosen = [kept[i] for i in owners]
    limits: list[float] = []
    for sample in chosen:
        # In a junction the limit of the street before it holds on.
        inherits = sample.point.is_junction and limits
        limits.append(limits[-1] if inherits else carla_map.limit_mps(sample.point))
    return PlannedRoute(
        route=Route(points, [sample.option for sample in chosen]),
        limits_mps=np.array(limits),
        widths_m=np.array([sample.point.width_m for sample in chosen]),
        is_junction=np.array([sample.point.is_junction for sample in chosen]),
        warnings=warnings,
    )
