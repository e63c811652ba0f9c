# SPDX-License-Identifier: Apache-2.0
"""Traffic lights and stop signs from a SUMO network."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from simlingo_core.geometry import Pose2
from simlingo_sim.state import StopSign, TrafficLight
from simlingo_sim.town.sumo_net import lane_kind, points_of
from simlingo_sim.town.town import LaneKind

FIRST_LIGHT_ID = 10001
FIRST_SIGN_ID = 20001
STOP_LINE_BEFORE_END_M = 0.5
POST_BEHIND_KERB_M = 0.8
FAR_POST_BEHIND_JUNCTION_M = 0.8


def _arm(edge: Any) -> tuple[Pose2, float, float]:
    """Return the pose of the middle of an edge's end, and the extent of its driving lanes.

    Returns:
        The pose, x along the street; y of the left and of the right border in its frame [m].
    """
    driving = [lane for lane in edge.getLanes() if lane_kind(lane) is LaneKind.DRIVING]
    ends = [points_of(lane)[-2:] for lane in driving]
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
    return sum(float(lane.getWidth()) for lane in edge.getLanes() if lane_kind(lane) in strips)


def _facing(pose: Pose2, x_m: float, y_m: float) -> Pose2:
    place = pose.transform([x_m, y_m])
    return Pose2(float(place[0]), float(place[1]), pose.yaw_rad + math.pi)


def traffic_lights(streets: list[Any]) -> tuple[TrafficLight, ...]:
    """Return the traffic lights at the ends of the edges of a network."""
    lights: list[TrafficLight] = []
    roadway = _roadway(streets)
    for edge in streets:
        links = [
            link
            for lane in edge.getLanes()
            if lane_kind(lane) is LaneKind.DRIVING
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
        shapely.LineString(points_of(lane)).buffer(lane.getWidth() / 2 + 0.3, cap_style='flat')
        for edge in streets
        for lane in edge.getLanes()
        if lane_kind(lane) is not LaneKind.SIDEWALK
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
    area = shapely.Polygon(points_of(edge.getToNode())).buffer(0.1)
    ray = shapely.LineString(pose.transform([[0.0, lateral_m], [80.0, lateral_m]]))
    inside = area.intersection(ray)
    if inside.is_empty:
        return 20.0
    reach = pose.inverse_transform(shapely.get_coordinates(inside))[:, 0].max()
    return float(reach) + FAR_POST_BEHIND_JUNCTION_M


def stop_signs(streets: list[Any]) -> tuple[StopSign, ...]:
    """Return the stop signs at the ends of the edges of a network."""
    signs: list[StopSign] = []
    for edge in streets:
        states = {
            link.getState()
            for lane in edge.getLanes()
            if lane_kind(lane) is LaneKind.DRIVING
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
