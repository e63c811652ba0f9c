# SPDX-License-Identifier: Apache-2.0
"""OpenDRIVE queries through ``carla.Map`` (offline, no server), in ROS map coordinates.

The only place of the simulator that imports ``carla``; see ``simlingo_core.carla_frame`` for its
axes.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from pathlib import Path

import carla
import numpy as np
from lxml import etree
from numpy.typing import NDArray

from simlingo_core.carla_frame import mirrored, pose2_from_carla
from simlingo_core.checks import finite_number
from simlingo_core.errors import WorldError
from simlingo_core.geodesy import GeoReference
from simlingo_core.geometry import Pose2, wrap_angle_rad
from simlingo_sim.town.landscape import read_landscape
from simlingo_sim.town.opendrive_xml import number_ids, parse_opendrive, read_limits_mps

DEFAULT_LIMIT_MPS = 50.0 / 3.6
STOP_SIGN_TYPE = '206'


@dataclass(frozen=True, kw_only=True)
class LanePoint:
    """A point on the centre line of a lane.

    Attributes:
        pose_map: pose in map, x along the driving direction.
        road_id, section_id, lane_id: OpenDRIVE identity; a road whose id is text has a number
            here, see ``opendrive_xml.py``.
        s_m: distance along the road's reference line.
        width_m: lane width at this point.
        junction_id: id of the junction the point lies in, or None.
        can_change_left, can_change_right: whether the marking on this side may be crossed.
        left_mark, right_mark: lane marking such as ``solid white``; ``none`` where there is none.
    """

    pose_map: Pose2
    road_id: int
    section_id: int
    lane_id: int
    s_m: float
    width_m: float
    junction_id: int | None
    can_change_left: bool
    can_change_right: bool
    left_mark: str
    right_mark: str
    waypoint: carla.Waypoint = field(repr=False, compare=False)

    @property
    def is_junction(self) -> bool:
        """Whether it lies in a junction."""
        return self.junction_id is not None

    @property
    def lane_key(self) -> tuple[int, int, int]:
        """Identity of its lane."""
        return self.road_id, self.section_id, self.lane_id


@dataclass(frozen=True, kw_only=True)
class Landmark:
    """A sign or light of the map: OpenDRIVE type, value and pose, x in driving direction."""

    id: str
    kind: str
    value: float
    road_id: int
    s_m: float
    pose_map: Pose2


class CarlaMap:
    """A parsed OpenDRIVE file.

    Attributes:
        name: name of the town.
        opendrive: the OpenDRIVE text.
        landscape: hills and houses around the streets.
    """

    def __init__(self, name: str, opendrive: str) -> None:
        """Parse an OpenDRIVE text.

        Raises:
            WorldError: it is not OpenDRIVE, two roads share an id, or there is no driving lane.
        """
        root = parse_opendrive(name, opendrive)
        numbered = etree.tostring(root, encoding='unicode') if number_ids(root) else opendrive
        try:
            self._map = carla.Map(name, numbered)
        except RuntimeError as error:
            raise WorldError(f'{name} is not usable OpenDRIVE: {error}') from error
        if not self._map.get_topology():
            raise WorldError(f'{name} has no road with a driving lane; expected at least one')
        self.name, self.opendrive = name, opendrive
        self._limits_mps = read_limits_mps(root)
        self.landscape = read_landscape(name, root)

    @classmethod
    def from_file(cls, path: Path) -> CarlaMap:
        """Read an ``.xodr`` file.

        Raises:
            WorldError: it cannot be read or is not usable OpenDRIVE.
        """
        try:
            text = path.read_text(encoding='utf-8')
        except (OSError, UnicodeDecodeError) as error:
            raise WorldError(f'{path} cannot be read: {error}') from error
        return cls(path.stem, text)

    def lane_point(self, x_m: float, y_m: float, *, within_m: float = math.inf) -> LanePoint:
        """Return the nearest point on a driving lane.

        Raises:
            WorldError: there is none within ``within_m``.
            NonFiniteError: a coordinate is not finite.
        """
        location = _location(finite_number('x_m', x_m), finite_number('y_m', y_m))
        waypoint = self._map.get_waypoint(location)
        point = None if waypoint is None else self._point(waypoint)
        if point is None or _distance_m(point, x_m, y_m) > within_m:
            raise WorldError(
                f'({x_m:.1f}, {y_m:.1f}) is not on a road of {self.name}; '
                f'expected a driving lane within {within_m:g} m'
            )
        return point

    def is_on_lane(self, x_m: float, y_m: float) -> bool:
        """Return whether a place lies on a driving lane."""
        location = _location(float(x_m), float(y_m))
        return self._map.get_waypoint(location, project_to_road=False) is not None

    def ahead(self, point: LanePoint, distance_m: float) -> tuple[LanePoint, ...]:
        """Return the points ``distance_m`` further on; several where the lane forks."""
        return tuple(self._point(w) for w in point.waypoint.next(distance_m))

    def behind(self, point: LanePoint, distance_m: float) -> tuple[LanePoint, ...]:
        """Return the points ``distance_m`` back; several where lanes merge."""
        return tuple(self._point(w) for w in point.waypoint.previous(distance_m))

    def until_lane_end(self, point: LanePoint, spacing_m: float) -> tuple[LanePoint, ...]:
        """Return the points from ``point`` to the end of its lane."""
        return tuple(self._point(w) for w in point.waypoint.next_until_lane_end(spacing_m))

    def left(self, point: LanePoint) -> LanePoint | None:
        """Return the lane to the left with the same driving direction, or None."""
        return self._same_way(point, point.waypoint.get_left_lane())

    def right(self, point: LanePoint) -> LanePoint | None:
        """Return the lane to the right with the same driving direction, or None."""
        return self._same_way(point, point.waypoint.get_right_lane())

    def opposing(self, point: LanePoint) -> LanePoint | None:
        """Return the lane of oncoming traffic beside the leftmost lane of this carriageway.

        It is searched by position, because networks with one road per direction hold no adjacency.
        """
        leftmost = point
        while (beside := self.left(leftmost)) is not None:
            leftmost = beside
        for reach in (1.0, 1.3):
            x_m, y_m = leftmost.pose_map.transform([0.0, reach * leftmost.width_m])
            location = _location(float(x_m), float(y_m))
            waypoint = self._map.get_waypoint(location, project_to_road=False)
            if waypoint is None:
                continue
            found = self._point(waypoint)
            turn = wrap_angle_rad(found.pose_map.yaw_rad - point.pose_map.yaw_rad)
            if abs(turn) > 0.75 * math.pi:
                return found
        return None

    def topology(self) -> tuple[tuple[LanePoint, LanePoint], ...]:
        """Return (start, end) of every lane segment, in a fixed order."""
        pairs = [(self._point(a), self._point(b)) for a, b in self._map.get_topology()]
        return tuple(sorted(pairs, key=lambda p: (p[0].lane_key, p[1].lane_key, p[0].s_m)))

    def lane_points(self, spacing_m: float) -> tuple[LanePoint, ...]:
        """Return points on all driving lanes, in a fixed order."""
        points = [self._point(w) for w in self._map.generate_waypoints(spacing_m)]
        return tuple(sorted(points, key=lambda p: (p.lane_key, p.s_m)))

    def limit_mps(self, point: LanePoint) -> float:
        """Return the speed limit of the road; in a junction that of the road before it."""
        for _ in range(20):
            if not point.is_junction:
                break
            before = self.behind(point, 5.0)
            if not before:
                break
            point = before[0]
        return self._limits_mps.get(point.road_id, DEFAULT_LIMIT_MPS)

    def landmarks(self, kind: str) -> tuple[Landmark, ...]:
        """Return all signs or lights of an OpenDRIVE type, sorted by id."""
        found = {}
        for mark in self._map.get_all_landmarks_of_type(kind):
            found[mark.id] = Landmark(
                id=mark.id,
                kind=mark.type,
                value=mark.value,
                road_id=int(mark.road_id),
                s_m=mark.s,
                pose_map=_pose(mark.transform),
            )
        return tuple(found[key] for key in sorted(found))

    def crosswalks(self) -> tuple[NDArray[np.float64], ...]:
        """Return the outline of every crosswalk, each of shape (n, 2), not closed."""
        outlines: list[list[tuple[float, float]]] = [[]]
        for location in self._map.get_crosswalks():
            corner = (location.x, mirrored(location.y))
            if len(outlines[-1]) == 4:
                # Some maps repeat the first corner to close an outline, some do not.
                closes = math.dist(corner, outlines[-1][0]) < 1e-3
                outlines.append([])
                if closes:
                    continue
            outlines[-1].append(corner)
        return tuple(np.array(outline) for outline in outlines if len(outline) >= 3)

    @property
    def geo_reference(self) -> GeoReference:
        """Latitude and longitude of the origin of map."""
        latitude_deg, longitude_deg, _ = self.geolocation(0.0, 0.0)
        return GeoReference(latitude_deg=latitude_deg, longitude_deg=longitude_deg)

    def geolocation(self, x_m: float, y_m: float, z_m: float = 0.0) -> tuple[float, float, float]:
        """Return latitude, longitude (degrees) and altitude (m) of a place in map."""
        # Unlike everything else in CARLA, 0.9.16's projection counts y to the north.
        place = self._map.transform_to_geolocation(carla.Location(x_m, y_m, z_m))
        return place.latitude, place.longitude, place.altitude

    def _same_way(self, point: LanePoint, beside: carla.Waypoint | None) -> LanePoint | None:
        if beside is None or beside.lane_type != carla.LaneType.Driving:
            return None
        return self._point(beside) if beside.lane_id * point.lane_id > 0 else None

    def _point(self, waypoint: carla.Waypoint) -> LanePoint:
        change = waypoint.lane_change
        left, right = _mark(waypoint.left_lane_marking), _mark(waypoint.right_lane_marking)
        return LanePoint(
            pose_map=_pose(waypoint.transform),
            road_id=waypoint.road_id,
            section_id=waypoint.section_id,
            lane_id=waypoint.lane_id,
            s_m=waypoint.s,
            width_m=waypoint.lane_width,
            junction_id=waypoint.junction_id if waypoint.is_junction else None,
            # The library allows a change wherever the file does not forbid it, even over solid.
            can_change_left=change in (carla.LaneChange.Left, carla.LaneChange.Both)
            and not left.startswith('solid'),
            can_change_right=change in (carla.LaneChange.Right, carla.LaneChange.Both)
            and not right.startswith('solid'),
            left_mark=left,
            right_mark=right,
            waypoint=waypoint,
        )


def _pose(transform: carla.Transform) -> Pose2:
    place = transform.location
    return pose2_from_carla(place.x, place.y, transform.rotation.yaw)


def _location(x_m: float, y_m: float) -> carla.Location:
    return carla.Location(x_m, mirrored(y_m), 0.0)


def _mark(marking: carla.LaneMarking | None) -> str:
    if marking is None or marking.type in (
        carla.LaneMarkingType.NONE,
        carla.LaneMarkingType.Other,
    ):
        return 'none'
    return f'{str(marking.type).lower()} {str(marking.color).lower()}'


def _distance_m(point: LanePoint, x_m: float, y_m: float) -> float:
    return math.hypot(point.pose_map.x_m - x_m, point.pose_map.y_m - y_m)
