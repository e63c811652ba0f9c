# SPDX-License-Identifier: Apache-2.0
"""The road of a town, for the score and for labels."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import shapely
from numpy.typing import NDArray

from simlingo_sim.score.road import LaneSample
from simlingo_sim.state import StopSign, TrafficLight
from simlingo_sim.town.town import Lane, LaneKind, Town

REACH_M = 10.0
POST_RADIUS_M = 0.1
DEFAULT_LIMIT_MPS = 50.0 / 3.6


class TownRoad:
    """Finds lanes of a town by position, without CARLA's map library."""

    def __init__(self, town: Town) -> None:
        self._town = town
        usable = (LaneKind.DRIVING, LaneKind.PARKING)
        self._lanes: tuple[Lane, ...] = tuple(lane for lane in town.lanes if lane.kind in usable)
        self._lines = np.array([shapely.LineString(lane.centre_map_m) for lane in self._lanes])
        self._half_widths_m = np.array([0.5 * lane.width_m for lane in self._lanes])
        self._tree = shapely.STRtree(self._lines)
        self._junctions = shapely.STRtree(
            [shapely.Polygon(junction.polygon_map_m) for junction in town.junctions]
        )

    @property
    def lights(self) -> Sequence[TrafficLight]:
        """All traffic lights."""
        return self._town.traffic_lights

    @property
    def stop_signs(self) -> Sequence[StopSign]:
        """All stop signs."""
        return self._town.stop_signs

    @property
    def statics(self) -> tuple[shapely.Polygon, ...]:
        """Outlines of the posts of lights and signs, which can be hit."""
        lights = self._town.traffic_lights
        poses = [light.pose_map for light in lights]
        poses += [light.far_pose_map for light in lights if light.far_pose_map is not None]
        poses += [sign.pose_map for sign in self._town.stop_signs]
        return tuple(shapely.Point(pose.position_m).buffer(POST_RADIUS_M) for pose in poses)

    def is_junction(self, position_map_m: NDArray[np.float64]) -> bool:
        """Return whether a position lies in a junction."""
        point = shapely.Point(position_map_m)
        return bool(len(self._junctions.query(point, predicate='intersects')))

    def are_junction(self, positions_map_m: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Return for positions of shape (N, 2) whether they lie in a junction; shape (N,)."""
        inside = np.zeros(len(positions_map_m), dtype=bool)
        points = shapely.points(positions_map_m)
        inside[self._junctions.query(points, predicate='intersects')[0]] = True
        return inside

    def lane_at(self, position_map_m: NDArray[np.float64]) -> LaneSample | None:
        """Return the nearest driving or parking lane, None beyond 10 m."""
        point = shapely.Point(position_map_m)
        found = self._nearest(
            point, self._tree.query(point, predicate='dwithin', distance=REACH_M)
        )
        if found is None:
            return None
        index, distance_m = found
        lane = self._lanes[index]
        is_junction = lane.in_junction or self.is_junction(position_map_m)
        return LaneSample(
            distance_m=0.0 if is_junction and self.is_junction(position_map_m) else distance_m,
            width_m=lane.width_m,
            yaw_rad=_yaw_rad(self._lines[index], point),
            is_junction=is_junction,
        )

    def speed_limit_mps_at(self, position_map_m: NDArray[np.float64]) -> float:
        """Return the speed limit of the nearest lane; 50 km/h off the road."""
        point = shapely.Point(position_map_m)
        found = self._nearest(
            point, self._tree.query(point, predicate='dwithin', distance=REACH_M)
        )
        return self._lanes[found[0]].limit_mps if found else DEFAULT_LIMIT_MPS

    def _nearest(
        self, point: shapely.Point, candidates: NDArray[np.float64]
    ) -> tuple[int, float] | None:
        if not len(candidates):
            return None
        distances = shapely.distance(self._lines[candidates], point)
        best = int(np.argmin(distances - self._half_widths_m[candidates]))
        return int(candidates[best]), float(distances[best])


def _yaw_rad(line: shapely.LineString, point: shapely.Point) -> float:
    arc_m = shapely.line_locate_point(line, point)
    before = shapely.line_interpolate_point(line, max(arc_m - 0.5, 0.0))
    after = shapely.line_interpolate_point(line, min(arc_m + 0.5, line.length))
    return math.atan2(after.y - before.y, after.x - before.x)
