# SPDX-License-Identifier: Apache-2.0
"""Towns with traffic: lanes, lights, signs and crossings from a SUMO network."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import shapely
import sumolib
from lxml import etree
from numpy.typing import NDArray

from simlingo_core.errors import WorldError
from simlingo_core.geometry import Pose2
from simlingo_sim.state import StopSign, TrafficLight
from simlingo_sim.town.carla_map import CarlaMap
from simlingo_sim.town.parking_slots import parking_slots
from simlingo_sim.town.road_signs import read_road_signs
from simlingo_sim.town.town import (
    Crossing,
    JunctionArea,
    Lane,
    LaneKind,
    LaneMark,
    RoadKind,
    Town,
)

FIRST_LIGHT_ID = 10001
FIRST_SIGN_ID = 20001
STOP_LINE_BEFORE_END_M = 0.5
POST_BEHIND_KERB_M = 0.8
FAR_POST_BEHIND_JUNCTION_M = 0.8


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
            _points(e.getLanes()[0]) for e in edges if e.getFunction() == 'walkingarea'
        ),
        traffic_lights=_traffic_lights(streets),
        stop_signs=_stop_signs(streets),
        parking_slots_map=parking_slots(
            _points(lane)
            for edge in streets
            for lane in edge.getLanes()
            if _kind(lane) is LaneKind.PARKING
        ),
        road_signs=read_road_signs(carla_map),
    )


def _points(item: Any) -> NDArray[np.float64]:
    return np.array([point[:2] for point in item.getShape()], dtype=np.float64)


def _kind(lane: Any) -> LaneKind:
    if lane.allows('passenger'):
        return LaneKind.DRIVING
    if lane.allows('pedestrian'):
        return LaneKind.SIDEWALK
    is_motorway = _road_kind(lane.getEdge()) is RoadKind.MOTORWAY
    return LaneKind.SHOULDER if is_motorway else LaneKind.PARKING


def _road_kind(edge: Any) -> RoadKind:
    """Return what an edge's type says; in a junction what most of the roads there are."""
    if edge.getFunction() == 'internal':
        return _junction_kind(edge.getFromNode())
    known = {kind.value: kind for kind in RoadKind}
    return known.get(edge.getType(), RoadKind.TOWN)


def _junction_kind(node: Any) -> RoadKind:
    """Return the kind of road that needs the most around it: kerbs, else verges."""
    kinds = {_road_kind(edge) for edge in (*node.getIncoming(), *node.getOutgoing())
             if edge.getFunction() == ''}  # fmt: skip
    ranked = (RoadKind.TOWN, RoadKind.RURAL, RoadKind.MOTORWAY)
    return next((kind for kind in ranked if kind in kinds), RoadKind.TOWN)


def _is_opposite(edge: Any, other: Any) -> bool:
    if edge.getFromNode() is not other.getToNode() or edge.getToNode() is not other.getFromNode():
        return False
    ours, theirs = _points(edge), _points(other)[::-1]
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
        kind=_kind(lane),
        centre_map_m=_points(lane),
        width_m=lane.getWidth(),
        limit_mps=lane.getSpeed(),
        in_junction=in_junction,
        left_mark=left,
        right_mark=right,
        road_kind=_road_kind(edge),
    )


def _marks(lane: Any, has_opposite: bool) -> tuple[LaneMark, LaneMark]:
    lanes = lane.getEdge().getLanes()
    index, kind = lane.getIndex(), _kind(lane)
    if kind is LaneKind.SIDEWALK:
        return LaneMark.KERB, LaneMark.NONE
    right_kind = _kind(lanes[index - 1]) if index > 0 else None
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
            polygon_map_m=_points(node),
            kind=node.getType(),
            road_kind=_junction_kind(node),
        )
        for node in nodes
        if len(node.getShape()) >= 3
    )


def _crossing(edge: Any) -> Crossing:
    lane = edge.getLanes()[0]
    axis, half = _points(lane), lane.getWidth() / 2
    start, end = axis[0], axis[-1]
    along = (end - start) / np.hypot(*(end - start))
    side = np.array([-along[1], along[0]]) * half
    return Crossing(
        id=edge.getID(),
        polygon_map_m=np.array([start - side, end - side, end + side, start + side]),
        axis_map_m=np.array([start, end]),
        width_m=lane.getWidth(),
    )


def _arm(edge: Any) -> tuple[Pose2, float, float]:
    """Return the pose of the middle of an edge's end, and the extent of its driving lanes.

    Returns:
        The pose, x along the street; y of the left and of the right border in its frame [m].
    """
    driving = [lane for lane in edge.getLanes() if _kind(lane) is LaneKind.DRIVING]
    ends = [_points(lane)[-2:] for lane in driving]
    heading = ends[0][1] - ends[0][0]
    yaw = math.atan2(heading[1], heading[0])
    middle = np.mean([end[1] for end in ends], axis=0)
    pose = Pose2(float(middle[0]), float(middle[1]), yaw)
    lateral = [float(pose.inverse_transform(end[1])[1]) for end in ends]
    half = driving[0].getWidth() / 2
    return pose, max(lateral) + half, min(lateral) - half


def _stop_line(pose: Pose2, left_m: float, right_m: float) -> NDArray[np.float64]:
    back = -STOP_LINE_BEFORE_END_M
    return pose.transform([[back, left_m], [back, right_m]])


def _kerb_offset_m(edge: Any) -> float:
    """Return the distance from the rightmost driving lane to the kerb."""
    strips = (LaneKind.PARKING, LaneKind.SHOULDER)
    return sum(float(lane.getWidth()) for lane in edge.getLanes() if _kind(lane) in strips)


def _facing(pose: Pose2, x_m: float, y_m: float) -> Pose2:
    place = pose.transform([x_m, y_m])
    return Pose2(float(place[0]), float(place[1]), pose.yaw_rad + math.pi)


def _traffic_lights(streets: list[Any]) -> tuple[TrafficLight, ...]:
    lights: list[TrafficLight] = []
    roadway = _roadway(streets)
    for edge in streets:
        links = [
            link
            for lane in edge.getLanes()
            if _kind(lane) is LaneKind.DRIVING
            for link in lane.getOutgoing()
            if link.getTLLinkIndex() >= 0
        ]
        if not links:
            continue
        pose, left_m, right_m = _arm(edge)
        post_y = right_m - _kerb_offset_m(edge) - POST_BEHIND_KERB_M
        lights.append(
            TrafficLight(
                id=FIRST_LIGHT_ID + len(lights),
                sumo_id=links[0].getTLSID(),
                link_index=links[0].getTLLinkIndex(),
                pose_map=_facing(pose, 0.0, post_y),
                stop_line_map_m=_stop_line(pose, left_m, right_m),
                far_pose_map=_far_post(edge, pose, post_y, roadway),
                edge_id=edge.getID(),
            )
        )
    return tuple(lights)


def _roadway(streets: list[Any]) -> Any:
    """Return the area of all lanes for vehicles, prepared for point queries."""
    lanes = [
        shapely.LineString(_points(lane)).buffer(lane.getWidth() / 2 + 0.3, cap_style='flat')
        for edge in streets
        for lane in edge.getLanes()
        if _kind(lane) is not LaneKind.SIDEWALK
    ]
    area = shapely.union_all(lanes)
    shapely.prepare(area)
    return area


def _far_post(edge: Any, pose: Pose2, lateral_m: float, roadway: Any) -> Pose2:
    """Return the pose of the post behind the junction, moved to the right off the roadway.

    The street behind the junction may bend or be wider than the one before it.
    """
    for aside_m in np.arange(0.0, 12.0, 0.5):
        y_m = lateral_m - float(aside_m)
        post = _facing(pose, _far_reach_m(edge, pose, y_m), y_m)
        if not roadway.intersects(shapely.Point(post.position_m)):
            break
    return post


def _far_reach_m(edge: Any, pose: Pose2, lateral_m: float) -> float:
    """Return the distance to the end of the junction along a line beside the carriageway."""
    area = shapely.Polygon(_points(edge.getToNode())).buffer(0.1)
    ray = shapely.LineString(pose.transform([[0.0, lateral_m], [80.0, lateral_m]]))
    inside = area.intersection(ray)
    if inside.is_empty:
        return 20.0
    reach = pose.inverse_transform(shapely.get_coordinates(inside))[:, 0].max()
    return float(reach) + FAR_POST_BEHIND_JUNCTION_M


def _stop_signs(streets: list[Any]) -> tuple[StopSign, ...]:
    signs: list[StopSign] = []
    for edge in streets:
        states = {
            link.getState()
            for lane in edge.getLanes()
            if _kind(lane) is LaneKind.DRIVING
            for link in lane.getOutgoing()
        }
        if not states or not states <= {'s', 'w'}:
            continue
        pose, left_m, right_m = _arm(edge)
        post_y = right_m - _kerb_offset_m(edge) - POST_BEHIND_KERB_M
        signs.append(
            StopSign(
                id=FIRST_SIGN_ID + len(signs),
                pose_map=_facing(pose, -STOP_LINE_BEFORE_END_M, post_y),
                stop_line_map_m=_stop_line(pose, left_m, right_m),
                edge_id=edge.getID(),
            )
        )
    return tuple(signs)
