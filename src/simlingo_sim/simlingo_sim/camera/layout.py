# SPDX-License-Identifier: Apache-2.0
"""Layout of the streets of a town: areas, painted lines and signs."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry import LineString, Point, Polygon
from shapely.geometry.base import BaseGeometry
from shapely.ops import substring, unary_union

from simlingo_core.geometry import Pose2
from simlingo_sim.state import StopSign, TrafficLight
from simlingo_sim.town.landscape import Landscape
from simlingo_sim.town.road_signs import RoadSign
from simlingo_sim.town.town import Crossing, Lane, LaneKind, LaneMark, RoadKind, Town

LINE_WIDTH_M = 0.15
STOP_LINE_WIDTH_M = 0.5
DASH_M = 3.0
GAP_M = 4.5
SOLID_BEFORE_JUNCTION_M = 20.0
RIM_M = 2.0
DOUBLE_LINE_M = 0.14
GUTTER_M = 0.22
OPEN_LAND_M = 9.0
FILLED_M = 2.5
# Kerbs and pavement of a street in town reach so far into the land around a country road.
BUILT_UP_M = 6.0
LARGEST_ISLAND_M2 = 2000.0


@dataclass(frozen=True, kw_only=True)
class PaintedLine:
    """A line on the road.

    Attributes:
        area: painted area, with gaps between dashes.
        is_yellow: whether it is yellow (between opposite directions) or white.
    """

    area: BaseGeometry
    is_yellow: bool = False


@dataclass(frozen=True, kw_only=True)
class SpeedSign:
    """A speed limit sign; x of its pose points against the traffic it faces."""

    pose_map: Pose2
    limit_kmh: int


@dataclass(frozen=True, kw_only=True)
class StreetLayout:
    """Everything the scene is built from, in map.

    Attributes:
        road, sidewalk, parking: areas.
        lines: lane markings, stop lines and zebra crossings.
        speed_signs, lights, stop_signs, road_signs: signs and lights beside the road.
        open_land: land around roads out of town, without kerbs, pavement, lamps and houses.
        motorway: area of motorways.
        islands: islands of roundabouts, without houses.
        landscape: hills and houses around the streets.
    """

    road: BaseGeometry
    sidewalk: BaseGeometry
    parking: BaseGeometry
    lines: tuple[PaintedLine, ...]
    speed_signs: tuple[SpeedSign, ...]
    lights: tuple[TrafficLight, ...]
    stop_signs: tuple[StopSign, ...]
    road_signs: tuple[RoadSign, ...] = ()
    open_land: BaseGeometry = field(default_factory=Polygon)
    motorway: BaseGeometry = field(default_factory=Polygon)
    islands: BaseGeometry = field(default_factory=Polygon)
    landscape: Landscape = field(default_factory=Landscape)


@lru_cache(maxsize=1)
def layout_from_town(town: Town) -> StreetLayout:
    """Return the layout of a town."""
    streets = [lane for lane in town.lanes if not lane.in_junction]
    open_land, motorway = _open_areas(town)
    road, sidewalk, parking = _areas(town, open_land, motorway)
    lines = [line for lane in streets for line in _lane_lines(lane)]
    lines += [PaintedLine(area=_zebra(crossing)) for crossing in town.crossings]
    bars = [light.stop_line_map_m for light in town.traffic_lights]
    bars += [sign.stop_line_map_m for sign in town.stop_signs]
    lines += [PaintedLine(area=_stop_bar(bar)) for bar in bars]
    kerb_lanes: dict[str, Lane] = {}
    for lane in sorted(streets, key=lambda one: one.index):
        if lane.kind is LaneKind.DRIVING:
            kerb_lanes.setdefault(lane.edge_id, lane)
    strips = (LaneKind.PARKING, LaneKind.SHOULDER)
    parking_m = {lane.edge_id: lane.width_m for lane in streets if lane.kind in strips}
    speed_signs = [
        sign
        for lane in kerb_lanes.values()
        for sign in _speed_sign(lane, parking_m.get(lane.edge_id, 0.0), road)
    ]
    return StreetLayout(
        road=road,
        sidewalk=sidewalk,
        parking=parking,
        lines=tuple(lines),
        speed_signs=tuple(speed_signs),
        lights=town.traffic_lights,
        stop_signs=town.stop_signs,
        road_signs=town.road_signs,
        open_land=open_land,
        motorway=motorway,
        islands=_islands(road),
        landscape=town.map.landscape,
    )


def _open_areas(town: Town) -> tuple[BaseGeometry, BaseGeometry]:
    """Return the land around roads out of town, and the area of motorways."""
    areas: dict[RoadKind, list[BaseGeometry]] = {kind: [] for kind in RoadKind}
    for lane in town.lanes:
        line = LineString(lane.centre_map_m)
        areas[lane.road_kind].append(line.buffer(lane.width_m / 2, cap_style='flat'))
    for junction in town.junctions:
        areas[junction.road_kind].append(Polygon(junction.polygon_map_m).buffer(0))
    motorway = unary_union(areas[RoadKind.MOTORWAY])
    # Where a lane begins or ends the pieces leave notches, and where a ramp leaves a sliver.
    motorway = motorway.buffer(FILLED_M, join_style='mitre').buffer(-FILLED_M, join_style='mitre')
    country = unary_union([motorway, *areas[RoadKind.RURAL]])
    if country.is_empty:
        return country, motorway
    built_up = unary_union(areas[RoadKind.TOWN]).buffer(BUILT_UP_M)
    return country.buffer(OPEN_LAND_M).difference(built_up), motorway


def _islands(road: BaseGeometry) -> BaseGeometry:
    """Return the islands of roundabouts: there is a kerb, but no room for a house."""
    holes = [Polygon(ring) for part in shapely.get_parts(road) for ring in part.interiors]
    return unary_union([hole for hole in holes if hole.area < LARGEST_ISLAND_M2])


def _areas(
    town: Town, open_land: BaseGeometry, motorway: BaseGeometry
) -> tuple[BaseGeometry, BaseGeometry, BaseGeometry]:
    strips: dict[LaneKind, list[BaseGeometry]] = {kind: [] for kind in LaneKind}
    for lane in town.lanes:
        line = LineString(lane.centre_map_m)
        if line.length > 0.01 and not (lane.in_junction and lane.kind is LaneKind.SIDEWALK):
            strip = line.buffer(lane.width_m / 2 + 0.02, cap_style='flat', join_style='mitre')
            strips[lane.kind].append(strip)
    parking = unary_union(strips[LaneKind.PARKING])
    # A junction's outline contains the paved corners where pedestrians wait.
    corners = unary_union([Polygon(outline).buffer(0) for outline in town.walking_areas_map_m])
    junctions = unary_union([Polygon(area.polygon_map_m).buffer(0) for area in town.junctions])
    shoulders = strips[LaneKind.SHOULDER]
    driving = strips[LaneKind.DRIVING]
    road = unary_union([*driving, *shoulders, motorway, parking, junctions.difference(corners)])
    # Closing and opening rounds off slivers between the pieces.
    road = road.buffer(0.3, join_style='mitre').buffer(-0.55).buffer(0.3, join_style='mitre')
    rim = road.buffer(RIM_M)
    if not open_land.is_empty:
        rim = rim.difference(open_land)
    # A rim of pavement runs along every street in town, also where there is no sidewalk.
    sidewalk = unary_union([*strips[LaneKind.SIDEWALK], corners, rim]).buffer(0.02)
    return road, sidewalk.difference(road), parking


def _stripe(line: LineString, width_m: float) -> BaseGeometry:
    return line.buffer(width_m / 2, cap_style='flat', join_style='mitre')


def _dashes(
    line: LineString, dash_m: float = DASH_M, gap_m: float = GAP_M, width_m: float = LINE_WIDTH_M
) -> BaseGeometry:
    starts = np.arange(gap_m / 2, line.length - dash_m, dash_m + gap_m)
    return unary_union([_stripe(substring(line, s, s + dash_m), width_m) for s in starts])


def _lane_lines(lane: Lane) -> Iterable[PaintedLine]:
    if lane.kind is LaneKind.SIDEWALK:
        return
    centre, half = LineString(lane.centre_map_m), lane.width_m / 2
    if centre.length < 1.0:
        return
    if lane.left_mark is LaneMark.WHITE_BROKEN and lane.road_kind is RoadKind.MOTORWAY:
        # Lanes that end or leave are set apart by short, wide dashes.
        is_extra = lane.right_mark is LaneMark.KERB
        pattern = (4.0, 4.0, 0.3) if is_extra else (6.0, 9.0, LINE_WIDTH_M)
        yield PaintedLine(area=_dashes(centre.offset_curve(half), *pattern))
    elif lane.left_mark is LaneMark.WHITE_BROKEN:
        line = centre.offset_curve(half)
        solid = min(SOLID_BEFORE_JUNCTION_M, line.length / 3)
        start = substring(line, 0.0, line.length - solid)
        end = substring(line, line.length - solid, line.length)
        yield PaintedLine(area=unary_union([_dashes(start), _stripe(end, LINE_WIDTH_M)]))
    elif lane.left_mark is LaneMark.WHITE_SOLID:
        yield PaintedLine(area=_stripe(centre.offset_curve(half), LINE_WIDTH_M))
    elif lane.left_mark is LaneMark.YELLOW_SOLID:
        # Each direction has its own line, which gives a double line.
        line = centre.offset_curve(half - DOUBLE_LINE_M)
        yield PaintedLine(area=_stripe(line, LINE_WIDTH_M), is_yellow=True)
    if lane.kind is LaneKind.DRIVING and lane.right_mark is LaneMark.KERB:
        line = centre.offset_curve(-half + GUTTER_M)
        yield PaintedLine(area=_stripe(line, LINE_WIDTH_M))


def _stop_bar(stop_line_map_m: NDArray[np.float64]) -> BaseGeometry:
    left, right = np.asarray(stop_line_map_m, np.float64)
    along = (right - left) / max(float(np.linalg.norm(right - left)), 1e-6)
    inset = 0.35
    return _stripe(LineString([left + along * inset, right - along * inset]), STOP_LINE_WIDTH_M)


def _zebra(crossing: Crossing) -> BaseGeometry:
    line = LineString(crossing.axis_map_m)
    starts = np.arange(0.4, line.length - 0.5, 1.1)
    bars = [_stripe(substring(line, s, s + 0.55), crossing.width_m) for s in starts]
    return unary_union(bars)


def _speed_sign(lane: Lane, parking_m: float, road: BaseGeometry) -> Iterable[SpeedSign]:
    line = LineString(lane.centre_map_m)
    if line.length < 40:
        return
    right_m = lane.width_m / 2 + parking_m + 0.7
    pose = _beside(line, 14.0, right_m)
    # Other maps may have lanes beyond the one that counts as the first.
    while road.contains(Point(pose.x_m, pose.y_m)) and right_m < 15.0:
        right_m += 0.5
        pose = _beside(line, 14.0, right_m)
    yield SpeedSign(pose_map=pose, limit_kmh=round(lane.limit_mps * 3.6 / 10) * 10)


def _beside(line: LineString, at_m: float, right_m: float) -> Pose2:
    """Return a pose to the right of a lane that faces its traffic."""
    here, ahead = line.interpolate(at_m), line.interpolate(at_m + 0.5)
    along: NDArray[np.float64] = np.array([ahead.x - here.x, ahead.y - here.y])
    along /= np.linalg.norm(along)
    x_m, y_m = np.array([here.x, here.y]) + right_m * np.array([along[1], -along[0]])
    return Pose2(float(x_m), float(y_m), math.atan2(-along[1], -along[0]))


def split_into_chunks(area: BaseGeometry, size_m: float) -> Iterable[BaseGeometry]:
    """Yield the pieces of an area cut along a grid, so that triangles stay small."""
    x0, y0, x1, y1 = area.bounds
    columns = np.arange(math.floor(x0 / size_m), math.floor(x1 / size_m) + 1)
    rows = np.arange(math.floor(y0 / size_m), math.floor(y1 / size_m) + 1)
    cells = [
        shapely.box(i * size_m, j * size_m, (i + 1) * size_m, (j + 1) * size_m)
        for i in columns
        for j in rows
    ]
    shapely.prepare(area)
    for piece in shapely.get_parts(shapely.intersection(area, cells)):
        if piece.geom_type == 'Polygon' and piece.area > 1e-3:
            yield piece
