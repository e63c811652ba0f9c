# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simlingo_core.errors import ConfigError
from simlingo_core.geometry import Pose2
from simlingo_core.types import RoadOption
from simlingo_training.measurements import HAZARDS, Measurement
from simlingo_training.text_labels.commentary import GROUPS, describe, reworded, speed_action
from simlingo_training.text_labels.object_words import colour_name, place_words, word_for
from simlingo_training.text_labels.reason_wordings import REASONS
from simlingo_training.text_labels.scene import read_scene
from simlingo_training.text_labels.wording_groups import fill, template

STRAIGHT = np.column_stack([np.arange(2.5, 42.5), np.zeros(40)])
CAR = {
    'class': 'car',
    'id': 7,
    'position': [15.0, 3.0, 0.0],
    'extent': [2.3, 1.0, 0.8],
    'yaw': 0.0,
    'speed': 4.0,
    'type_id': 'vehicle.audi.tt',
    'color_rgb': [164, 28, 30],
    'visible_share': 0.9,
}
WALKER = {**CAR, 'class': 'walker', 'id': 8, 'position': [9.0, 1.0, 0.0], 'type_id': 'walker.x'}


def measurement(**changes):
    values = {
        'pose_map': Pose2(10.0, -4.0, 0.7),
        'speed_mps': 6.0,
        'target_speed_mps': 6.0,
        'speed_limit_mps': 8.33,
        'target_points_base_m': np.array([[30.0, 2.0], [60.0, -5.0]]),
        'command': RoadOption.LANE_FOLLOW,
        'next_command': RoadOption.LEFT,
        'route_base_m': STRAIGHT,
        'route_original_base_m': STRAIGHT,
    }
    return Measurement(**(values | changes))


def comment(boxes=(), wanted=6.0, seed=0, **changes):
    scene = read_scene(measurement(**changes), boxes)
    return describe(scene, [wanted] * 4, np.random.default_rng(seed))


RED = {
    'reduced_by_kind': 'traffic_light',
    'reduced_by_distance_m': 20.0,
    'reduced_by_id': 3,
    'hazards': frozenset({'light_hazard'}),
}
BEHIND_CAR = {'reduced_by_kind': 'car', 'reduced_by_id': 7, 'reduced_by_distance_m': 12.0}


@pytest.mark.parametrize(
    ('boxes', 'wanted', 'changes', 'expected'),
    [
        ([], 6.0, {}, 'Follow the route. Maintain your current speed.'),
        ([], 6.0, {'speed_mps': 1.0}, 'Accelerate since the way is free.'),
        ([], 0.0, RED, 'Decelerate due to the red traffic light'),
        ([], 0.0, RED | {'expert': {'light': 'yellow'}}, 'due to the yellow traffic light'),
        ([], 3.0, RED | {'speed_mps': 0.5}, 'Accelerate to drive up to the red traffic light'),
        ([CAR], 4.0, BEHIND_CAR, 'to stay behind the red car that is to the front right'),
        ([CAR], 6.0, BEHIND_CAR, 'Maintain your current speed to follow the red car'),
        ([CAR | {'visible_share': 0.0}], 4.0, BEHIND_CAR, 'still out of sight'),
        (
            [CAR],
            0.0,
            BEHIND_CAR | {'hazards': frozenset({'vehicle_hazard'})},
            'Decelerate to avoid a collision with the red car that is to the front right.',
        ),
        (
            [WALKER],
            0.0,
            {
                'reduced_by_kind': 'pedestrian',
                'reduced_by_id': 8,
                'reduced_by_distance_m': 8.0,
                'hazards': frozenset({'walker_hazard'}),
            },
            'due to the pedestrian that is to the front crossing your path',
        ),
        ([WALKER], 6.0, {}, 'Pay attention to the pedestrian and brake if necessary.'),
        ([], 2.0, {'is_in_junction': True}, 'Decelerate to drive through the junction.'),
        ([], 2.0, {'speed_mps': 9.0}, 'Decelerate due to the speed limit.'),
        ([], 6.0, {'expert': {'route_action': 'turn_left'}}, 'Turn left. Maintain'),
        ([], 6.0, {'expert': {'route_action': 'leave_parking'}}, 'Exit the parking lot.'),
        ([], 6.0, {'expert': {'route_action': 'keep_right'}}, 'Shift slightly to the right'),
        ([], 6.0, {'command': RoadOption.LEFT, 'is_in_junction': True}, 'Turn left. Maintain'),
        (
            [],
            9.0,
            {'expert': {'light': 'green', 'junction_distance_m': 12.0}},
            'Accelerate since the traffic light is green and the junction is clear.',
        ),
        (
            [CAR | {'position': [12.0, 10.0, 0.0], 'yaw': -1.5}],
            9.0,
            {'expert': {'light': 'green', 'junction_distance_m': 12.0}},
            'but pay attention to the vehicles coming towards the junction.',
        ),
        (
            [CAR],
            0.0,
            {'speed_mps': 0.0, 'expert': {'route_action': 'wait_for_gap', 'obstacle_ids': [7]}},
            'Wait for a gap in the traffic before you pass the red car. Remain stopped',
        ),
        (
            [CAR],
            6.0,
            {'expert': {'route_action': 'wait_for_gap', 'obstacle_ids': [7]}},
            'Prepare to wait for a gap in the traffic before you pass the red car. Maintain',
        ),
        (
            [CAR | {'speed': 8.0}],
            0.0,
            BEHIND_CAR | {'speed_mps': 0.0},
            'Remain stopped to stay behind the red car',
        ),
        (
            [WALKER],
            9.0,
            {'reduced_by_kind': 'pedestrian', 'reduced_by_id': 8, 'reduced_by_distance_m': 9.0},
            'Accelerate since there is still room to the pedestrian that is to the front',
        ),
        ([CAR | {'visible_share': 0.0}], 9.0, BEHIND_CAR, 'Follow the route. Accelerate.'),
        (
            [CAR | {'visible_share': 0.0}],
            9.0,
            {'hazards': frozenset({'vehicle_hazard'}), 'vehicle_affecting_id': 7},
            'Follow the route. Accelerate.',
        ),
        (
            [CAR],
            6.0,
            {'expert': {'route_action': 'return_to_lane', 'obstacle_ids': [7]}},
            'Return to your original lane after passing the red car.',
        ),
        (
            [{**CAR, 'class': 'static', 'type_id': 'static.prop.constructioncone'}],
            6.0,
            {
                'changed_route': True,
                'expert': {'route_action': 'pass_obstacle', 'obstacle_ids': [7]},
            },
            'Go around the construction site.',
        ),
    ],
)
def test_commentary_names_action_and_reason(boxes, wanted, changes, expected):
    assert expected in comment(boxes, wanted, **changes).text


def test_who_has_stopped_at_a_stop_sign_has_a_reason_to_go():
    text = comment(
        [],
        0.0,
        speed_mps=0.0,
        reduced_by_kind='stop_sign',
        reduced_by_distance_m=3.9,
        hazards=frozenset({'stop_sign_hazard'}),
    ).text
    assert 'Accelerate since you have cleared the stop sign' in text


def test_a_shift_of_the_route_that_lies_far_ahead_is_announced():
    shifted = STRAIGHT + np.where(np.arange(40) > 14, 2.0, 0.0)[:, None] * np.array([0.0, 1.0])
    assert 'Prepare to overtake the' in comment([CAR], route_base_m=shifted).text


def test_the_file_has_upstreams_keys_and_tells_whether_the_cause_is_seen():
    hidden = comment([CAR | {'visible_share': 0.0}], 4.0, **BEHIND_CAR).as_dict('a.jpg')
    seen = comment([CAR], 4.0, **BEHIND_CAR).as_dict('a.jpg')
    assert not hidden['cause_object_visible_in_image']
    assert seen['cause_object_visible_in_image']
    assert seen['cause_object'] == CAR
    assert seen['cause_object_string'] == 'red car that is to the front right'
    assert '<OBJECT>' in seen['commentary_template']
    assert fill(seen['commentary_template'], seen['placeholder']) == seen['commentary']


@given(
    st.floats(0, 12),
    st.floats(0, 12),
    st.sampled_from(['car', 'bicycle', 'pedestrian', 'traffic_light', 'stop_sign', 'cone', None]),
    st.frozensets(st.sampled_from(HAZARDS)),
    st.sampled_from(RoadOption),
    st.booleans(),
    st.integers(0, 99),
)
def test_every_commentary_is_whole_in_any_wording(
    speed, target, kind, hazards, command, is_changed, seed
):
    made = comment(
        [CAR, WALKER],
        target,
        seed,
        speed_mps=speed,
        reduced_by_kind=kind,
        reduced_by_id=7,
        reduced_by_distance_m=10.0,
        hazards=hazards,
        command=command,
        changed_route=is_changed,
    )
    record = made.as_dict('a.jpg')
    for is_held_out in (False, True):
        text = reworded(record, np.random.default_rng(seed), is_held_out=is_held_out)
        for each in (text, record['commentary']):
            assert '<' not in each
            assert '  ' not in each
            assert '..' not in each
            assert each.endswith('.')
            assert each[0].isupper()


def test_texts_without_groups_stay_as_they_are():
    record = {'commentary': 'Follow the route.'}
    assert reworded(record, np.random.default_rng(0)) == 'Follow the route.'
    with pytest.raises(ConfigError, match='ufo'):
        template(GROUPS, [['ufo']])


def placeholders(text):
    names = {'<OBJECT>', '<OBSTACLE>', '<WALKER>', '<DISTANCE>', '<METRES>'}
    return {name for name in names if name in text}


@pytest.mark.parametrize('name', GROUPS)
def test_groups_have_enough_wordings_and_held_out_ones_are_others(name):
    group = GROUPS[name]
    assert len(set(group.train)) >= 8
    assert len(set(group.held_out)) >= 2
    assert not set(group.train) & set(group.held_out)
    known = placeholders(group.train[0]) | ({'<METRES>'} if name == 'distance' else set())
    for wording in group.train + group.held_out:
        assert placeholders(wording) <= known
        assert name == 'distance' or placeholders(wording) == known


@pytest.mark.parametrize('name', ['due_to', 'stay_behind'])
def test_reasons_claim_no_more_than_is_known(name):
    """Who makes the car slow need not stand in its way, nor be slow or close."""
    group = REASONS[name]
    claims = ('in the way', 'in your way', 'blocks', 'is slow', 'is close')
    assert not [t for t in (*group.train, *group.held_out) if any(c in t for c in claims)]


def test_speed_actions():
    assert speed_action(0.1, 0.0, 8.0) == 'remain_stopped'
    assert speed_action(0.4, 0.1, 8.0) == 'stop_now'
    assert speed_action(5.0, 5.2, 8.0) == 'maintain_reduced_speed'
    assert speed_action(7.0, 7.2, 8.0) == 'maintain_speed'
    assert speed_action(3.0, 7.2, 8.0) == 'accelerate'
    assert speed_action(7.0, 3.0, 8.0) == 'decelerate'


@pytest.mark.parametrize(
    ('rgb', 'name'),
    [
        ((228, 229, 231), 'white'),
        ((30, 31, 34), 'black'),
        ((128, 131, 136), 'grey'),
        ((190, 192, 196), 'silver'),
        ((164, 28, 30), 'red'),
        ((28, 60, 128), 'blue'),
        ((36, 78, 58), 'dark green'),
        ((196, 160, 60), 'yellow'),
        ((108, 62, 38), 'brown'),
        (None, ''),
    ],
)
def test_colours(rgb, name):
    assert colour_name(rgb) == name


def test_words_and_places():
    assert word_for('car', 'vehicle.dodge.charger_police_2020') == 'police car'
    assert word_for('car', 'vehicle.audi.tt', 'car') == 'car'
    assert word_for('walker', 'walker.pedestrian.0012', age='child') == 'child'
    assert word_for('suv', 'vehicle.audi.etron') == 'SUV'
    assert place_words(40.0, 5.0) == 'far to the front left of the ego vehicle'
    assert place_words(20.0, 0.5) == 'to the front of the ego vehicle'
    assert place_words(9.0, -5.0) == 'nearby to the front right of the ego vehicle'


def test_a_light_far_ahead_is_no_reason_to_keep_the_speed():
    assert comment([], 6.0, **RED).text == 'Follow the route. Maintain your current speed.'
