# SPDX-License-Identifier: Apache-2.0
"""Towns with traffic: lanes, lights, signs and crossings from a SUMO network."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import shapely
import sumolib
from lxml import etree

from simlingo_core.errors import WorldError
from simlingo_sim.town.carla_map import CarlaMap
from simlingo_sim.town.parking_slots import parking_slots
from simlingo_sim.town.road_signs import read_road_signs
from simlingo_sim.town.sumo_net import junction_kind, lane_kind, points_of, road_kind
from simlingo_sim.town.sumo_signals import stop_signs, traffic_lights
from simlingo_sim.town.town import (
    Crossing,
    JunctionArea,
    Lane,
    LaneKind,
    LaneMark,
    Town,
)


def read_sumo_town(carla_map: CarlaMap, net_path: Path) -> Town:
    """Build a town from its SUMO network.

    Raises:
        WorldError: the network cannot be read.
    """
    try:
        root = etree.parse(str(net_path)).getroot()
    except (OSError, etree.XMLSyntaxError) as error:
        raise WorldError(f'{net_path} is not a readable SUMO network: {error}') from error
    if root.tag != 'net':
        raise WorldError(f'{net_path} has the root {root.tag!r}; expected a SUMO network (net)')
    net = sumolib.net.readNet(str(net_path), withInternal=True, withPedestrianConnections=True)
    edges = sorted(net.getEdges(withInternal=True), key=lambda edge: edge.getID())
    streets = [edge for edge in edges if edge.getFunction() == '']
    paired = {edge.getID() for edge in streets for other in streets if _is_opposite(edge, other)}
    lanes = [
        _lane(lane, edge, edge.getID() in paired)
        for edge in edges
        if edge.getFunction() in {'', 'internal'}
        for lane in edge.getLanes()
    ]
    return Town(
        name=carla_map.name,
        map=carla_map,
        net_path=net_path,
        lanes=tuple(sorted(lanes, key=lambda lane: lane.id)),
        junctions=_junctions(net),
        crossings=tuple(_crossing(e) for e in edges if e.getFunction() == 'crossing'),
        walking_areas_map_m=tuple(
            points_of(e.getLanes()[0]) for e in edges if e.getFunction() == 'walkingarea'
        ),
        traffic_lights=traffic_lights(streets),
        stop_signs=stop_signs(streets),
        parking_slots_map=parking_slots(
            (points_of(lane), _narrowest_m(edge))
            for edge in streets
            for lane in edge.getLanes()
            if lane_kind(lane) is LaneKind.PARKING
        ),
        road_signs=read_road_signs(carla_map),
    )


def _narrowest_m(edge: Any) -> float:
    driving = [lane for lane in edge.getLanes() if lane_kind(lane) is LaneKind.DRIVING]
    return float(min(lane.getWidth() for lane in driving))


def _is_opposite(edge: Any, other: Any) -> bool:
    if edge.getFromNode() is not other.getToNode() or edge.getToNode() is not other.getFromNode():
        return False
    ours, theirs = points_of(edge), points_of(other)[::-1]
    middle, opposite = ours[len(ours) // 2], shapely.LineString(theirs)
    # Without a shape of its own an edge lies in the middle of its lanes, not of the street.
    return bool(shapely.Point(middle).distance(opposite) < 15.0)


def _lane(lane: Any, edge: Any, has_opposite: bool) -> Lane:
    in_junction = edge.getFunction() == 'internal'
    left, right = (LaneMark.NONE, LaneMark.NONE) if in_junction else _marks(lane, has_opposite)
    return Lane(
        id=lane.getID(),
        edge_id=edge.getID(),
        index=lane.getIndex(),
        kind=lane_kind(lane),
        centre_map_m=points_of(lane),
        width_m=lane.getWidth(),
        limit_mps=lane.getSpeed(),
        in_junction=in_junction,
        left_mark=left,
        right_mark=right,
        road_kind=road_kind(edge),
    )


def _marks(lane: Any, has_opposite: bool) -> tuple[LaneMark, LaneMark]:
    lanes = lane.getEdge().getLanes()
    index, kind = lane.getIndex(), lane_kind(lane)
    if kind is LaneKind.SIDEWALK:
        return LaneMark.KERB, LaneMark.NONE
    right_kind = lane_kind(lanes[index - 1]) if index > 0 else None
    if index + 1 == len(lanes):
        left = LaneMark.YELLOW_SOLID if has_opposite else LaneMark.WHITE_SOLID
    else:
        left = LaneMark.WHITE_BROKEN if kind is LaneKind.DRIVING else LaneMark.WHITE_SOLID
    if right_kind is None or right_kind is LaneKind.SIDEWALK:
        return left, LaneMark.KERB
    right = LaneMark.WHITE_BROKEN if right_kind is LaneKind.DRIVING else LaneMark.WHITE_SOLID
    return left, right


def _junctions(net: Any) -> tuple[JunctionArea, ...]:
    nodes = sorted(net.getNodes(), key=lambda node: node.getID())
    return tuple(
        JunctionArea(
            id=node.getID(),
            polygon_map_m=points_of(node),
            kind=node.getType(),
            road_kind=junction_kind(node),
        )
        for node in nodes
        if len(node.getShape()) >= 3
    )


def _crossing(edge: Any) -> Crossing:
    lane = edge.getLanes()[0]
    axis, half = points_of(lane), lane.getWidth() / 2
    start, end = axis[0], axis[-1]
    along = (end - start) / np.hypot(*(end - start))
    side = np.array([-along[1], along[0]]) * half
    return Crossing(
        id=edge.getID(),
        polygon_map_m=np.array([start - side, end - side, end + side, start + side]),
        axis_map_m=np.array([start, end]),
        width_m=lane.getWidth(),
    )
