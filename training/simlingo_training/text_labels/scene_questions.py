# SPDX-License-Identifier: Apache-2.0
"""Questions about road, signs and pedestrians."""

from __future__ import annotations

from collections.abc import Mapping

from simlingo_training.text_labels.key_objects import BEHIND_M
from simlingo_training.text_labels.object_words import Category
from simlingo_training.text_labels.question_graph import Node, QuestionGraph
from simlingo_training.text_labels.scene import RoadScene

JUNCTION_NEAR_M = 15.0
SIGN_NEAR_M = 40.0
WALKER_SIGHT_M = 40.0
COUNTS = {1: 'one', 2: 'two', 3: 'three', 4: 'four', 5: 'five', 6: 'six'}
_LINES = {
    'solid': 'solid',
    'broken': 'broken',
    'solidsolid': 'double solid',
    'brokenbroken': 'double broken',
    'solidbroken': 'solid and broken',
    'brokensolid': 'broken and solid',
}


def ask_about_road(graph: QuestionGraph, scene: RoadScene) -> Node:
    """Add the questions about junction, lanes and limit; return that about the junction."""
    junction_m = scene.junction_distance_m
    answer, values = 'no_junction', {}
    if scene.now.is_in_junction:
        answer = 'in_the_junction'
    elif junction_m is not None and junction_m < JUNCTION_NEAR_M:
        answer, values = 'before_junction', {'<DISTANCE>': metres(junction_m)}
    junction = graph.add('perception', 'at_junction', answer, values)
    limit_kmh = round(scene.now.speed_limit_mps * 3.6)
    graph.add('perception', 'speed_limit', 'limit', {'<SPEED>': f'{limit_kmh} km/h'})
    if scene.ego_info and not scene.now.is_in_junction:
        _ask_about_lanes(graph, scene.ego_info)
    return junction


def _ask_about_lanes(graph: QuestionGraph, info: Mapping[str, object]) -> None:
    same, opposite = info.get('num_lanes_same_direction'), info.get('num_lanes_opposite_direction')
    if isinstance(same, int) and same > 0:
        _count(graph, 'lanes_same', same, 'one_same', 'count_same')
    if isinstance(opposite, int):
        if opposite == 0:
            graph.add('perception', 'lanes_opposite', 'none_opposite')
        else:
            _count(graph, 'lanes_opposite', opposite, 'one_opposite', 'count_opposite')
    number = info.get('ego_lane_number')
    if isinstance(number, int):
        graph.add('perception', 'own_lane', 'lane_number', {'<NUMBER>': str(number)})
    for side in ('left', 'right'):
        _marking(graph, info, side)
    change = info.get('lane_change')
    if isinstance(change, int) and 0 <= change <= 3:
        _ask_about_changes(graph, change, same if isinstance(same, int) else 1, number)


def _count(graph: QuestionGraph, question: str, count: int, one: str, many: str) -> None:
    words = {'<COUNT>': COUNTS.get(count, str(count))}
    graph.add('perception', question, one if count == 1 else many, words)


def _marking(graph: QuestionGraph, info: Mapping[str, object], side: str) -> None:
    kind = str(info.get(f'{side}_lane_marking_type') or '')
    values = {'<SIDE>': side}
    if kind.lower() in _LINES:
        colour = str(info.get(f'{side}_lane_marking_color') or '').lower()
        line = ' '.join(filter(None, [_LINES[kind.lower()], colour, 'line']))
        graph.add('perception', 'marking', 'marking', values | {'<MARKING>': line})
    elif kind.upper() == 'NONE':
        graph.add('perception', 'marking', 'no_marking', values)


def _ask_about_changes(graph: QuestionGraph, change: int, same: int, number: object) -> None:
    sides = {0: '', 1: 'right', 2: 'left', 3: 'both'}
    own = sides[change]
    answer = {'': 'may_none', 'both': 'may_both'}.get(own, 'may_side')
    first = graph.add('perception', 'may_change', answer, {'<SIDE>': own})
    if not isinstance(number, int):
        return
    # A broken line may be crossed both ways, where a lane of the same direction is beyond it.
    others = [
        side
        for side, is_there in (('left', number > 0), ('right', number < same - 1))
        if is_there and own in {side, 'both'}
    ]
    answer = {0: 'enter_none', 1: 'enter_side', 2: 'enter_both'}[len(others)]
    graph.add(
        'perception',
        'others_enter',
        answer,
        {'<SIDE>': others[0] if others else ''},
        up=[first],
    )


def ask_about_signs(graph: QuestionGraph, scene: RoadScene) -> dict[str, Node]:
    """Add the questions whether light and stop sign hold, and the state of the light."""
    nodes = {}
    sign_m = stop_sign_distance_m(scene)
    if sign_m is None:
        nodes['stop_sign'] = graph.add('perception', 'stop_sign', 'no_stop_sign')
    else:
        distance = {'<DISTANCE>': metres(sign_m)}
        nodes['stop_sign'] = graph.add('perception', 'stop_sign', 'stop_sign', distance)
    state = light_state(scene)
    if not state:
        nodes['light'] = graph.add('perception', 'light', 'no_light')
    else:
        values = {'<STATE>': state}
        nodes['light'] = graph.add('perception', 'light', 'light', values)
        nodes['state'] = graph.add(
            'perception', 'light_state', 'light_state', values, up=[nodes['light']]
        )
    return nodes


def ask_about_walkers(graph: QuestionGraph, scene: RoadScene) -> Node:
    """Add the question how many pedestrians the camera sees within 40 m."""
    seen = [
        walker
        for walker in scene.of(Category.WALKER)
        if walker.is_visible
        and walker.x_m >= BEHIND_M
        and walker.distance_m < WALKER_SIGHT_M
        and walker.word != 'dog'
    ]
    if not seen:
        return graph.add('perception', 'pedestrians', 'no_pedestrians')
    count = {'<COUNT>': COUNTS.get(len(seen), str(len(seen)))}
    answer = 'one_pedestrian' if len(seen) == 1 else 'pedestrians'
    return graph.add('perception', 'pedestrians', answer, count)


def light_state(scene: RoadScene) -> str:
    """Return the state of the light that holds within 40 m, in small letters; or empty."""
    state = scene.light_state
    if state not in {'red', 'yellow', 'green'} or scene.now.is_in_junction:
        return ''
    distances = [d for d in (scene.junction_distance_m,) if d is not None]
    if scene.light is not None:
        distances.append(scene.light.distance_m)
    if not distances or min(distances) > SIGN_NEAR_M:
        return ''
    return state


def stop_sign_distance_m(scene: RoadScene) -> float | None:
    """Return the distance of the stop sign that holds, None: there is none near."""
    now = scene.now
    if now.reduced_by_kind == 'stop_sign' and now.reduced_by_distance_m is not None:
        return now.reduced_by_distance_m if now.reduced_by_distance_m < SIGN_NEAR_M else None
    for sign in scene.of(Category.STOP_SIGN):
        if sign.affects_ego and sign.x_m > 0.0 and sign.distance_m < SIGN_NEAR_M:
            return sign.distance_m
    return None


def metres(distance_m: float) -> str:
    """Return a distance in words."""
    whole = max(1, round(distance_m))
    return f'{whole} meter' if whole == 1 else f'{whole} meters'
