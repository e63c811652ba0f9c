# SPDX-License-Identifier: Apache-2.0
"""Questions about the objects of a scene: which, where, how they move, whether they cross."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from simlingo_core.geometry import wrap_angle_rad
from simlingo_training.text_labels.commentary_causes import route_turn_rad
from simlingo_training.text_labels.key_objects import KeyObject
from simlingo_training.text_labels.object_words import Category
from simlingo_training.text_labels.question_graph import Node, QuestionGraph
from simlingo_training.text_labels.scene import RoadScene, SceneObject

NOT_MOVING_MPS, SLOW_MPS = 0.2, 5.0
TURNING_RAD, SLIGHTLY_RAD = math.radians(20.0), math.radians(7.0)
LOOK_AHEAD_FRAMES = 4
CROSSING_M, CROSSING_S, FRAME_S = 2.0, 5.0, 0.25
ON_PATH_M = 1.5
JUNCTION_SOON_M, TURN_REACH_M, TURN_RAD = 60.0, 25, math.radians(45.0)
COUNTS = {2: 'two', 3: 'three', 4: 'four'}
_CHANGES = {'change_lane_left': 'left', 'change_lane_right': 'right'}


def ask_about_objects(
    graph: QuestionGraph, scenes: Sequence[RoadScene], objects: Sequence[KeyObject]
) -> list[Node]:
    """Add the questions about objects; return those on which others build.

    Args:
        graph: takes the questions.
        scenes: of the frame and the next ones at 4 Hz, expressed each in its own base_link.
        objects: the key objects.
    """
    first = _important(graph, objects)
    chains = []
    for cluster, each in enumerate(objects, start=1):
        if each.thing.category in {Category.VEHICLE, Category.WALKER}:
            chains.append(_ask_about_one(graph, scenes, each, cluster, first))
    return [first, *chains]


def _ask_about_one(
    graph: QuestionGraph,
    scenes: Sequence[RoadScene],
    each: KeyObject,
    cluster: int,
    first: Node,
) -> Node:
    """Add the chain of questions about a road user; return its last."""
    thing, named = each.thing, {'<OBJECT>': each.name}
    track = track_base_m(scenes, thing)

    def about(family: str, question: str, answer: str, values: dict[str, str]) -> Node:
        return graph.add(
            family,
            question,
            answer,
            named | values,
            cluster=cluster,
            tags=[each.tag],
            up=[first],
        )

    nodes = [about('perception', 'moving_status', *moving_status(thing))]
    if thing.category is Category.VEHICLE:
        nodes.append(about('perception', 'where_on_road', *where_on_road(thing)))
        if (going := where_going(thing, track)) is not None:
            nodes.append(about('prediction', 'where_going', *going))
    return graph.add(
        'prediction',
        'crosses',
        crossing(scenes[0], thing, track),
        named | {'<COMMAND>': command_words(scenes[0])},
        cluster=cluster,
        tags=[each.tag],
        up=nodes,
    )


def _important(graph: QuestionGraph, objects: Sequence[KeyObject]) -> Node:
    if not objects:
        return graph.add('perception', 'important_objects', 'no_objects')
    names = [f'the {each.name}' for each in objects]
    listed = ' and '.join(filter(None, [', '.join(names[:-1]), names[-1]]))
    return graph.add(
        'perception',
        'important_objects',
        'one_object' if len(names) == 1 else 'objects',
        {'<OBJECTS>': listed},
        tags=[each.tag for each in objects],
    )


def moving_status(thing: SceneObject) -> tuple[str, dict[str, str]]:
    """Return answer and values on how fast a road user is."""
    speed_mps = abs(thing.speed_mps)
    if speed_mps < NOT_MOVING_MPS:
        return 'not_moving', {}
    if speed_mps < SLOW_MPS:
        return 'moving_slowly', {}
    return 'moving', {'<SPEED>': f'{round(speed_mps * 3.6)} km/h'}


def where_on_road(thing: SceneObject) -> tuple[str, dict[str, str]]:
    """Return answer and values on where a vehicle is."""
    box = thing.box
    if thing.is_parked:
        return 'parked_place', {}
    if box.get('is_in_junction'):
        return 'in_junction', {}
    if box.get('lane_type_str') == 'Shoulder':
        return 'beside_road', {}
    relative = box.get('lane_relative_to_ego')
    if box.get('same_road_as_ego') is False:
        is_oncoming = abs(wrap_angle_rad(thing.yaw_rad)) > math.radians(150.0)
        return (
            ('oncoming_lane', {}) if is_oncoming and abs(thing.y_m) < 8.0 else ('other_road', {})
        )
    if box.get('same_direction_as_ego') is False:
        return 'oncoming_lane', {}
    if not isinstance(relative, int):
        relative = round(-thing.y_m / 3.5)
    if relative == 0:
        return 'own_lane', {}
    side = {'<SIDE>': 'right' if relative > 0 else 'left'}
    if abs(relative) == 1:
        return 'lane_beside', side
    return 'lanes_away', side | {'<COUNT>': COUNTS.get(abs(relative), str(abs(relative)))}


def track_base_m(scenes: Sequence[RoadScene], thing: SceneObject) -> NDArray[np.float64]:
    """Return x, y and heading of an object now and in the next frames, shape (N, 3)."""
    now = scenes[0].now.pose_map
    cos, sin = math.cos(now.yaw_rad), math.sin(now.yaw_rad)
    rows = []
    for scene in scenes:
        later = scene.by_id.get((thing.category, thing.id))
        if later is None:
            break
        pose = scene.now.pose_map
        ahead, left = math.cos(pose.yaw_rad), math.sin(pose.yaw_rad)
        x_m = pose.x_m + ahead * later.x_m - left * later.y_m - now.x_m
        y_m = pose.y_m + left * later.x_m + ahead * later.y_m - now.y_m
        yaw_rad = later.yaw_rad + pose.yaw_rad - now.yaw_rad
        rows.append((cos * x_m + sin * y_m, cos * y_m - sin * x_m, yaw_rad))
    return np.array(rows).reshape(-1, 3)


def where_going(
    thing: SceneObject, track: NDArray[np.float64]
) -> tuple[str, dict[str, str]] | None:
    """Return answer and values on where a vehicle goes, None: its future is not recorded."""
    if len(track) <= LOOK_AHEAD_FRAMES:
        return None
    if float(np.hypot(*(track[LOOK_AHEAD_FRAMES, :2] - track[0, :2]))) < NOT_MOVING_MPS:
        return 'not_moving', {}
    turn = wrap_angle_rad(float(track[LOOK_AHEAD_FRAMES, 2] - track[0, 2]))
    side = 'left' if turn > 0.0 else 'right'
    if abs(turn) > TURNING_RAD:
        return 'turning', {'<SIDE>': side}
    if abs(turn) > SLIGHTLY_RAD:
        return 'going', {'<DIRECTION>': f'slightly to the {side}'}
    heading = wrap_angle_rad(thing.yaw_rad)
    if abs(heading) < math.radians(45.0):
        direction = 'straight in the direction of the ego vehicle'
    elif abs(heading) > math.radians(135.0):
        direction = 'straight in the opposite direction'
    else:
        direction = 'across to the left' if heading > 0.0 else 'across to the right'
    return 'going', {'<DIRECTION>': direction}


def crossing(scene: RoadScene, thing: SceneObject, track: NDArray[np.float64]) -> str:
    """Return the answer on whether an object crosses the route, by its recorded future."""
    route = scene.now.route_base_m
    # Also what stands on the lane and will be passed is on the way.
    gap_m = min(_gap_m(route, thing), _gap_m(scene.now.route_original_base_m, thing))
    is_same_way = abs(wrap_angle_rad(thing.yaw_rad)) < math.radians(35.0)
    if gap_m < ON_PATH_M and is_same_way and thing.x_m > 0.0:
        return 'is_ahead'
    points = track[:, :2]
    if len(points) >= 2:
        step = points[-1] - points[-2]
        count = max(0, round(CROSSING_S / FRAME_S) - len(points))
        points = np.vstack([points, points[-1] + step * np.arange(1, count + 1)[:, None]])
    if len(points) == 0:
        return 'crosses_not'
    dx = points[:, :1] - route[:, 0]
    dy = points[:, 1:] - route[:, 1]
    return 'crosses' if float((dx * dx + dy * dy).min()) < CROSSING_M**2 else 'crosses_not'


def _gap_m(route: NDArray[np.float64], thing: SceneObject) -> float:
    dx, dy = route[:, 0] - thing.x_m, route[:, 1] - thing.y_m
    return math.sqrt(float((dx * dx + dy * dy).min()))


def turn_ahead(scene: RoadScene) -> str:
    """Return ``left``, ``right`` or ``straight`` for the junction ahead or around, or empty."""
    action = str(scene.now.expert.get('route_action', ''))
    if scene.now.is_in_junction:
        if action in {'turn_left', 'turn_right'}:
            return action.removeprefix('turn_')
        turn = route_turn_rad(scene, 0, TURN_REACH_M)
    else:
        junction_m = scene.junction_distance_m
        if junction_m is None or junction_m > JUNCTION_SOON_M:
            return ''
        turn = route_turn_rad(scene, int(junction_m), int(junction_m) + TURN_REACH_M)
        if junction_m + TURN_REACH_M > len(scene.now.route_base_m) + 5:
            return ''
    if abs(turn) < TURN_RAD:
        return 'straight'
    return 'left' if turn > 0.0 else 'right'


def command_words(scene: RoadScene) -> str:
    """Return what the car does, as in ``turns left at the next intersection``."""
    action = str(scene.now.expert.get('route_action', ''))
    if action in _CHANGES:
        return f'does a lane change to the {_CHANGES[action]}'
    turn = turn_ahead(scene)
    if not turn:
        return 'follows the road'
    which = 'current' if scene.now.is_in_junction else 'next'
    verb = 'drives straight' if turn == 'straight' else f'turns {turn}'
    return f'{verb} at the {which} intersection'


def intent_words(scene: RoadScene) -> str:
    """Return what the car wants, as in ``go left at the next intersection``."""
    action = str(scene.now.expert.get('route_action', ''))
    if action in _CHANGES:
        return f'do a lane change to the {_CHANGES[action]}'
    turn = turn_ahead(scene)
    if not turn:
        return 'follow the road'
    which = 'current' if scene.now.is_in_junction else 'next'
    return f'go {turn} at the {which} intersection'
