# SPDX-License-Identifier: Apache-2.0
"""Replay evaluation on recordings that are made here: a car that drives straight on at 5 m/s."""

import json
import tracemalloc
from dataclasses import replace

import numpy as np
import pytest

from simlingo_core.baselines import StraightPolicy
from simlingo_core.errors import ConfigError, ContractError
from simlingo_core.geometry import Pose3
from simlingo_core.images import encode_jpeg
from simlingo_core.route import Route
from simlingo_core.types import Commentary, DrivingPlan, EgoState, RoadOption, VehicleCommand
from simlingo_evaluation.replay.driven import Driven
from simlingo_evaluation.replay.evaluation import Request, evaluate_bag
from simlingo_evaluation.replay.recorded_policy import policy_for_replay
from simlingo_evaluation.replay.scenario import read_scenario
from simlingo_evaluation.replay.sources import find_sources
from simlingo_evaluation.replay.stack_run import RunSettings
from simlingo_ros import interfaces
from simlingo_ros.bag_messages import MessageBag
from simlingo_ros.bag_reader import BagReader
from simlingo_ros.conversions.driving import plan_to_message
from simlingo_ros.conversions.geometry import path_to_message
from simlingo_ros.conversions.language import commentary_to_message
from simlingo_ros.conversions.route import route_to_message
from simlingo_ros.conversions.time import seconds_to_stamp
from simlingo_ros.conversions.vehicle import command_to_message, ego_state_to_odometry
from simlingo_ros.images import array_to_image, compressed_message

SPEED_MPS = 5.0
COMPRESSED = replace(
    interfaces.IMAGE, name='/front/compressed', type='sensor_msgs/msg/CompressedImage'
)
PIXELS = np.full((512, 1024, 4), 90, dtype=np.uint8)
ROUTE = Route(np.array([[-5.0, 0.0], [400.0, 0.0]]), [RoadOption.LANE_FOLLOW] * 2)


def write_drive(
    path,
    *,
    duration_s=6.0,
    leave_out=(),
    image_shift_s=0.0,
    odometry_name='/carla/hero/odometry',
    clock=lambda tick: tick * 0.05,
    is_raw=False,
    has_path=False,
    frame_id='map',
    first_bag_s=0.0,
    camera_names=('/front/compressed',),
):
    """Write a bag; images come at 5 Hz, each with another grey so that none is frozen."""
    with MessageBag(path) as bag:
        stamp = seconds_to_stamp(0.0)
        if 'route' not in leave_out and has_path:
            route = path_to_message(ROUTE.points_map_m, stamp)
            route.header.frame_id = frame_id
            bag.write(interfaces.WAYPOINTS, route, round(first_bag_s * 1e9))
        elif 'route' not in leave_out:
            bag.write(interfaces.ROUTE, route_to_message(ROUTE, stamp), round(first_bag_s * 1e9))
        for tick in range(round(duration_s / 0.05)):
            t_s, time_ns = clock(tick), round((first_bag_s + tick * 0.05) * 1e9)
            stamp = seconds_to_stamp(t_s)
            pose = Pose3.from_roll_pitch_yaw([SPEED_MPS * 0.05 * tick, 0.0, 0.0], 0.0, 0.0, 0.0)
            ego = EgoState(t_s=t_s, pose_map=pose, speed_mps=SPEED_MPS)
            if tick % 4 == 0 and 'camera' not in leave_out:
                image_stamp = seconds_to_stamp(t_s + image_shift_s)
                pixels = PIXELS + np.uint8(tick % 100)
                for name in camera_names:
                    if is_raw:
                        message = array_to_image(pixels, 'bgra8', stamp=image_stamp)
                        topic = replace(interfaces.IMAGE, name=name)
                    else:
                        message = compressed_message(encode_jpeg(pixels), stamp=image_stamp)
                        topic = replace(COMPRESSED, name=name)
                    bag.write(topic, message, time_ns)
                if 'plans' not in leave_out:
                    bag.write(interfaces.PLAN, plan_to_message(straight(ego)), time_ns)
            if 'odometry' not in leave_out:
                odometry = ego_state_to_odometry(ego, 'hero')
                odometry.header.frame_id = frame_id
                bag.write(replace(interfaces.ODOMETRY, name=odometry_name), odometry, time_ns)
            command = command_to_message(VehicleCommand(throttle=0.3), stamp)
            bag.write(interfaces.CONTROL_COMMAND, command, time_ns)
    return path


def straight(ego):
    ways_m = SPEED_MPS * 0.25 * np.arange(1, 11)
    return DrivingPlan(
        t_s=ego.t_s,
        pose_map=ego.pose_map,
        path_base_m=np.stack([np.arange(20.0), np.full(20, 0.5)], axis=1),
        speed_waypoints_base_m=np.stack([ways_m + 1.0, np.zeros(10)], axis=1),
        policy='recorded before',
    )


@pytest.fixture(scope='module')
def drive(tmp_path_factory):
    return write_drive(tmp_path_factory.mktemp('bags') / 'drive')


def evaluate(path, policy='straight', **options):
    return evaluate_bag(path, Request(policy=policy, **options))


def means(result):
    return {name: spread['mean'] for name, spread in result.summary['measures'].items()}


def test_a_policy_that_plans_what_was_driven_has_no_error(drive):
    result = evaluate(drive)

    numbers = means(result)
    for name in ('ade_1s', 'ade_2s', 'ade_2.5s', 'fde_2.5s', 'path_ade', 'path_fde'):
        assert numbers[name] == pytest.approx(0.0, abs=1e-5), name
    assert numbers['lateral_error'] == pytest.approx(0.0, abs=1e-5)
    assert numbers['plan_age'] < 0.3
    assert result.summary['plans'] == 30
    assert result.summary['images_missed'] == 0
    assert result.summary['stop_and_go']['agree_share'] == 1.0
    assert result.is_passed


def test_errors_are_measured_in_metres(drive):
    request = Request(policy='straight')
    result = evaluate_bag(drive, request, StraightPolicy(7.0))

    numbers = means(result)
    assert numbers['fde_1s'] == pytest.approx(2.0, abs=1e-4)
    assert numbers['fde_2.5s'] == pytest.approx(5.0, abs=1e-4)
    assert numbers['ade_1s'] == pytest.approx(2.0 * 2.5 / 4, abs=1e-4)
    assert numbers['speed_error'] == pytest.approx(2.0, abs=1e-4)
    assert numbers['path_ade'] == pytest.approx(0.0, abs=1e-4)


def test_plans_of_the_recording_are_scored_like_any_other(drive):
    result = evaluate(drive, 'recorded')

    assert means(result)['fde_1s'] == pytest.approx(1.0, abs=1e-4)
    assert means(result)['lateral_error'] == pytest.approx(0.5, abs=1e-4)
    assert result.summary['plans_failed'] == 0


@pytest.mark.parametrize(
    'options',
    [
        {'is_raw': True},
        {'has_path': True},
        {'has_path': True, 'frame_id': 'odom'},
        {'odometry_name': '/localization/kinematic_state'},
        {'first_bag_s': 1.7e9},
        {'first_bag_s': 1.7e9, 'clock': lambda tick: 1.7e9 + tick * 0.05},
    ],
    ids=['raw', 'path', 'frame', 'name', 'wall', 'wall_stamps'],
)
def test_recordings_of_other_cars_are_evaluated(tmp_path, options):
    result = evaluate(write_drive(tmp_path / 'drive', duration_s=4.0, **options))

    assert result.summary['plans'] == 20
    assert means(result)['ade_1s'] == pytest.approx(0.0, abs=1e-3)


@pytest.mark.parametrize(
    ('options', 'words'),
    [
        ({'leave_out': ('camera',)}, 'it has no camera'),
        ({'leave_out': ('route',)}, '--route driven takes the way driven'),
        ({'leave_out': ('odometry',)}, 'it has no odometry'),
        ({'clock': lambda tick: 3.0}, 'its clock stood still'),
        ({'image_shift_s': 1.7e9}, 'they follow different clocks'),
        ({'camera_names': ('/left/c', '/right/c')}, 'choose one with --camera'),
    ],
    ids=['camera', 'route', 'odometry', 'clock', 'clocks', 'cameras'],
)
def test_what_is_missing_is_named(tmp_path, options, words):
    path = write_drive(tmp_path / 'drive', duration_s=2.0, **options)
    with pytest.raises(ConfigError, match=words):
        evaluate(path)


def test_what_the_stack_drew_and_the_view_from_above_are_no_cameras(tmp_path):
    drawn = ('/simlingo/overlay/compressed', '/carla/hero/front/preview/compressed')
    names = (*drawn, '/carla/hero/rgb_top/image', '/front/compressed')
    path = write_drive(tmp_path / 'drive', duration_s=1.0, camera_names=names)
    with BagReader(path) as bag:
        assert find_sources(bag, {}).camera == '/front/compressed'


def test_a_chosen_camera_is_used_and_the_way_driven_may_be_the_route(tmp_path):
    path = write_drive(
        tmp_path / 'drive',
        duration_s=4.0,
        leave_out=('route',),
        camera_names=('/left/compressed', '/right/compressed'),
    )
    result = evaluate(path, 'route', topics={'camera': '/left/compressed', 'route': 'driven'})
    assert result.summary['plans'] == 20
    topics = {'camera': '/left/compressed', 'route': 'driven'}
    with pytest.raises(ConfigError, match=r'start is 100 s; expected less than'):
        evaluate(path, settings=RunSettings(start_s=100.0), topics=topics)
    assert means(result)['lateral_error'] < 0.01
    with pytest.raises(ConfigError, match='expected a topic with messages of type'):
        evaluate(path, topics={'camera': '/behind', 'route': 'driven'})


def test_a_clock_that_goes_back_begins_a_new_stretch(tmp_path):
    path = write_drive(tmp_path / 'drive', clock=lambda tick: (tick % 60) * 0.05)
    result = evaluate(path)
    assert any('goes back 1 times' in note for note in result.summary['notes'])
    assert np.isfinite(means(result)['ade_2.5s'])


def test_no_plan_is_compared_beyond_the_end():
    times = np.arange(0.0, 3.0, 0.05)
    way = np.stack([times * SPEED_MPS, np.zeros_like(times)], axis=1)
    driven = Driven(times, way, np.zeros_like(times), np.full_like(times, SPEED_MPS))
    pose = Pose3.from_roll_pitch_yaw([5.0, 0.0, 0.0], 0.0, 0.0, 0.0).planar
    future = driven.future_base_m(1.0, pose)
    assert future[3] == pytest.approx([5.0, 0.0])
    assert np.isnan(future[9]).all()
    assert np.isnan(driven.ahead_base_m(1.0, pose)[-1]).all()
    assert np.isnan(driven.future_base_m(99.0, pose)).all()


def test_a_policy_that_reads_the_simulator_is_refused():
    with pytest.raises(ConfigError, match='recorded'):
        policy_for_replay('expert')
    with pytest.raises(ConfigError, match='did you mean'):
        policy_for_replay('staight')


class FailingPolicy(StraightPolicy):
    """Fails at every third image."""

    count = 0

    def plan(self, observation, instruction=None):
        self.count += 1
        if self.count % 3 == 0:
            raise ContractError('no idea')
        return super().plan(observation, instruction)


SCENARIO = """
ScenarioFormatVersion: 3.1.0
ScenarioName: straight on
SensorModel: camera
VehicleModel: car
Evaluation:
  UseCaseName: planning_control
  UseCaseFormatVersion: 2.0.0
  Datasets:
    - drive:
        VehicleId: default
        time_offset: {start: 1.0, duration: 4.0}
  Conditions:
    TrajectoryConditions:
      - {name: fde_1s, condition_type: all_of, value_range: {max: 1.5}}
      - {name: lateral_error, condition_type: p99, value_range: {max: 0.3}}
      - {name: stop_and_go, value_range: {min: 0.9}}
      - {name: speed_error, condition_type: any_of, value_range: {min: 0, max: 9},
         time: {start: 2.0, end: 3.0}, area: {x: 12.5, y: 0.0, range: 2.0}}
      - {name: throttle_error, condition_type: mean, value_range: {max: 2.0}}
    MetricConditions: []
include_use_case:
  UseCaseName: diagnostics
  UseCaseFormatVersion: 0.1.0
  Conditions:
    DiagConditions: []
"""


def write_scenario(tmp_path, text=SCENARIO):
    path = tmp_path / 'scenario.yaml'
    path.write_text(text)
    return path


def test_a_scenario_judges_and_result_lines_end_with_the_verdict(drive, tmp_path):
    scenario = read_scenario(write_scenario(tmp_path))
    good = evaluate(drive, scenario=scenario, out=tmp_path / 'out')
    bad = evaluate(drive, 'recorded', scenario=scenario, out=tmp_path / 'out')

    assert good.is_passed
    assert not bad.is_passed
    assert good.summary['plans'] == 20, 'the part of time_offset'
    by_name = {judgement.criterion.name: judgement for judgement in good.judgements}
    assert len(by_name['speed_error'].values) == 4, '2 s < t < 3 s and within 2 m of x = 12.5'
    assert by_name['throttle_error'].is_tested
    assert [judgement.is_met for judgement in bad.judgements] == [True, False, True, True, True]
    assert any('MetricConditions' in note for note in good.summary['notes'])
    lines = [json.loads(line) for line in (bad.folder / 'result.jsonl').read_text().splitlines()]
    assert 'TrajectoryConditions' in lines[0]['Condition']
    assert lines[1]['Result'] == {'Success': False, 'Summary': 'NoData'}
    first = lines[2]['Frame']
    assert first['Ego']['TransformStamped']['child_frame_id'] == 'base_link'
    assert first['Trajectory_1']['Result'] == {'Total': 'Fail', 'Frame': 'Fail'}
    assert first['Trajectory_0']['Info']['Value'] == pytest.approx(1.0, abs=1e-4)
    assert lines[-1]['Result']['Success'] is False
    assert 'lateral_error <= 0.3 m: 0.500 of 20, not met' in lines[-1]['Result']['Summary']
    assert len(lines) == 2 + 20 + 1
    page = (bad.folder / 'report.html').read_text()
    assert 'worst_1.jpg' in page
    assert (bad.folder / 'worst_1.jpg').stat().st_size > 1000
    assert json.loads((bad.folder / 'summary.json').read_text())['passed'] is False


@pytest.mark.parametrize(
    ('change', 'words'),
    [
        (('3.1.0', '2.2.0'), 'expected 3.x'),
        (('fde_1s', 'fde_9s'), "no measure 'fde_9s'"),
        (('all_of', 'some_of'), "condition_type is 'some_of'"),
        (('{max: 1.5}', '{most: 1.5}'), 'expected some of min, max'),
        (('TrajectoryConditions', 'RouteConditions'), "no conditions 'RouteConditions'"),
        (('Evaluation:', 'Evaluierung:'), 'lacks Evaluation'),
        (('{max: 1.5}', '{max: wide}'), 'expected numbers'),
        ((SCENARIO, '[1, 2]'), 'lacks ScenarioFormatVersion'),
        ((SCENARIO, '{'), 'cannot be read'),
    ],
)
def test_wrong_scenarios_are_refused_with_the_place(tmp_path, change, words):
    path = write_scenario(tmp_path, SCENARIO.replace(*change))
    with pytest.raises(ConfigError, match=words):
        read_scenario(path)


def test_plans_that_fail_are_counted_and_fail_the_default_scenario(drive):
    result = evaluate_bag(drive, Request(), FailingPolicy(SPEED_MPS))
    assert result.summary['plans_failed'] == 10
    assert not result.is_passed
    assert result.summary['ticks_not_nominal'] > 0


class SpeakingPolicy(StraightPolicy):
    """Says how fast it is."""

    def describe(self, observation):
        yield 'I drive <b>'
        yield f'{observation.speed_mps:.0f}'

    def answer(self, observation, question):
        yield 'yes'


def test_commentary_stands_beside_the_recorded_one(tmp_path):
    path = write_drive(tmp_path / 'drive', duration_s=4.0)
    with MessageBag(tmp_path / 'words') as bag:
        for t_s, text in ((0.0, 'I drive <b>5'), (0.4, 'I stop.')):
            spoken = commentary_to_message(Commentary(t_s=t_s, text=text))
            bag.write(interfaces.COMMENTARY, spoken, round(t_s * 1e9))
    both = tmp_path / 'both'
    both.mkdir()
    for number, folder in enumerate((path, tmp_path / 'words')):
        (file,) = folder.glob('*.mcap')
        file.rename(both / f'part_{number}.mcap')
    settings = RunSettings(comments=True)
    request = Request(policy='straight', settings=settings, out=tmp_path / 'out')
    result = evaluate_bag(both, request, SpeakingPolicy(SPEED_MPS))
    assert result.score.run.frames[0].commentary == 'I drive <b>5'
    page = (result.folder / 'report.html').read_text()
    assert '2 of 20 are as recorded' in page
    assert 'I drive &lt;b&gt;5' in page
    assert 'I stop.' in page
    assert '<b>5' not in page


def test_memory_does_not_grow_with_the_recording(tmp_path):
    path = write_drive(tmp_path / 'drive', duration_s=6.0, is_raw=True, leave_out=('plans',))
    size = sum(file.stat().st_size for file in path.iterdir())
    tracemalloc.start()
    try:
        evaluate(path)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert size > 60e6
    assert peak < 30e6


def test_a_reference_is_written_compared_and_ignored_by_field(drive, tmp_path):
    request = Request(policy='straight', references=tmp_path)
    with pytest.raises(ConfigError, match='--update-refs writes it'):
        evaluate_bag(drive, request)
    evaluate_bag(drive, replace(request, updates_references=True))
    assert evaluate_bag(drive, request).comparison.is_equal

    faster = evaluate_bag(drive, request, StraightPolicy(5.02)).comparison
    assert 'planner: differs' in faster.words
    assert any(field.name == 'plan.speed_waypoints_base_m' for field in faster.fields)
    text = next(f.words for f in faster.fields if f.name == 'plan.speed_waypoints_base_m')
    assert 'first at 0.00 s [1][0] 2.5 -> 2.51 (+0.01)' in text
    ignoring = replace(request, ignored=('plan.speed_*', 'command.*'))
    assert evaluate_bag(drive, ignoring, StraightPolicy(5.02)).comparison.is_equal
    tolerant = replace(request, tolerance=0.2)
    assert evaluate_bag(drive, tolerant, StraightPolicy(5.02)).comparison.is_equal

    shorter = replace(request, settings=RunSettings(duration_s=3.0))
    comparison = evaluate_bag(drive, shorter).comparison
    assert comparison.missing
    assert 'only in the reference: perception at 3.' in comparison.words
    (tmp_path / 'drive__straight.jsonl').write_text('{"schema": 9}\n')
    with pytest.raises(ConfigError, match='write it anew'):
        evaluate_bag(drive, request)
