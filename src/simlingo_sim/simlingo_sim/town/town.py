# SPDX-License-Identifier: Apache-2.0
"""A town: its streets, lights, signs and crossings, in ROS map coordinates."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import numpy as np
import shapely
from numpy.typing import NDArray

from simlingo_core.errors import WorldError
from simlingo_core.geometry import Pose2
from simlingo_sim.state import StopSign, TrafficLight
from simlingo_sim.town.carla_map import CarlaMap
from simlingo_sim.town.road_signs import RoadSign


class LaneKind(StrEnum):
    """What a lane is for."""

    DRIVING = 'driving'
    PARKING = 'parking'
    SHOULDER = 'shoulder'
    SIDEWALK = 'sidewalk'


class RoadKind(StrEnum):
    """What a road is, named as OpenDRIVE's road types; decides what it looks like."""

    TOWN = 'town'
    RURAL = 'rural'
    MOTORWAY = 'motorway'


class LaneMark(StrEnum):
    """Marking on one side of a lane."""

    NONE = 'none'
    WHITE_SOLID = 'white_solid'
    WHITE_BROKEN = 'white_broken'
    YELLOW_SOLID = 'yellow_solid'
    KERB = 'kerb'


@dataclass(frozen=True, kw_only=True, eq=False)
class Lane:
    """One lane of one direction.

    Attributes:
        id: id of the lane, unique in the town; the SUMO id where there is a network.
        edge_id: id of the edge (one direction of a street) the lane belongs to.
        index: index within the edge, counted from the right kerb.
        kind: what the lane is for.
        centre_map_m: centre line in driving direction, shape (n, 2).
        width_m: lane width.
        limit_mps: speed limit.
        in_junction: whether it connects two streets; such lanes overlap and have no markings.
        left_mark, right_mark: markings on its sides.
        road_kind: kind of its road.
    """

    id: str
    edge_id: str
    index: int
    kind: LaneKind
    centre_map_m: NDArray[np.float64]
    width_m: float
    limit_mps: float
    in_junction: bool
    left_mark: LaneMark
    right_mark: LaneMark
    road_kind: RoadKind = RoadKind.TOWN

    @property
    def length_m(self) -> float:
        """Along the centre line."""
        return float(np.hypot(*np.diff(self.centre_map_m, axis=0).T).sum())

    def locate(self, place_map_m: NDArray[np.float64]) -> tuple[float, float]:
        """Return the distance of a place from the centre line, and along it, in metres."""
        line = shapely.LineString(self.centre_map_m)
        point = shapely.Point(place_map_m)
        return float(line.distance(point)), float(line.project(point))


@dataclass(frozen=True, kw_only=True, eq=False)
class JunctionArea:
    """Area of a junction.

    Attributes:
        id: id of the junction.
        polygon_map_m: outline, shape (n, 2), not closed.
        kind: SUMO type of the junction.
        road_kind: kind of the roads that meet there.
    """

    id: str
    polygon_map_m: NDArray[np.float64]
    kind: str
    road_kind: RoadKind = RoadKind.TOWN


@dataclass(frozen=True, kw_only=True, eq=False)
class Crossing:
    """A zebra crossing.

    Attributes:
        id: id of the crossing, unique in the town.
        polygon_map_m: outline, shape (n, 2), not closed.
        axis_map_m: start and end of the way across the street, shape (2, 2).
        width_m: width across the walking direction.
    """

    id: str
    polygon_map_m: NDArray[np.float64]
    axis_map_m: NDArray[np.float64]
    width_m: float


@dataclass(frozen=True, kw_only=True, eq=False)
class Town:
    """Everything in a town that does not move.

    Attributes:
        name: name of the town, such as ``Town91``.
        map: queries on the OpenDRIVE map.
        net_path: path of the SUMO network; None: the town has no traffic.
        lanes: all lanes, sorted by id.
        junctions, crossings: sorted by id.
        walking_areas_map_m: outlines of the paved corners between sidewalks and crossings.
        traffic_lights, stop_signs: sorted by id.
        parking_slots_map: poses of the slots for parked cars, x along the street.
        road_signs: signs without a rule of the score.
    """

    name: str
    map: CarlaMap
    net_path: Path | None
    lanes: tuple[Lane, ...]
    junctions: tuple[JunctionArea, ...]
    crossings: tuple[Crossing, ...]
    walking_areas_map_m: tuple[NDArray[np.float64], ...]
    traffic_lights: tuple[TrafficLight, ...]
    stop_signs: tuple[StopSign, ...]
    parking_slots_map: tuple[Pose2, ...]
    road_signs: tuple[RoadSign, ...] = ()

    def lane(self, lane_id: str) -> Lane:
        """Return a lane by its id.

        Raises:
            WorldError: there is no such lane.
        """
        for lane in self.lanes:
            if lane.id == lane_id:
                return lane
        raise WorldError(f'{self.name} has no lane {lane_id!r}')

    @property
    def bounds_map_m(self) -> tuple[float, float, float, float]:
        """Smallest x, smallest y, largest x, largest y of all lanes."""
        points = np.concatenate([lane.centre_map_m for lane in self.lanes])
        low, high = points.min(axis=0), points.max(axis=0)
        return float(low[0]), float(low[1]), float(high[0]), float(high[1])
