# SPDX-License-Identifier: Apache-2.0
"""Lane changes of a route, and rules for which of them a scenario fits."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto

import numpy as np

from simlingo_core.errors import WorldError
from simlingo_core.geometry import wrap_angle_rad
from simlingo_core.route import Route
from simlingo_core.types import RoadOption
from simlingo_sim.situations.scenarios.spot import make_path
from simlingo_sim.town.carla_map import LanePoint
from simlingo_sim.town.route_planner import PlannedRoute
from simlingo_sim.town.town import Town

CHANGES = (RoadOption.CHANGE_LANE_LEFT, RoadOption.CHANGE_LANE_RIGHT)
FAST_MPS, RAMP_MPS = 75.0 / 3.6, 55.0 / 3.6
RAMP_WITHIN_M, EXIT_WITHIN_M = 60.0, 220.0
TRIGGER_BEFORE_M = 150.0
SAME_CHANGE_M = 1.0


class Purpose(Enum):
    """What a lane change is for."""

    ENTER = auto()
    """From the ramp into a motorway."""
    LEAVE = auto()
    """Towards the ramp out of a motorway."""
    OTHER = auto()


@dataclass(frozen=True, kw_only=True)
class LaneChange:
    """A lane change of a route, between two places along it."""

    start_m: float
    end_m: float
    is_left: bool
    purpose: Purpose

    @property
    def middle_m(self) -> float:
        """Its middle along the route."""
        return (self.start_m + self.end_m) / 2


def lane_changes(planned: PlannedRoute) -> list[LaneChange]:
    """Return the lane changes of a route in their order."""
    options = np.array([int(option) for option in planned.route.options])
    found = []
    for option in CHANGES:
        inside = (options == int(option)).astype(int)
        edges = np.flatnonzero(np.diff(np.concatenate([[0], inside, [0]])))
        for first, last in zip(edges[::2], edges[1::2], strict=True):
            found.append(
                LaneChange(
                    start_m=float(planned.route.arc_m[first]),
                    end_m=float(planned.route.arc_m[last - 1]),
                    is_left=option is RoadOption.CHANGE_LANE_LEFT,
                    purpose=_purpose(planned, int(first), int(last)),
                )
            )
    return sorted(found, key=lambda change: change.start_m)


@dataclass(frozen=True, kw_only=True)
class AtLaneChange:
    """The middle of a lane change of the route.

    Attributes:
        purposes: what it is for.
        from_start_m, before_end_m: least distances from the ends of the route.
    """

    purposes: tuple[Purpose, ...]
    from_start_m: float = 25.0
    before_end_m: float = 20.0

    def find(self, town: Town, planned: PlannedRoute, rng: np.random.Generator) -> float | None:
        """Return a fitting place along the route, chosen by ``rng``; None: there is none."""
        places = self._places(planned)
        return places[int(rng.integers(len(places)))] if places else None

    def snap(self, town: Town, planned: PlannedRoute, arc_m: float) -> float:
        """Return the place that a trigger belongs to: the first one from shortly before it on."""
        ahead = [p for p in self._places(planned) if -40.0 < p - arc_m < TRIGGER_BEFORE_M]
        return min(ahead, default=arc_m)

    def lacks(self, town: Town, planned: PlannedRoute, arc_m: float) -> str:
        """Return what a place lacks, as words for a message; empty: it fits."""
        if any(abs(place - arc_m) < SAME_CHANGE_M for place in self._places(planned)):
            return ''
        words = ' or '.join(purpose.name.lower() for purpose in self.purposes)
        return f'the route changes no lane there (to {words})'

    def _places(self, planned: PlannedRoute) -> list[float]:
        return [
            change.middle_m
            for change in lane_changes(planned)
            if change.purpose in self.purposes
            and change.start_m >= self.from_start_m
            and change.end_m <= planned.route.length_m - self.before_end_m
        ]


def target_lane(town: Town, planned: PlannedRoute, change: LaneChange, reach_m: float) -> Route:
    """Return the lane that a change leads to, ``reach_m`` long before and behind its end.

    Raises:
        WorldError: it is shorter than 40 m.
    """
    place = planned.route.position_at(min(change.end_m + 2.0, planned.route.length_m))
    start = town.map.lane_point(float(place[0]), float(place[1]))
    before = _follow(town, start, reach_m, is_forward=False)
    after = _follow(town, start, reach_m, is_forward=True)
    points = np.array([p.pose_map.position_m for p in [*reversed(before), start, *after]])
    path = make_path(points)
    if path.length_m < 40.0:
        raise WorldError(
            f'the lane beside the route at {change.middle_m:.0f} m is {path.length_m:.0f} m long; '
            'expected 40 m for traffic on it'
        )
    return path


def _follow(
    town: Town, start: LanePoint, distance_m: float, *, is_forward: bool
) -> list[LanePoint]:
    """Return points 2 m apart along a lane, straight on where it forks."""
    step = town.map.ahead if is_forward else town.map.behind
    points: list[LanePoint] = []
    at = start
    while 2.0 * len(points) < distance_m:
        choices = step(at, 2.0)
        if not choices:
            break
        yaw_rad = at.pose_map.yaw_rad
        at = min(choices, key=lambda p: abs(wrap_angle_rad(p.pose_map.yaw_rad - yaw_rad)))
        points.append(at)
    return points


def _purpose(planned: PlannedRoute, first: int, last: int) -> Purpose:
    limits = planned.limits_mps
    if limits[first] < FAST_MPS:
        return Purpose.OTHER
    if limits[max(first - round(RAMP_WITHIN_M), 0) : first].min(initial=np.inf) < RAMP_MPS:
        return Purpose.ENTER
    after = limits[last : last + round(EXIT_WITHIN_M)]
    return Purpose.LEAVE if after.min(initial=np.inf) < RAMP_MPS else Purpose.OTHER
