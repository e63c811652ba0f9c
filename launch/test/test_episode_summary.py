# SPDX-License-Identifier: Apache-2.0
import json

import numpy as np
import pytest

from simlingo_bringup.episode_summary import measures, summarise
from simlingo_bringup.observer.dashboard import HEIGHT_PX, WIDTH_PX, Moment, compose
from simlingo_bringup.observer.episode_log import find_instruction
from simlingo_bringup.observer.latency import PlanLatency
from simlingo_bringup.observer.prompter import Prompter
from simlingo_bringup.observer.series import EpisodeSeries, Line
from simlingo_core.baselines import StraightPolicy
from simlingo_core.errors import BackendError, ContractError
from simlingo_core.geometry import Pose2, Pose3
from simlingo_core.overlay import PATH_RGB
from simlingo_core.types import Observation

RESULT = {
    'route': 'test:0',
    'town': 'Town93',
    'seed': 3,
    'status': 'Completed',
    'arrived': True,
    'driving_score': 70.0,
    'route_completion': 100.0,
    'infractions': [{'kind': 'red_light', 't_s': 1.5, 'message': 'ran a red light'}],
}


def make_series():
    series = EpisodeSeries(first_t_s=1.0, last_t_s=3.0, commands=40, plans=10)
    for k in range(41):
        series.speed_mps.add(1.0 + 0.05 * k, 0.1 * k)
    for age_s in (0.10, 0.15, 0.20):
        series.plan_age_s.add(1.0, age_s)
    series.events.append((2.0, 'crossed a solid line'))
    return series


def test_rates_and_spreads():
    found = measures(make_series())
    assert found['control_hz'] == pytest.approx(20.0)
    assert found['plans_per_second'] == pytest.approx(5.0)
    assert found['plan_age_ms']['median'] == pytest.approx(150.0)
    assert found['plan_age_ms']['p99'] == pytest.approx(199.0)
    assert found['plan_latency_ms'] == {'median': None, 'p99': None}


def test_the_instruction_is_judged_by_the_planner_alone():
    series = EpisodeSeries(first_t_s=0.0, last_t_s=20.0)
    ends = {
        'Slow down.': {'state': 'done', 'reason': 'the lowest speed was 4.0 m/s'},
        'Stop.': {'state': 'not_followed', 'reason': 'the car drives 8.0 m/s'},
        'Go faster.': {'state': 'rejected', 'reason': 'not trained'},
        'Halt.': None,
    }
    for text, end in ends.items():
        states = [] if end is None else [{'t_s': 20.0, **end}]
        series.instructions.append({'id': 'a', 'text': text, 't_s': 10.0, 'states': states})
    found = measures(series)['instructions']
    outcomes = ['followed', 'not followed', 'not measured', 'not measured']
    assert [row['outcome'] for row in found] == outcomes
    assert found[0]['measured'] == 'the lowest speed was 4.0 m/s'
    assert found[1]['ended'] == 'not followed: the car drives 8.0 m/s'
    assert (found[3]['ended'], found[3]['time_s']) == ('unanswered', 10.0)


def test_latency_is_between_two_sendings_of_one_stamp():
    latency = PlanLatency()
    latency.note_tick(50, 1_000_000_000)
    latency.note_tick(50, 9_000_000_000)
    assert latency.of_plan(50, 1_080_000_000) == pytest.approx(0.08)
    assert latency.of_plan(100, 1_080_000_000) is None
    for tick in range(200):
        latency.note_tick(1000 + tick, 0)
    assert latency.of_plan(50, 1_080_000_000) is None


def test_the_prompter_gives_its_instruction_once_to_a_car_that_drives():
    prompter = Prompter('Slow down.', 0.25, 4.0)
    moments = [
        (0.0, 0.3, 5.0),  # just begun to be fast
        (0.8, 0.3, 3.0),
        (1.0, 0.3, 5.0),
        (2.0, 0.2, 5.0),  # not far enough
        (2.2, 0.3, 5.0),
        (2.4, 0.3, 5.0),
    ]
    assert [prompter.look(*moment) for moment in moments] == ['', '', '', '', 'Slow down.', '']
    assert Prompter('', 0.0, 0.0).look(9.0, 1.0, 9.0) == ''


def test_an_instruction_without_an_id_gets_the_planners():
    given = [{'id': '', 'text': 'a'}, {'id': 'b', 'text': 'b'}]
    assert find_instruction(given, 'b')['text'] == 'b'
    assert find_instruction(given, 'planner-1')['text'] == 'a'
    assert find_instruction(given, 'planner-2') is None


def test_series_survive_the_disk(tmp_path):
    before = make_series()
    before.write(tmp_path)
    after = EpisodeSeries.read(tmp_path)
    assert after.speed_mps == before.speed_mps
    assert after.duration_s == before.duration_s
    assert after.events_as_tuples() == before.events_as_tuples()
    (tmp_path / 'series.json').write_text('{"speed_mps":')
    with pytest.raises(ContractError, match=r'series\.json'):
        EpisodeSeries.read(tmp_path)


def test_summary_and_report(tmp_path):
    make_series().write(tmp_path)
    with pytest.raises(BackendError, match=r'result\.json'):
        summarise(tmp_path)
    (tmp_path / 'result.json').write_text(json.dumps(RESULT))
    summary = summarise(tmp_path)
    assert summary == json.loads((tmp_path / 'summary.json').read_text())
    assert set(summary) == {
        'arrived',
        'driving_score',
        'route_completion',
        'infractions',
        'plans_per_second',
        'plan_age_ms',
        'plan_latency_ms',
        'control_hz',
        'instructions',
        'says_and_does',
        'seed',
        'versions',
    }
    assert summary['arrived']
    assert summary['versions']['carla']
    page = (tmp_path / 'report.html').read_text()
    assert 'ran a red light' in page
    assert 'crossed a solid line' in page
    assert 'driving score 70.0' in page


def test_lines_keep_times_and_values_together():
    line = Line()
    line.add(0.05, np.float32(2.0))
    assert (line.t_s, line.values) == ([0.05], [2.0])


def test_image_shows_the_plan_where_the_car_is_now():
    camera = np.zeros((512, 1024, 4), np.uint8)
    observation = Observation(
        t_s=1.0,
        image_jpeg=b'',
        pose_map=Pose3.identity(),
        speed_mps=5.0,
        target_points_base_m=np.array([[10.0, 0.0], [20.0, 0.0]]),
    )
    plan = StraightPolicy().plan(observation)
    here = Moment(
        t_s=1.0,
        speed_mps=5.0,
        steer=0.0,
        throttle=0.3,
        brake=0.0,
        pose_map=Pose2(0.0, 0.0, 0.0),
        plan=plan,
    )
    image = compose(camera, None, here)
    assert image.shape == (HEIGHT_PX, WIDTH_PX, 3)
    red = np.argwhere((image[:512, :1024] == PATH_RGB).all(axis=2))
    assert abs(red[:, 1].mean() - 512) < 2
    turned = Moment(**(here.__dict__ | {'pose_map': Pose2(0.0, 0.0, 0.3)}))
    red = np.argwhere((compose(camera, None, turned)[:512, :1024] == PATH_RGB).all(axis=2))
    assert red[:, 1].mean() > 540


def test_image_without_a_plan_shows_the_facts():
    camera = np.full((512, 1024, 4), 90, np.uint8)
    top = np.full((512, 512, 4), 30, np.uint8)
    moment = Moment(
        t_s=12.5,
        speed_mps=0.0,
        steer=0.0,
        throttle=0.0,
        brake=1.0,
        pose_map=Pose2(0.0, 0.0, 0.0),
        commentary='Stop now.',
        instruction='slow down',
    )
    image = compose(camera, top, moment)
    assert (image[:512, :1024] == 90).all()
    assert (image[:512, 1024:] == 30).all()
    assert image[512:].max() > 200
    repeated = Moment(**(moment.__dict__ | {'event': 'instruction: slow down'}))
    assert np.array_equal(compose(camera, top, repeated), image)
    other = Moment(**(moment.__dict__ | {'event': 'nominal'}))
    assert not np.array_equal(compose(camera, top, other), image)
