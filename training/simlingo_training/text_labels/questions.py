# SPDX-License-Identifier: Apache-2.0
"""Questions and answers on a frame: perception, prediction, planning, behaviour."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from simlingo_training.buckets import has_obeyed_stop_sign
from simlingo_training.text_labels.commentary import GROUPS, speed_action
from simlingo_training.text_labels.commentary_causes import Reason, reason_for
from simlingo_training.text_labels.commentary_routes import RouteSentence, route_sentence
from simlingo_training.text_labels.key_objects import key_objects
from simlingo_training.text_labels.object_questions import (
    ask_about_objects,
    intent_words,
    turn_ahead,
)
from simlingo_training.text_labels.question_graph import Node, QuestionGraph
from simlingo_training.text_labels.scene import RoadScene
from simlingo_training.text_labels.scene_questions import (
    ask_about_road,
    ask_about_signs,
    ask_about_walkers,
    light_state,
    stop_sign_distance_m,
)
from simlingo_training.text_labels.wording_groups import canonical, fill

_BRAKES = {
    'stop_now': 'brake_stop',
    'remain_stopped': 'brake_stay',
    'decelerate': 'brake_slow',
}
_OBSTACLE_GROUPS = {
    'ParkedObstacle',
    'HazardAtSideLane',
    'VehicleOpensDoor',
    'Accident',
    'ConstructionObstacle',
    'wait_gap',
    'gap_big',
    'stay_on_other_lane',
}


def ask(
    scenes: Sequence[RoadScene], future_target_speeds_mps: Sequence[float], image: str
) -> dict[str, Any]:
    """Return the content of ``vqa/NNNN.json.gz``.

    Args:
        scenes: of the frame and the next ones at 4 Hz.
        future_target_speeds_mps: the expert's targets now and in the next frames.
        image: path of the image from the root.
    """
    scene = scenes[0]
    now = scene.now
    is_stop_done = has_obeyed_stop_sign(now)
    speeds_mps = future_target_speeds_mps[:4] or [now.target_speed_mps]
    wanted_mps = sum(speeds_mps) / len(speeds_mps)
    wanted_mps = now.speed_limit_mps if is_stop_done else wanted_mps
    graph, objects = QuestionGraph(), key_objects(scene)
    about_objects = ask_about_objects(graph, scenes, objects)
    junction = ask_about_road(graph, scene)
    signs = ask_about_signs(graph, scene)
    walkers = ask_about_walkers(graph, scene)
    route = route_sentence(scene, wanted_mps)
    deviation = _plan_route(graph, scene, route, junction, about_objects[0])
    acts = _plan_at_signs(graph, scene, signs, is_stop_done=is_stop_done)
    reason = reason_for(scene, wanted_mps, is_stop_done=is_stop_done)
    grounds = [*about_objects, *acts, walkers, deviation]
    _behave(graph, scene, wanted_mps, reason, route, grounds)
    return {
        'image_paths': {'CAM_FRONT': image},
        'key_object_infos': {each.tag: each.as_dict() for each in objects},
        'QA': graph.as_dict(),
    }


def _plan_route(
    graph: QuestionGraph, scene: RoadScene, route: RouteSentence, junction: Node, first: Node
) -> Node:
    """Ask about obstacles, and which traffic matters for the way of the car."""
    name = route.obstacle.name if route.obstacle is not None else 'obstacle'
    named = {'<OBJECT>': name}
    has_obstacle = bool(_OBSTACLE_GROUPS.intersection(route.groups))
    obstacle = graph.add(
        'perception',
        'obstacle',
        'obstacle' if has_obstacle else 'no_obstacle',
        named if has_obstacle else {},
        up=[first],
    )
    answer = 'must_deviate' if has_obstacle else 'need_not_deviate'
    if 'go_back' in route.groups:
        answer = 'must_return'
    is_named = answer != 'need_not_deviate'
    deviation = graph.add(
        'planning', 'must_deviate', answer, named if is_named else {}, up=[obstacle]
    )
    graph.add(
        'planning',
        'watch_lanes',
        'watch',
        {'<INTENT>': intent_words(scene), '<LANES>': _lanes_to_watch(scene)},
        up=[junction],
    )
    return deviation


def _lanes_to_watch(scene: RoadScene) -> str:
    action = str(scene.now.expert.get('route_action', ''))
    for side in ('left', 'right'):
        if action == f'change_lane_{side}':
            return f'the lane to the {side}, ahead and behind'
    match turn_ahead(scene):
        case 'left':
            return 'oncoming traffic, traffic from both sides and pedestrians who cross'
        case 'right':
            return 'traffic from the left and pedestrians who cross'
        case 'straight':
            return 'traffic from the left and right and oncoming vehicles that turn'
    return 'vehicles ahead on its own lane'


def _plan_at_signs(
    graph: QuestionGraph, scene: RoadScene, signs: dict[str, Node], *, is_stop_done: bool
) -> list[Node]:
    """Ask what light and stop sign demand."""
    by_state = {'red': 'stop_at_red', 'yellow': 'stop_at_yellow', 'green': 'go_on_green'}
    answer = by_state.get(light_state(scene), 'no_light_to_act_on')
    up = [signs.get('state', signs['light'])]
    light = graph.add('planning', 'act_on_light', answer, up=up)
    answer = 'no_sign_to_act_on'
    if is_stop_done:
        answer = 'sign_done'
    elif stop_sign_distance_m(scene) is not None:
        answer = 'stop_at_sign'
    stop = graph.add('planning', 'act_on_stop', answer, up=[signs['stop_sign']])
    return [light, stop]


def _behave(
    graph: QuestionGraph,
    scene: RoadScene,
    wanted_mps: float,
    reason: Reason,
    route: RouteSentence,
    grounds: Sequence[Node],
) -> None:
    """Ask what the car should do, and why."""
    now = scene.now
    action = speed_action(now.speed_mps, wanted_mps, now.speed_limit_mps)
    because = fill(
        ''.join(canonical(GROUPS[group]) for group in reason.groups),
        {'<OBJECT>': reason.cause.name if reason.cause is not None else ''},
    )
    because = because.replace('your', 'its')
    answer = _BRAKES.get(action, 'brake_not')
    values = {'<REASON>': because} if answer != 'brake_not' else {}
    brake = graph.add('behavior', 'brake', answer, values, up=grounds)
    words = _as_infinitive(canonical(GROUPS[action]))
    graph.add('behavior', 'next_speed', 'speed_action', {'<SPEED_ACTION>': words}, up=[brake])
    name = route.obstacle.name if route.obstacle is not None else 'obstacle'
    parts = [canonical(GROUPS[group]) for group in route.groups]
    words = _as_infinitive(
        fill(' '.join([parts[0], *map(_as_infinitive, parts[1:])]), {'<OBSTACLE>': name})
    )
    graph.add('behavior', 'next_route', 'route_action', {'<ROUTE_ACTION>': words}, up=grounds[:1])


def _as_infinitive(words: str) -> str:
    """Return an imperative with a small first letter."""
    words = words.replace('before you pass', 'before passing').replace('your', 'its')
    return words[:1].lower() + words[1:]
