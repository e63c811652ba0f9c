# SPDX-License-Identifier: Apache-2.0
import re

import numpy as np
import pytest

from simlingo_core.geometry import Pose2
from simlingo_core.types import RoadOption
from simlingo_training.measurements import Measurement
from simlingo_training.schema.base import parse
from simlingo_training.schema.language import VqaFile
from simlingo_training.text_labels.key_objects import key_objects
from simlingo_training.text_labels.question_graph import (
    ALL_ANSWERS,
    OF_THE_SCENE,
    reworded_question,
)
from simlingo_training.text_labels.question_wordings import QUESTIONS
from simlingo_training.text_labels.questions import ask
from simlingo_training.text_labels.scene import read_scene

STRAIGHT = np.column_stack([np.arange(2.5, 42.5), np.zeros(40)])
CAR = {
    'class': 'car',
    'id': 7,
    'position': [15.0, 3.5, 0.8],
    'extent': [2.3, 1.0, 0.8],
    'yaw': 0.0,
    'speed': 4.0,
    'num_points': 90,
    'type_id': 'vehicle.audi.tt',
    'color_rgb': [164, 28, 30],
    'visible_share': 0.9,
    'lane_relative_to_ego': 1,
    'same_road_as_ego': True,
    'same_direction_as_ego': True,
}
WALKER = {
    **CAR,
    'class': 'walker',
    'id': 8,
    'position': [12.0, 4.0, 0.9],
    'extent': [0.3, 0.3, 0.9],
    'yaw': -np.pi / 2,
    'speed': 1.2,
    'type_id': 'walker.pedestrian.0001',
}
LIGHT = {
    'class': 'traffic_light_vqa',
    'id': 3,
    'position': [20.0, 4.0, 5.0],
    'extent': [0.2, 0.2, 0.5],
    'state': 'Red',
    'affects_ego': True,
    'visible_share': 1.0,
}
LANES = {
    'class': 'ego_info',
    'ego_lane_number': 0,
    'num_lanes_same_direction': 2,
    'num_lanes_opposite_direction': 1,
    'lane_change': 1,
    'left_lane_marking_type': 'Solid',
    'left_lane_marking_color': 'Yellow',
    'right_lane_marking_type': 'Broken',
    'right_lane_marking_color': 'White',
}


def measurement(step=0, **changes):
    values = {
        'pose_map': Pose2(1.5 * step, 0.0, 0.0),
        'speed_mps': 6.0,
        'target_speed_mps': 6.0,
        'speed_limit_mps': 50 / 3.6,
        'target_points_base_m': np.array([[30.0, 2.0], [60.0, -5.0]]),
        'command': RoadOption.LANE_FOLLOW,
        'next_command': RoadOption.LANE_FOLLOW,
        'route_base_m': STRAIGHT,
        'route_original_base_m': STRAIGHT,
    }
    return Measurement(**(values | changes))


def asked(boxes=(), wanted=6.0, **changes):
    """Questions of a frame; boxes move by ``move`` metres a step in CARLA's axes."""
    scenes = []
    for step in range(11):
        now = measurement(step, **changes)
        moved = []
        for box in boxes:
            box = dict(box)
            dx, dy = box.pop('move', (0.0, 0.0))
            if 'position' in box:
                x, y, z = box['position']
                box['position'] = [x + step * (dx - 1.5), y + step * dy, z]
            moved.append(box)
        scenes.append(read_scene(now, moved))
    return ask(scenes, [wanted] * 4, 'a.jpg')


def answers(content, question):
    return [
        entry['A']
        for entries in content['QA'].values()
        for entry in entries
        if entry['question_group'] == question
    ]


def test_an_empty_road():
    content = asked()
    assert answers(content, 'important_objects') == [
        'There are no important objects in the scene.'
    ]
    assert answers(content, 'pedestrians') == ['There are no pedestrians.']
    assert answers(content, 'light') == ['There is no traffic light affecting the ego vehicle.']
    assert answers(content, 'brake') == ['There is no reason for the ego vehicle to brake.']
    assert answers(content, 'at_junction') == [
        'No, the ego vehicle is not affected by a junction.'
    ]
    assert answers(content, 'speed_limit') == ['The current speed limit is 50 km/h.']
    assert answers(content, 'lanes_same') == []


def test_lanes():
    content = asked([LANES])
    assert answers(content, 'lanes_same') == [
        'There are two lanes in the direction of the ego vehicle.'
    ]
    assert answers(content, 'lanes_opposite') == ['There is one lane in the opposite direction.']
    assert answers(content, 'own_lane') == ['The ego vehicle is on lane 0.']
    assert answers(content, 'marking') == [
        'The lane marking to the left is a solid yellow line.',
        'The lane marking to the right is a broken white line.',
    ]
    assert answers(content, 'may_change') == [
        'The ego vehicle is allowed to change lanes to the right.'
    ]
    assert answers(content, 'others_enter') == [
        'Other vehicles may change into the ego lane from the right.'
    ]


def test_a_car_on_the_lane_beside():
    content = asked([{**CAR, 'move': (1.0, 0.0)}])
    name = 'red car to the front right of the ego vehicle'
    assert answers(content, 'important_objects') == [f'The important object is the {name}.']
    assert answers(content, 'where_on_road') == [
        f'The {name} is on the lane to the right of the ego vehicle.'
    ]
    assert answers(content, 'moving_status') == [f'The {name} is moving slowly.']
    assert answers(content, 'where_going') == [
        f'The {name} is going straight in the direction of the ego vehicle.'
    ]
    assert answers(content, 'crosses') == [
        f'No, the {name} does not cross the path of the ego vehicle.'
    ]


@pytest.mark.parametrize(
    ('changes', 'place'),
    [
        ({'lane_relative_to_ego': 0}, 'same lane as the ego vehicle'),
        ({'lane_relative_to_ego': -2}, 'two lanes to the left'),
        ({'same_direction_as_ego': False}, 'oncoming traffic'),
        ({'is_in_junction': True}, 'in the junction'),
        ({'same_road_as_ego': False}, 'on another road'),
        ({'lane_type_str': 'Shoulder'}, 'beside the road'),
    ],
)
def test_places_on_the_road(changes, place):
    (answer,) = answers(asked([{**CAR, **changes}]), 'where_on_road')
    assert place in answer


@pytest.mark.parametrize(
    ('box', 'expected'),
    [
        ({**WALKER, 'move': (0.0, -0.3)}, 'Yes, the pedestrian nearby to the front right'),
        ({**WALKER, 'move': (0.0, 0.3)}, 'No, the pedestrian nearby to the front right'),
        ({**CAR, 'position': [15.0, 0.2, 0.8], 'move': (1.0, 0.0)}, 'Yes, the red car'),
    ],
)
def test_who_crosses(box, expected):
    (answer,) = answers(asked([box]), 'crosses')
    assert answer.startswith(expected)
    assert ('is ahead' in answer) is (box['class'] == 'car')


def test_a_red_light():
    content = asked(
        [LIGHT],
        0.0,
        reduced_by_kind='traffic_light',
        reduced_by_id=3,
        reduced_by_distance_m=18.0,
        hazards=frozenset({'light_hazard'}),
        expert={'light': 'red', 'junction_distance_m': 20.0},
    )
    assert answers(content, 'light_state') == ['The traffic light is red.']
    assert answers(content, 'act_on_light') == [
        'The ego vehicle must stop at the traffic light because it is red.'
    ]
    assert answers(content, 'brake') == [
        'The ego vehicle should slow down due to the red traffic light.'
    ]
    assert answers(content, 'next_speed') == ['It should decelerate.']
    (info,) = content['key_object_infos'].values()
    assert info['Visual_description'] == 'red traffic light'
    assert info['Status'] == 'Red'


def test_a_stop_sign_before_and_after_the_stop():
    sign = {
        'reduced_by_kind': 'stop_sign',
        'hazards': frozenset({'stop_sign_hazard'}),
    }
    before = asked([], 2.0, reduced_by_distance_m=15.0, **sign)
    after = asked([], 0.0, reduced_by_distance_m=3.9, speed_mps=0.0, **sign)
    assert answers(before, 'act_on_stop') == [
        'The ego vehicle must come to a stop at the stop sign.'
    ]
    assert answers(after, 'act_on_stop') == [
        'The ego vehicle has stopped at the stop sign and may go on.'
    ]
    assert answers(after, 'next_speed') == ['It should accelerate.']


def test_an_obstacle():
    content = asked(
        [{**CAR, 'position': [14.0, 0.0, 0.8], 'speed': 0.0}],
        wanted=2.0,
        expert={'route_action': 'wait_for_gap', 'obstacle_ids': [7]},
    )
    assert answers(content, 'obstacle') == ['Yes, the red car is an obstacle on the road.']
    assert answers(content, 'must_deviate') == ['Yes, the ego vehicle must go around the red car.']
    assert answers(content, 'next_route') == [
        'It should wait for a gap in the traffic before passing the red car.'
    ]


@pytest.mark.parametrize('name', ['not_moving', 'moving_slowly', 'moving', 'crosses_not'])
def test_answers_about_people_do_not_call_them_it(name):
    group = ALL_ANSWERS[name]
    texts = (*group.train, *group.held_out)
    assert not [t for t in texts if re.search(r'(^|, )its? ', t, re.IGNORECASE)]


def test_key_objects_are_those_that_the_camera_sees():
    boxes = [
        CAR,
        {**CAR, 'id': 9, 'position': [25.0, -3.5, 0.8]},
        {**CAR, 'id': 10, 'position': [-9.0, 0.0, 0.8]},
        {**CAR, 'id': 11, 'visible_share': 0.0},
        {**CAR, 'id': 12, 'num_points': 4},
        {**CAR, 'id': 13, 'role': 'parked'},
        {**WALKER, 'id': 14},
        {**LIGHT, 'affects_ego': False},
    ]
    found = key_objects(read_scene(measurement(), boxes))
    assert [each.thing.id for each in found] == [7, 9, 14]
    first = found[0]
    u = 512 + 358.506 * 3.5 / 16.5
    assert first.tag.startswith('<c1,CAM_FRONT,')
    assert float(first.tag.split(',')[2]) == pytest.approx(u, abs=10)
    left, top, right, bottom = first.box_px
    assert left < u < right
    assert top < 256 + 358.506 * (2.0 - 0.8) / 16.5 < bottom


def test_objects_of_the_same_words_differ_by_their_distance():
    content = asked([CAR, {**CAR, 'id': 9, 'position': [19.0, 3.5, 0.8]}])
    names = [info['Visual_description'] for info in content['key_object_infos'].values()]
    assert names == [
        'red car to the front right of the ego vehicle in 15 meters',
        'red car to the front right of the ego vehicle in 19 meters',
    ]


@pytest.fixture(scope='module')
def full():
    return asked(
        [CAR, WALKER, LIGHT, LANES],
        0.0,
        reduced_by_kind='traffic_light',
        reduced_by_id=3,
        reduced_by_distance_m=18.0,
        expert={'light': 'red', 'junction_distance_m': 20.0},
    )


def test_the_graph_leads_from_perception_to_behaviour(full):
    entries = [entry for each in full['QA'].values() for entry in each]
    by_layer = {}
    for entry in entries:
        by_layer.setdefault(entry['layer'], []).append(entry)
    numbered = {}
    for layer, found in by_layer.items():
        places = sorted({(layer, k) for k in range(len(found))})
        numbered.update(dict.fromkeys(places))
    ups = {(entry['layer'], tuple(map(tuple, entry['con_up']))) for entry in entries}
    for layer, links in ups:
        for link in links:
            assert link in numbered
            assert link[0] < layer
    for entry in entries:
        for down in entry['con_down']:
            assert tuple(down) in numbered
            assert down[0] > entry['layer']
    (brake,) = full['QA']['behavior'][:1]
    assert brake['question_group'] == 'brake'
    assert brake['layer'] == max(by_layer) - 1
    tags = set(full['key_object_infos'])
    for entry in entries:
        assert set(entry['object_tags']) <= tags
        assert (entry['cluster'] == OF_THE_SCENE) or len(entry['object_tags']) == 1
    assert {family for family, found in full['QA'].items() if found} == {
        'perception',
        'prediction',
        'planning',
        'behavior',
    }


def test_the_file_is_upstreams(full):
    stored = parse(VqaFile, full)
    assert stored.QA['planning'][0].Q
    assert stored.image_paths == {'CAM_FRONT': 'a.jpg'}


@pytest.mark.parametrize('is_held_out', [False, True])
def test_other_wordings_are_whole(full, is_held_out):
    rng = np.random.default_rng(0)
    seen = set()
    for _ in range(20):
        for entries in full['QA'].values():
            for entry in entries:
                question, answer = reworded_question(entry, rng, is_held_out=is_held_out)
                seen.add(question)
                for text in (question, answer):
                    assert '<' not in text
                    assert '  ' not in text
                    assert text[0].isupper() or text[0].isdigit()
                    assert text.endswith(('.', '?'))
    assert len(seen) > (150 if not is_held_out else 40)
    assert reworded_question({'Q': 'Why?', 'A': 'So.'}, rng) == ('Why?', 'So.')


@pytest.mark.parametrize('name', QUESTIONS)
def test_questions_have_enough_wordings(name):
    group = QUESTIONS[name]
    assert len(set(group.train)) >= 8
    assert len(set(group.held_out)) >= 2
    assert not set(group.train) & set(group.held_out)


@pytest.mark.parametrize('name', ALL_ANSWERS)
def test_answers_have_wordings(name):
    group = ALL_ANSWERS[name]
    assert len(set(group.train)) >= 8
    assert len(set(group.held_out)) >= 2
    assert not set(group.train) & set(group.held_out)


def test_what_blocks_the_lane_is_on_the_way_though_it_is_passed():
    around = STRAIGHT + np.array([0.0, 3.0])
    standing = {**CAR, 'position': [14.0, 0.0, 0.8], 'speed': 0.0}
    (answer,) = answers(asked([standing], route_base_m=around), 'crosses')
    assert answer.startswith('Yes, the red car nearby to the front of the ego vehicle is ahead')
