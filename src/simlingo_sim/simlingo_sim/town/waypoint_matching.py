# SPDX-License-Identifier: Apache-2.0
"""Find the way through the waypoints of a route, and leave out those that are noise.

Route files are written by hand, by GPS loggers, or from planned routes at any spacing.  Planning
from each waypoint to the next would turn one that is repeated, lies half a metre behind the one
before, or three metres aside in another lane, into a loop around the block.  So the way is planned
through those waypoints only that the shortest way to a later one does not pass anyway.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise, product

import numpy as np
from numpy.typing import NDArray

from simlingo_core.errors import WorldError
from simlingo_core.types import RoadOption
from simlingo_sim.town.carla_map import CarlaMap, LanePoint

WAYPOINT_TO_LANE_M = 4.0
SAME_PLACE_M = 1.0
ON_WAY_M = 1.0
BACKWARD_M = 5.0
OPPOSITE_RAD = math.radians(120.0)
# An end so far from the middle of its lane was not put there with care.
OFF_CENTRE_M = 0.1
# A way is a detour when it is so much longer than it could be; direct, when it is not.
DETOUR_FACTOR, DETOUR_M = 2.0, 50.0
DIRECT_FACTOR = 1.5


@dataclass(frozen=True)
class RouteSample:
    """One place on the way: position in map, point of its lane, and road option."""

    position_m: NDArray[np.float64]
    point: LanePoint
    option: RoadOption


Way = list[RouteSample]
PlanLeg = Callable[[LanePoint, LanePoint], Way]
Warnings = dict[int, str]
"""A sentence for each corrected waypoint, by its number."""


@dataclass(frozen=True, eq=False)
class Waypoint:
    """Waypoint ``number`` of the route, from 1, at a position (2,) in map.

    ``point`` is on its lane: the nearest one, unless it was moved by ``moved_m`` to another.
    """

    number: int
    position_m: NDArray[np.float64]
    point: LanePoint
    moved_m: float = 0.0


def match_waypoints(
    carla_map: CarlaMap, plan_leg: PlanLeg, waypoints_map_m: NDArray[np.float64]
) -> tuple[Way, tuple[str, ...]]:
    """Return the way through the waypoints of a route, and a warning for each corrected one.

    A waypoint in an oncoming lane beside the way is corrected.  One in another lane of the same
    direction is driven through, unless that leads to a detour.

    Args:
        carla_map: map with the lanes.
        plan_leg: see ``_Chain``.
        waypoints_map_m: shape (n, 2), n >= 2.

    Raises:
        WorldError: a waypoint is off the road, all lie at one place, or no way leads from one to
            the next.
    """
    waypoints = _locate(carla_map, waypoints_map_m)
    best = _best_chain(plan_leg, waypoints)
    line_m = sum(_gap_m(a.position_m, b.position_m) for a, b in pairwise(waypoints))
    # Two waypoints alone are taken as they are: a route may begin and end in any lane.
    if len(waypoints) > 2 and best.length_m > DETOUR_FACTOR * line_m + DETOUR_M:
        ends = product(
            _with_lanes_beside(carla_map, waypoints[0]),
            _with_lanes_beside(carla_map, waypoints[-1]),
        )
        # The smallest change that leaves no detour.
        for start, end in sorted(ends, key=lambda pair: pair[0].moved_m + pair[1].moved_m):
            chain = _best_chain(plan_leg, [start, *waypoints[1:-1], end])
            if chain.length_m <= DIRECT_FACTOR * line_m + DETOUR_M:
                best = chain
                break
    if best.refusal is not None:
        raise best.refusal
    if len(waypoints) == 2:
        best.warnings.update(_doubtful_ends(carla_map, plan_leg, waypoints, best.length_m))
    return best.way, tuple(best.warnings[number] for number in sorted(best.warnings))


def _locate(carla_map: CarlaMap, waypoints_map_m: NDArray[np.float64]) -> list[Waypoint]:
    """Put waypoints on lanes; leave out repeated ones, and inner ones in junctions."""
    if len(waypoints_map_m) < 2:
        raise WorldError(f'a route needs at least 2 waypoints; got {len(waypoints_map_m)}')
    kept: list[Waypoint] = []
    for number, position in enumerate(waypoints_map_m, start=1):
        point = carla_map.lane_point(
            float(position[0]), float(position[1]), within_m=WAYPOINT_TO_LANE_M
        )
        is_last = number == len(waypoints_map_m)
        is_repeated = bool(kept) and _gap_m(kept[-1].position_m, position) < SAME_PLACE_M
        if is_repeated and is_last and len(kept) > 1 and _is_ahead(kept[-1], position):
            # The end of a dense route stays where it is.
            kept.pop()
        elif is_repeated or (kept and point.is_junction and not is_last):
            continue
        kept.append(Waypoint(number, position, point))
    if len(kept) < 2:
        x_m, y_m = kept[0].position_m
        raise WorldError(
            f'the route has no length: all its positions lie at ({x_m:.1f}, {y_m:.1f}); '
            f'expected a start and an end at least {SAME_PLACE_M:g} m apart'
        )
    return kept


def _best_chain(plan_leg: PlanLeg, waypoints: list[Waypoint]) -> _Chain:
    """Return the way through the waypoints' own lanes, unless that is a detour."""
    strict = _Chain(plan_leg, waypoints, may_pass_beside=False)
    if strict.leg_count == 1:
        return strict
    lenient = _Chain(plan_leg, waypoints, may_pass_beside=True)
    return lenient if strict.length_m > lenient.length_m + DETOUR_M else strict


def _with_lanes_beside(carla_map: CarlaMap, end: Waypoint) -> list[Waypoint]:
    """Return a first or last waypoint in its own lane, and in each lane beside that is near."""
    point = end.point
    beside = []
    for other in (carla_map.left(point), carla_map.right(point), carla_map.opposing(point)):
        if other is None:
            continue
        moved_m = _gap_m(other.pose_map.position_m, end.position_m)
        if moved_m <= WAYPOINT_TO_LANE_M:
            beside.append(Waypoint(end.number, end.position_m, other, moved_m))
    return [end, *beside]


def _doubtful_ends(
    carla_map: CarlaMap, plan_leg: PlanLeg, ends: list[Waypoint], length_m: float
) -> Warnings:
    """Return a warning for each end beside its lane's middle whose next lane is much nearer."""
    warnings: Warnings = {}
    for index, end in enumerate(ends):
        if _gap_m(end.position_m, end.point.pose_map.position_m) < OFF_CENTRE_M:
            continue
        shortest_m = math.inf
        for moved in _with_lanes_beside(carla_map, end)[1:]:
            way = [*ends[:index], moved, *ends[index + 1 :]]
            chain = _Chain(plan_leg, way, may_pass_beside=False)
            shortest_m = min(shortest_m, chain.length_m)
        if shortest_m < length_m - DETOUR_M:
            warnings[end.number] = (
                f'{_name(end)} is used in the lane that it lies in: the route is {length_m:.0f} m '
                f'long, and would be {shortest_m:.0f} m with this position in the lane beside'
            )
    return warnings


class _Chain:
    """The way through waypoints, leg by leg; each leg passes as many waypoints as possible.

    Args:
        plan_leg: returns the shortest way between two points; raises ``WorldError``.
        waypoints: all waypoints from start to end.
        may_pass_beside: one in any lane beside the way counts as passed, not only in an oncoming.

    Attributes:
        way: samples of all legs, ``leg_count`` of them; empty: there is none.
        warnings: one sentence for each waypoint that was moved or is passed beside.
        refusal: the error if there is no way.
    """

    def __init__(
        self, plan_leg: PlanLeg, waypoints: list[Waypoint], *, may_pass_beside: bool
    ) -> None:
        self._plan_leg, self._waypoints = plan_leg, waypoints
        self._may_pass_beside = may_pass_beside
        self.way: Way = []
        self.leg_count = 0
        self.warnings = {w.number: _warning(w) for w in waypoints if w.moved_m > 0.0}
        self.refusal: WorldError | None = None
        at = 0
        try:
            while at < len(waypoints) - 1:
                leg, at = self._longest_leg(at)
                self.way += leg
                self.leg_count += 1
        except WorldError as error:
            self.way, self.refusal = [], error

    @property
    def length_m(self) -> float:
        """Length of the way, infinite when refused."""
        return (
            math.inf
            if self.refusal is not None
            else float(np.hypot(*np.diff(_positions(self.way), axis=0).T).sum())
        )

    def _longest_leg(self, at: int) -> tuple[Way, int]:
        """Return the way to the farthest waypoint that passes all those in between, and its index.

        Raises:
            WorldError: not even the next one can be reached.
        """
        last = len(self._waypoints) - 1
        if (leg := self._leg_through(at, last)) is not None:
            return leg, last
        best, best_leg = at + 1, None
        # A leg must not end at one of one or two bad waypoints in a row.
        for end in range(at + 2, min(at + 4, last)):
            if (leg := self._leg_through(at, end)) is not None:
                best, best_leg = end, leg
        low, high = best, last
        while high - low > 1:
            middle = (low + high) // 2
            if (leg := self._leg_through(at, middle)) is not None:
                low, best, best_leg = middle, middle, leg
            else:
                high = middle
        if best_leg is None:
            best_leg = self._plan_leg(self._waypoints[at].point, self._waypoints[best].point)
        return best_leg, best

    def _leg_through(self, first: int, last: int) -> Way | None:
        """Return the way between two waypoints if it passes those in between, in their order."""
        waypoints = self._waypoints
        try:
            leg = self._plan_leg(waypoints[first].point, waypoints[last].point)
        except WorldError:
            return None
        warnings = _pass_all(leg, waypoints[first + 1 : last], self._may_pass_beside)
        if warnings is None:
            return None
        self.warnings.update(warnings)
        return leg


def _pass_all(way: Way, waypoints: list[Waypoint], may_pass_beside: bool) -> Warnings | None:
    """Return the warnings of a way that passes all waypoints in order, None if it does not."""
    if not waypoints:
        return {}
    positions = _positions(way)
    arcs = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(positions, axis=0).T))])
    yaws_rad = np.array([sample.point.pose_map.yaw_rad for sample in way])
    warnings: Warnings = {}
    reached_m = 0.0
    for waypoint in waypoints:
        lane = waypoint.point.pose_map
        gaps = np.hypot(*(positions - waypoint.position_m).T)
        lane_gaps = np.hypot(*(positions - lane.position_m).T)
        is_later = arcs >= reached_m - BACKWARD_M
        passed = np.flatnonzero(is_later & (np.minimum(gaps, lane_gaps) < ON_WAY_M))
        if len(passed) == 0:
            is_opposite = np.cos(yaws_rad - lane.yaw_rad) < math.cos(OPPOSITE_RAD)
            is_near = np.minimum(gaps, lane_gaps) < WAYPOINT_TO_LANE_M
            is_beside = is_near & (is_opposite | may_pass_beside)
            passed = np.flatnonzero(is_later & is_beside)
            warnings[waypoint.number] = _warning(waypoint)
        if len(passed) == 0:
            return None
        reached_m = max(reached_m, float(arcs[passed[0]]))
    return warnings


def _warning(waypoint: Waypoint) -> str:
    return (
        f'{_name(waypoint)} lies in another lane beside the route; it is moved to the lane of the '
        'route'
    )


def _name(waypoint: Waypoint) -> str:
    x_m, y_m = waypoint.position_m
    return f'position {waypoint.number} of the route, ({x_m:.1f}, {y_m:.1f}) in map,'


def _positions(way: Way) -> NDArray[np.float64]:
    return np.array([sample.position_m for sample in way])


def _is_ahead(waypoint: Waypoint, position_m: NDArray[np.float64]) -> bool:
    return float(waypoint.point.pose_map.inverse_transform(position_m)[0]) > 0.0


def _gap_m(a: NDArray[np.float64], b: NDArray[np.float64]) -> float:
    return math.hypot(float(a[0] - b[0]), float(a[1] - b[1]))
