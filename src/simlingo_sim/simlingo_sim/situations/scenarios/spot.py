# SPDX-License-Identifier: Apache-2.0
"""A measured place on a route: lanes, kerb and parking strip beside it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto
from functools import cached_property

import numpy as np
import shapely
from numpy.typing import NDArray

from simlingo_core.errors import WorldError
from simlingo_core.geometry import Pose2
from simlingo_core.route import Route
from simlingo_core.types import RoadOption
from simlingo_sim.situations.places import stretches
from simlingo_sim.situations.stage import pose_on
from simlingo_sim.town.carla_map import LanePoint
from simlingo_sim.town.route_planner import PlannedRoute
from simlingo_sim.town.town import LaneKind, Town

SEARCH_M = 14.0
PARKING_WITHIN_M = 4.5


class Anchor(Enum):
    """What the lateral place of an actor is measured from."""

    LANE = auto()
    """Middle of the ego's lane."""
    EDGE = auto()
    """Edge of the ego's lane on the scenario's side."""
    KERB = auto()
    """Kerb on the scenario's side, behind oncoming lanes where that is the left."""
    PARKING = auto()
    """Middle of the parking strip on the right."""
    LEFT_LANE = auto()
    """Middle of the lane to the left with the same direction."""
    RIGHT_LANE = auto()
    """Middle of the lane to the right with the same direction."""
    ONCOMING = auto()
    """Middle of the nearest oncoming lane."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Spot:
    """A place along a route and what lies beside it.

    Attributes:
        town: the town.
        planned: the planned route.
        arc_m: the place along the route.
        side: 1.0: the scenario is on the left, -1.0: on the right.
    """

    town: Town
    planned: PlannedRoute
    arc_m: float
    side: float = -1.0

    @cached_property
    def lane(self) -> LanePoint:
        """The ego's lane at the place."""
        place = self.planned.route.position_at(self.arc_m)
        return self.town.map.lane_point(float(place[0]), float(place[1]))

    @cached_property
    def stretch_m(self) -> tuple[float, float]:
        """Start and end along the route of the part between the same junctions."""
        for start, end in stretches(self.planned):
            if start - 1.0 <= self.arc_m <= end + 1.0:
                return start, end
        return self.arc_m, self.arc_m

    @property
    def oncoming(self) -> LanePoint | None:
        """The nearest oncoming lane, None: there is none."""
        return self.town.map.opposing(self.lane)

    @property
    def left_lane(self) -> LanePoint | None:
        """The lane to the left with the same direction, None: there is none."""
        return self.town.map.left(self.lane)

    @property
    def right_lane(self) -> LanePoint | None:
        """The lane to the right with the same direction, None: there is none."""
        return self.town.map.right(self.lane)

    def left_m(self, anchor: Anchor) -> float:
        """Return the lateral offset of an anchor to the route, positive to the left.

        Raises:
            WorldError: there is no such thing at this place.
        """
        if anchor is Anchor.LANE:
            return 0.0
        if anchor is Anchor.EDGE:
            return self.side * self.lane.width_m / 2
        if anchor is Anchor.KERB:
            return self.side * self._distance_m(LaneKind.SIDEWALK, self.lane.width_m / 2)
        if anchor is Anchor.PARKING:
            return self._parking_left_m()
        beside = {
            Anchor.LEFT_LANE: self.left_lane,
            Anchor.RIGHT_LANE: self.right_lane,
            Anchor.ONCOMING: self.oncoming,
        }[anchor]
        if beside is None:
            words = anchor.name.lower().replace('_', ' ')
            raise WorldError(f'there is no {words} at {self.arc_m:.0f} m of the route')
        return float(self.pose(0.0, 0.0).inverse_transform(beside.pose_map.position_m)[1])

    @property
    def has_parking(self) -> bool:
        """Whether a parking strip lies on the right of the ego's lane."""
        near = self._distance_m(LaneKind.PARKING, np.inf, side=-1.0)
        return near < self.lane.width_m / 2 + 1.0

    def pose(self, ahead_m: float, left_m: float) -> Pose2:
        """Return the pose ``ahead_m`` from the place along the route and ``left_m`` beside it.

        Beyond the ends of the route it goes straight on.
        """
        arc_m = self.arc_m + ahead_m
        inside_m = min(max(arc_m, 0.0), self.planned.route.length_m)
        return pose_on(self.planned.route, inside_m, left_m) @ Pose2(arc_m - inside_m, 0.0, 0.0)

    def path(
        self, first_m: float, last_m: float, left_m: float, *, is_oncoming: bool = False
    ) -> Route:
        """Return a path beside the route, 1 m spacing, from place to place.

        Args:
            first_m: one end, from the place along the route; both are kept within its stretch.
            last_m: the other end.
            left_m: lateral offset.
            is_oncoming: against the direction of the route.

        Raises:
            WorldError: the stretch is too short for any path.
        """
        start, end = self.stretch_m
        low = max(self.arc_m + first_m, start)
        high = min(self.arc_m + last_m, end)
        if high - low < 2.0:
            raise WorldError(
                f'there are {high - low:.0f} m at {self.arc_m:.0f} m of the route; expected more '
                'than 2 m between junctions'
            )
        arcs = np.arange(low, high, 1.0)
        points = self.points(arcs - self.arc_m, np.full(len(arcs), left_m))
        return make_path(points[::-1] if is_oncoming else points)

    def points(
        self, ahead_m: NDArray[np.float64], left_m: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """Return points beside the route in map, shape (n, 2)."""
        arcs = np.clip(self.arc_m + ahead_m, 0.0, self.planned.route.length_m)
        yaw = self.planned.route.heading_at(arcs)
        normal = np.stack([-np.sin(yaw), np.cos(yaw)], axis=-1)
        shifted: NDArray[np.float64] = (
            self.planned.route.position_at(arcs) + left_m[:, None] * normal
        )
        return shifted

    def _parking_left_m(self) -> float:
        here = self.pose(0.0, 0.0)
        point = shapely.Point(here.position_m)
        found = []
        for lane in self.town.lanes:
            if lane.kind is not LaneKind.PARKING:
                continue
            line = shapely.LineString(lane.centre_map_m)
            beside = shapely.get_coordinates(line.interpolate(line.project(point)))[0]
            ahead, left = here.inverse_transform(beside)
            if abs(ahead) < 1.0 and -PARKING_WITHIN_M < left < 0.0:
                found.append(float(left))
        if not found:
            raise WorldError(f'there is no parking strip at {self.arc_m:.0f} m of the route')
        return max(found)

    def _distance_m(self, kind: LaneKind, default_m: float, side: float | None = None) -> float:
        """Return the distance from the route to a kind of lane on one side."""
        here = self.pose(0.0, 0.0)
        side = self.side if side is None else side
        ray = shapely.LineString([here.position_m, here.transform([0.0, side * SEARCH_M])])
        origin = shapely.Point(here.position_m)
        gaps = []
        for lane in self.town.lanes:
            if lane.kind is kind:
                line = shapely.LineString(lane.centre_map_m)
                if line.distance(ray) < lane.width_m / 2 + 0.1:
                    area = line.buffer(lane.width_m / 2, cap_style='flat')
                    if ray.intersects(area):
                        gaps.append(float(origin.distance(ray.intersection(area))))
        return min(gaps, default=default_m)


def make_path(points_map_m: NDArray[np.float64]) -> Route:
    """Return a path for an actor through points, shape (n, 2)."""
    return Route.without_repeats(points_map_m, [RoadOption.LANE_FOLLOW] * len(points_map_m))
