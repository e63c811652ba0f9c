# SPDX-License-Identifier: Apache-2.0
import re
from dataclasses import replace

import numpy as np
import pytest

from simlingo_core.geometry import Pose2
from simlingo_core.types import RoadOption, VehicleCommand
from simlingo_core.vehicle_model import MotionState, advance_ego
from simlingo_sim.expert.lateral import LateralPid
from simlingo_sim.expert.longitudinal import pedals_for
from simlingo_training.dreaming.draws import GeneratorDraws
from simlingo_training.dreaming.dreamer import Dreamer, FramePlans, plans_of
from simlingo_training.dreaming.frame import DreamFrame
from simlingo_training.dreaming.instruction_wordings import GROUPS
from simlingo_training.dreaming.paths import lanes_beside, shift_path
from simlingo_training.dreaming.realism import (
    VehicleLimits,
    faults,
    motion_facts,
    realism_table,
)
from simlingo_training.dreaming.roll_out import ROLLOUT_TICKS, Drive, constant, roll_out
from simlingo_training.dreaming.speed_dreams import target_plan
from simlingo_training.labels import Labels
from simlingo_training.measurements import Measurement
from simlingo_training.text_labels.scene import read_scene

STRAIGHT = np.column_stack([np.arange(2.5, 42.5), np.zeros(40)])
PATH = np.column_stack([np.arange(20.0), np.zeros(20)])
LANES = {
    'class': 'ego_info',
    'ego_lane_number': 0,
    'num_lanes_same_direction': 3,
    'num_lanes_opposite_direction': 1,
    'lane_change': 1,
    'left_lanes': [{'type:': 'Driving', 'width': 3.5}, {'type:': 'Sidewalk', 'width': 2.0}],
    'right_lanes': [
        {'type:': 'Driving', 'width': 3.5},
        {'type:': 'Driving', 'width': 3.5},
        {'type:': 'Parking', 'width': 2.5},
        {'type:': 'Sidewalk', 'width': 2.0},
    ],
}
CAR = {
    'class': 'car',
    'id': 7,
    'extent': [2.3, 1.0, 0.8],
    'yaw': 0.0,
    'speed': 0.0,
    'type_id': 'vehicle.audi.tt',
    'color_rgb': [164, 28, 30],
    'visible_share': 0.9,
}


def measurement(step=0, speed_mps=6.0, **changes):
    values = {
        'pose_map': Pose2(10.0 + 0.25 * speed_mps * step, -4.0, 0.0),
        'speed_mps': speed_mps,
        'target_speed_mps': 6.0,
        'speed_limit_mps': 8.33,
        'target_points_base_m': np.array([[30.0, 2.0], [60.0, -5.0]]),
        'command': RoadOption.LANE_FOLLOW,
        'next_command': RoadOption.LANE_FOLLOW,
        'route_base_m': STRAIGHT,
        'route_original_base_m': STRAIGHT,
        'throttle': 0.3,
    }
    return Measurement(**(values | changes))


def frame(standing=(), info=LANES, speed_mps=6.0, **changes):
    """A frame on a straight road; ``standing`` are places in CARLA's axes."""
    future = [measurement(step, speed_mps, **changes) for step in range(11)]
    scenes = []
    for step, now in enumerate(future):
        way_m = 0.25 * speed_mps * step
        boxes = [
            {**CAR, **more, 'id': 7 + k, 'position': [x - way_m, y, 0.0]}
            for k, (x, y, more) in enumerate(standing)
        ]
        scenes.append(read_scene(now, [*boxes, info] if info else boxes))
    arcs = 0.25 * speed_mps * np.arange(1, 11)
    labels = Labels(
        target_points_base_m=future[0].target_points_base_m,
        path_base_m=PATH,
        speed_waypoints_base_m=np.column_stack([arcs, np.zeros(10)]),
    )
    return DreamFrame(scene=scenes[0], future=future, scenes=scenes, labels=labels)


def dreams(of, seed=0, limits=None):
    draws = GeneratorDraws(np.random.default_rng(seed))
    dreamer = Dreamer(limits=limits or VehicleLimits())
    plans = plans_of(of, draws)
    (options,) = dreamer.dream([FramePlans(frame=of, plans=plans, draws=draws, image='a.jpg')])
    return options


def speeds(option):
    steps = np.diff(np.vstack([np.zeros(2), option['waypoints']]), axis=0)
    return np.linalg.norm(steps, axis=1) / 0.25


def test_the_batch_moves_as_the_model_of_the_vehicle_does():
    rng = np.random.default_rng(3)
    curve = np.column_stack([np.arange(40.0), 0.01 * np.arange(40.0) ** 2])
    drives = [
        Drive(path_base_m=curve, speed_mps=7.0, first=(0.1, 0.4, 0.0), targets_mps=constant(9.0)),
        Drive(
            path_base_m=PATH,
            speed_mps=3.0,
            brakes=rng.random(ROLLOUT_TICKS) < 0.2,
            throttles=rng.random(ROLLOUT_TICKS),
        ),
    ]
    for drive, motion in zip(drives, roll_out(drives), strict=True):
        steering, state = LateralPid(), MotionState(Pose2(0.0, 0.0, 0.0), drive.speed_mps)
        path = drive.path_base_m
        for tick in range(ROLLOUT_TICKS):
            place = state.pose_map.position_m
            nearest = int(np.argmin(np.linalg.norm(path - place, axis=1)))
            ahead = path[min(nearest + 1, len(path) - 1) :]
            aim = ahead[steering.lookahead_index(state.speed_mps, len(ahead), spacing_m=1.0)]
            steer = steering.steer_for(aim, place, state.pose_map.yaw_rad)
            if drive.targets_mps is not None:
                throttle, brakes = pedals_for(9.0, state.speed_mps, is_hazard=False)
            else:
                brakes = bool(drive.brakes[tick])
                throttle = 0.0 if brakes else float(drive.throttles[tick])
            if tick == 0:
                steer, throttle, brakes = drive.first
            command = VehicleCommand(steer=steer, throttle=throttle, brake=float(brakes))
            state = advance_ego(state, command)
            np.testing.assert_allclose(
                motion.positions_m[tick], state.pose_map.position_m, atol=1e-7
            )
            assert motion.speeds_mps[tick] == pytest.approx(state.speed_mps, abs=1e-7)


@pytest.mark.parametrize('seed', range(10))
def test_dreams_do_what_they_ask_for(seed):
    made = dreams(frame(), seed)
    assert speeds(made['stop'][0])[-1] < 0.1
    assert speeds(made['slower'][0])[-1] < 0.75 * 6.0
    assert speeds(made['faster'][0])[-1] > 1.05 * 6.0
    target = made['target_speed'][0]['info']['target_speed']
    if target < 12.0:
        assert speeds(made['target_speed'][0])[-1] == pytest.approx(target, rel=0.2, abs=0.4)
    for option in made['lane_change']:
        direction, side_m = option['info']['lane_change_direction'], option['route'][-1][1]
        assert (side_m > 2.0) if 'right' in direction else (side_m < -2.0)
    for options in made.values():
        for option in options:
            texts = option['dreamer_instruction']
            texts = [texts] if isinstance(texts, str) else texts
            for text in texts:
                assert '<' not in text
                assert text.endswith(('.', '!', '?'))
                assert ' 1 meters' not in text


def test_the_same_draws_give_the_same_dreams():
    of = frame([(20.0, 0.0, {})])
    assert dreams(of, 5) == dreams(of, 5)
    assert dreams(of, 5) != dreams(of, 6)


def test_lanes_beside():
    found = lanes_beside(frame().scene)
    assert [(lane.kind, lane.count, lane.side_m, lane.is_allowed) for lane in found] == [
        ('opposite', 1, 3.5, False),
        ('sidewalk', 1, 6.25, False),
        ('driving', 1, -3.5, True),
        ('driving', 2, -7.0, True),
        ('parking', 1, -10.0, True),
        ('sidewalk', 1, -12.25, False),
    ]


def test_lane_changes_are_refused_where_the_lane_is_not_for_the_car():
    made = {o['info']['lane_change_type']: o for o in dreams(frame())['lane_change']}
    assert set(made) == {'driving', 'opposite'}
    assert made['driving']['safe_to_execute']
    assert not made['opposite']['safe_to_execute']
    assert 'oncoming traffic' in made['opposite']['dreamer_answer_safety']
    near = {
        **LANES,
        'left_lanes': [{'type:': 'Sidewalk', 'width': 2.0}],
        'lane_change': 0,
        'right_lanes': [{'type:': 'Driving', 'width': 3.5}],
    }
    answers = [o['dreamer_answer_safety'] for o in dreams(frame(info=near))['lane_change']]
    assert answers == [
        'Ignore lane change instruction as the target lane is a sidewalk. Waypoints:',
        'Ignore lane change instruction as it is not allowed. Waypoints:',
    ]


@pytest.mark.parametrize(
    'changes',
    [
        {'is_in_junction': True},
        {'changed_route': True},
        {'command': RoadOption.CHANGE_LANE_LEFT},
        {'expert': {'junction_distance_m': 6.0}},
        {'speed_mps': 1.0},
    ],
)
def test_no_lane_change_where_it_makes_no_sense(changes):
    assert 'lane_change' not in dreams(frame(**changes))


def test_no_stop_of_a_standing_car():
    made = dreams(frame(speed_mps=0.0))
    assert 'stop' not in made
    assert 'slower' not in made


def test_no_percent_faster_or_slower_of_a_standing_car():
    standing, driving = dreams(frame(speed_mps=0.0)), dreams(frame())
    assert not {'faster_factor', 'slower_factor'} & standing.keys()
    assert {'faster_factor', 'slower_factor'} <= driving.keys()
    assert 'faster' in standing


def test_a_crash_hits_the_car_and_may_be_refused():
    (crash,) = dreams(frame([(14.0, 0.0, {})]))['crash']
    assert not crash['safe_to_execute']
    assert crash['info']['dynamic_crash']
    assert 'red car that is to the front' in crash['dreamer_instruction'][0]
    assert crash['dreamer_answer_safety'] == (
        'Ignore instruction as it leads to a crash. Waypoints:'
    )


def test_faster_into_a_standing_car_is_a_crash_and_slower_is_not():
    made = dreams(frame([(18.0, 0.0, {})]))
    assert not made['faster'][0]['safe_to_execute']
    assert 'crash' in made['faster'][0]['dreamer_answer_safety']
    assert made['stop'][0]['safe_to_execute']
    assert made['towards'][0]['safe_to_execute']
    assert speeds(made['towards'][0])[-1] < 3.0


def test_an_actor_behind_is_no_reason_not_to_stop():
    behind = frame([(-8.0, 0.0, {'speed': 6.0})])
    assert dreams(behind)['stop'][0]['safe_to_execute']


def test_a_crash_names_what_is_hit_first():
    behind_each_other = frame([(14.0, 0.0, {}), (21.0, 0.0, {'class': 'truck'})])
    made = dreams(behind_each_other)['crash']
    assert [option['info']['id'] for option in made] == [7]
    assert [o['info']['id'] for o in dreams(frame([(21.0, 0.0, {'class': 'truck'})]))['crash']]


@pytest.mark.parametrize(
    'first',
    [{'speed': 3.0}, {'visible_share': 0.0}, {'yaw': 1.2}],
    ids=['moves', 'hidden', 'turned'],
)
def test_no_stop_behind_the_second_vehicle(first):
    def named(*places):
        return [o['info']['id'] for o in dreams(frame(places)).get('towards', [])]

    assert named((22.0, 0.0, {})) == [7]
    assert named((12.5, 0.0, first), (22.0, 0.0, {})) == []


def test_near_a_pedestrian_the_present_speed_in_other_words_is_no_speeding_up():
    standing = [(9.0, 4.0, {'class': 'walker', 'type_id': 'walker.x', 'extent': [0.3, 0.3, 0.9]})]
    of = frame(standing)
    for target_mps, is_safe in ((6.3, True), (7.0, False)):
        draws = GeneratorDraws(np.random.default_rng(0))
        plans = [target_plan(of, target_mps)]
        (options,) = Dreamer().dream(
            [FramePlans(frame=of, plans=plans, draws=draws, image='a.jpg')]
        )
        assert options['target_speed'][0]['safe_to_execute'] is is_safe


@pytest.mark.parametrize('name', ['faster_factor', 'slower_factor'])
def test_percent_are_of_the_plan_not_of_the_present_speed(name):
    group = GROUPS[name]
    words = ('plan', 'intend', 'otherwise')
    assert not [t for t in (*group.train, *group.held_out) if not any(w in t for w in words)]


def test_the_side_does_not_follow_the_place_of_the_object():
    """Nobody understands *around the car that is to the front right to the left*."""
    group = GROUPS['around']
    texts = (*group.train, *group.held_out)
    assert not [t for t in texts if re.search('<OBJECT>( further)? (on|to) (the|its) <SIDE>', t)]


def test_at_a_red_light_faster_is_refused_and_may_be_worded_so():
    at_light = {
        'speed_mps': 1.0,
        'reduced_by_kind': 'traffic_light',
        'reduced_by_distance_m': 5.0,
        'expert': {'light': 'red'},
    }
    made = [dreams(frame(info=None, **at_light), seed)['faster'][0] for seed in range(12)]
    assert {o['wording_groups'][0] for o in made} == {'faster', 'red_light'}
    for option in made:
        assert 'running a red light' in option['dreamer_answer_safety']


def test_a_pedestrian_close_by_makes_faster_dangerous():
    walker = {'class': 'walker', 'type_id': 'walker.pedestrian.0001', 'extent': [0.3, 0.3, 0.9]}
    made = dreams(frame([(9.0, 4.0, walker)]))
    assert 'because of the pedestrian' in made['faster'][0]['dreamer_answer_safety']
    assert made['slower'][0]['safe_to_execute']
    assert 'around' in made


def test_before_an_obstacle_staying_in_the_lane_is_refused():
    shifted = STRAIGHT + np.where(np.arange(40) > 8, 2.0, 0.0)[:, None] * np.array([0.0, 1.0])
    (option,) = dreams(frame([(25.0, 0.0, {})], route_base_m=shifted))['route']
    assert not option['safe_to_execute']
    assert isinstance(option['dreamer_instruction'], str)
    assert 'red car' in option['dreamer_instruction']
    assert option['route_reasoning'].startswith('The route does not go around the obstruction')


def test_turns_at_junctions():
    bend = STRAIGHT.copy()
    bend[15:, 1] = np.arange(25)
    bend[15:, 0] = bend[15, 0]
    near = {'junction_distance_m': 10.0}
    (turn,) = dreams(frame(info=None, expert=near, route_base_m=bend))['turn']
    assert turn['info']['turn'] == 'left'
    assert turn['waypoints'] == turn['route'] == 'org'
    (on,) = dreams(frame(info=None, expert=near))['turn']
    assert on['info']['turn'] == 'straight'


def arms():
    """Ways over a junction 10 m ahead, in CARLA's axes."""
    before = [[float(x), 0.0] for x in range(11)]
    on = {'turn': 'straight', 'path': [[float(x), 0.0] for x in range(45)]}
    ways = [
        {
            'turn': turn,
            'path': before
            + [[10.0 + 8.0 * np.sin(a), side * 8.0 * (1.0 - np.cos(a))] for a in ARC]
            + [[18.0, side * (8.0 + y)] for y in range(1, 20)],
        }
        for turn, side in (('left', -1.0), ('right', 1.0))
    ]
    return [*ways, on, {'turn': 'up', 'path': []}, 7]


ARC = np.linspace(0.1, np.pi / 2, 12)


def test_other_ways_over_a_junction_are_dreamt_as_well():
    near = {'junction_distance_m': 10.0, 'junction_arms': arms()}
    found = dreams(frame(info=None, expert=near, speed_mps=5.0))['turn']
    by_turn = {option['info']['turn']: option for option in found}
    assert set(by_turn) == {'straight', 'left', 'right'}
    assert by_turn['straight']['route'] == 'org'
    for turn, side in (('left', -1.0), ('right', 1.0)):
        option = by_turn[turn]
        assert turn in option['dreamer_instruction'][0].lower()
        assert side * option['route'][-1][1] > 4.0
        assert side * option['waypoints'][-1][1] >= 0.0
        assert option['allowed']
        assert option['safe_to_execute']
    assert 'deviates' in by_turn['left']['route_reasoning']


def test_a_way_that_looks_like_the_experts_is_no_dream():
    near = {'junction_distance_m': 10.0, 'junction_arms': arms()[2:]}
    assert len(dreams(frame(info=None, expert=near))['turn']) == 1


def test_what_the_car_cannot_drive_is_dropped_and_counted():
    strict = replace(VehicleLimits(), deceleration_mps2=1.0)
    of, draws = frame(), GeneratorDraws(np.random.default_rng(0))
    dreamer = Dreamer(limits=strict)
    plans = FramePlans(frame=of, plans=plans_of(of, draws), draws=draws, image='a')
    (options,) = dreamer.dream([plans])
    assert 'stop' not in options
    assert 'faster' in options
    counts = dreamer.counts.as_dict()
    assert counts['stop'] == {'made': 1, 'failed_share': 1.0, 'deceleration_mps2': 1.0}
    assert counts['faster']['failed_share'] == 0.0
    assert realism_table(dreamer.counts).row_count == len(counts)


def test_facts_of_a_circle():
    angles = 0.25 * 5.0 / 20.0 * np.arange(1, 11)
    circle = np.column_stack([20.0 * np.sin(angles), 20.0 * (1.0 - np.cos(angles))])
    (facts,) = motion_facts(circle[None], 5.0)
    assert facts.curvature_per_m == pytest.approx(1 / 20.0, rel=0.02)
    assert facts.lateral_mps2 == pytest.approx(25.0 / 20.0, rel=0.02)
    assert facts.deceleration_mps2 < 0.1
    assert faults(facts, VehicleLimits()) == []
    assert faults(facts, VehicleLimits(lateral_mps2=1.0)) == ['lateral_mps2']


def test_facts_do_not_depend_on_what_else_is_looked_at():
    ahead = np.column_stack([0.25 * 5.0 * np.arange(1, 11), np.zeros(10)])
    swerve = ahead + [[0.0, 1.5 * (k % 2)] for k in range(10)]
    both = motion_facts(np.array([ahead, swerve]), 5.0)
    assert both == [*motion_facts(ahead[None], 5.0), *motion_facts(swerve[None], 5.0)]
    assert both[0].lateral_mps2 == 0.0
    assert both[1].lateral_mps2 > VehicleLimits().lateral_mps2


def test_shifted_path_is_equidistant():
    path = shift_path(STRAIGHT, 2, 10, -3.5)
    steps = np.linalg.norm(np.diff(path, axis=0), axis=1)
    assert steps == pytest.approx(np.ones(19), abs=0.08)
    assert path[-1, 1] == pytest.approx(-3.5)


@pytest.mark.parametrize('name', GROUPS)
def test_groups_have_enough_wordings(name):
    group = GROUPS[name]
    assert len(set(group.train)) >= 8
    assert len(group.held_out) >= 2
    assert not set(group.train) & set(group.held_out)
    marks = [
        set(w.split('<')[1:]) and {p.split('>')[0] for p in w.split('<')[1:]}
        for w in group.train + group.held_out
    ]
    assert all(mark == marks[0] for mark in marks)
