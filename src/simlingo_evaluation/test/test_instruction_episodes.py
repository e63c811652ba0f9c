# SPDX-License-Identifier: Apache-2.0
"""Instructions in closed loop: when they are given, what counts, and that only they differ."""

import contextlib
import dataclasses
import json

import numpy as np
import pytest

import simlingo_evaluation.episode_task as episode_task_module
import simlingo_evaluation.instruction_episodes as module
from simlingo_core.baselines import StraightPolicy
from simlingo_core.errors import BackendError, ConfigError
from simlingo_core.schedule import Schedule
from simlingo_core.types import SPEED_WAYPOINT_PERIOD_S, SPEED_WAYPOINTS
from simlingo_core.wordings import WORDINGS, ManoeuvreKind
from simlingo_evaluation.agents import PolicyAgent
from simlingo_evaluation.episode_task import EpisodeTask
from simlingo_evaluation.instruction_episodes import run_trials, trials_path
from simlingo_evaluation.instruction_following import Track
from simlingo_evaluation.instruction_moments import Moment, choose_moment
from simlingo_evaluation.instruction_summary import summarise_trials, trials_markdown
from simlingo_evaluation.instruction_trials import InstructionTrial, TrialRecord
from simlingo_evaluation.summary import has_crashes
from simlingo_sim.town.route_files import RouteSpec, read_routes
from simlingo_sim.traffic.traffic import TrafficConfig
from simlingo_sim.world import SimWorld, WorldConfig


def track(speed, offset=lambda t_s: 0.0) -> Track:
    made = Track()
    for tick in range(600):
        made.add(0.05 * tick, speed(0.05 * tick), offset(0.05 * tick))
    return made


def moments(**free):
    is_free = {ManoeuvreKind(name): value for name, value in free.items()}
    return [Moment(0.2 * n, is_free) for n in range(150)]


def test_an_instruction_is_given_once_the_car_drives_and_before_the_end():
    steady = track(lambda t_s: min(2.0 * t_s, 8.0))
    assert choose_moment(ManoeuvreKind.STOP, steady, moments()) == pytest.approx(4.0)
    assert choose_moment(ManoeuvreKind.STOP, track(lambda t_s: 3.0), moments()) is None
    late = track(lambda t_s: 8.0 if t_s > 21.0 else 0.0)
    assert choose_moment(ManoeuvreKind.STOP, late, moments()) is None


def test_nothing_is_instructed_that_happens_anyway():
    braking = track(lambda t_s: 8.0 if t_s < 12.0 else 2.0)
    given_s = choose_moment(ManoeuvreKind.SLOWER, braking, moments())
    assert given_s is not None
    assert given_s + 8.0 < 12.0
    leaving = track(lambda t_s: 8.0, lambda t_s: 0.4 * t_s)
    assert choose_moment(ManoeuvreKind.LANE_LEFT, leaving, moments(lane_left=True)) is None


def test_a_lane_must_be_there():
    steady = track(lambda t_s: 8.0)
    around = moments(lane_left=True, lane_right=False)
    assert choose_moment(ManoeuvreKind.LANE_LEFT, steady, around) == pytest.approx(3.0)
    assert choose_moment(ManoeuvreKind.LANE_RIGHT, steady, around) is None


class FollowingPolicy(StraightPolicy):
    """Drives to its route's first target point; stops at any instruction."""

    def plan(self, observation, instruction=None):
        speed_mps = 6.0 if instruction is None else 0.0
        plan = super().plan(observation, instruction)
        first = observation.target_points_base_m[0]
        ahead = first / max(np.linalg.norm(first), 1e-6)
        return dataclasses.replace(
            plan,
            path_base_m=ahead * np.arange(20)[:, None],
            speed_waypoints_base_m=ahead
            * (speed_mps * SPEED_WAYPOINT_PERIOD_S * np.arange(1, SPEED_WAYPOINTS + 1))[:, None],
        )


def make_task(folder, route):
    return EpisodeTask(
        policy='following',
        route=route,
        situation='',
        seed=0,
        protocol='bench2drive',
        schedule=Schedule(),
        folder=folder,
        has_strips=False,
    )


@pytest.fixture
def agent(monkeypatch):
    made = PolicyAgent(FollowingPolicy(5.0), Schedule(), uses_images=False)
    monkeypatch.setattr(module, 'process_agent', lambda name, schedule: made)
    monkeypatch.setattr(episode_task_module, 'policy_label', lambda name: name)
    return made


@pytest.fixture
def task(tmp_path, monkeypatch, agent):
    """A straight route without traffic."""
    with SimWorld(WorldConfig(traffic=TrafficConfig(vehicles=0, pedestrians=0))) as world:
        first = read_routes('test')[0]
        world.reset(first, 'free_driving', 0, with_image=False)
        points = world.route.points_map_m[[0, 110]]
        monkeypatch.setattr(module, 'process_world', lambda: world)
        yield make_task(tmp_path, RouteSpec(id='7', town=first.town, waypoints_map_m=points))


def test_instructions_are_followed_and_not_tried_twice(task, monkeypatch):
    (record,) = run_trials([task], 1)
    assert record.error == ''
    by_kind = {trial.kind: trial for trial in record.trials}
    assert by_kind['stop'].is_followed
    assert by_kind['slow down'].is_followed
    assert by_kind['stop'].text in WORDINGS[ManoeuvreKind.STOP].held_out
    assert '0.0' in by_kind['stop'].measured
    assert by_kind['stop'].measured_without != by_kind['stop'].measured
    monkeypatch.setattr(module, '_drive', None)
    assert list(run_trials([task], 1)) == [record]


@pytest.fixture
def calls(monkeypatch, agent):
    """Calls for an episode: nothing is driven, the first crashes, the others find no moment."""
    calls = []
    monkeypatch.setattr(module, 'process_world', contextlib.nullcontext)

    def drive(*_):
        calls.append('drive')
        if len(calls) == 1:
            raise BackendError('SUMO has gone')
        return module._Recording(Track(), [])

    monkeypatch.setattr(module, '_drive', drive)
    return calls


def test_crashed_trials_are_listed_and_made_again_when_asked(tmp_path, calls):
    task = make_task(tmp_path, read_routes('test')[0])
    (record,) = run_trials([task], 1)
    assert record.error == 'SUMO has gone'
    summary = summarise_trials([record])
    assert summary['crashed'] == [
        {'policy': 'following', 'route': '0', 'seed': 0, 'error': 'SUMO has gone'}
    ]
    assert has_crashes(summary)
    assert list(run_trials([task], 1)) == [record]
    (again,) = run_trials([task], 1, retry_crashed=True)
    assert (again.error, len(calls)) == ('', 2)


@pytest.mark.parametrize('text', ['', '{"x": 1}', '{"schema": 2, "trials"', '[1]'])
def test_broken_trials_are_made_again_with_a_warning(tmp_path, calls, caplog, text):
    task = make_task(tmp_path, read_routes('test')[0])
    list(run_trials([task], 1))
    trials_path(task).write_text(text)
    (record,) = run_trials([task], 1)
    assert record.error == ''
    assert str(trials_path(task)) in caplog.text
    assert 'driven again' in caplog.text


def test_a_driver_that_takes_no_instructions_is_refused(tmp_path, agent, monkeypatch):
    task = make_task(tmp_path, read_routes('test')[0])
    monkeypatch.setattr(module, 'process_agent', lambda name, schedule: object())
    with pytest.raises(ConfigError, match='takes no instructions'):
        list(run_trials([task], 1))


def trial(kind, *, is_followed):
    return InstructionTrial(
        policy='mini',
        route_id='1',
        seed=0,
        kind=kind,
        text='x',
        given_s=4.0,
        is_followed=is_followed,
        measured='a',
        measured_without='b',
    )


def test_shares_by_kind():
    trials = [
        trial('stop', is_followed=True),
        trial('stop', is_followed=False),
        trial('slow down', is_followed=True),
    ]
    record = TrialRecord(policy='mini', route_id='1', seed=0, trials=tuple(trials))
    summary = summarise_trials([record])
    json.dumps(summary, allow_nan=False)
    assert not has_crashes(summary)
    kinds = summary['policies']['mini']
    assert kinds['all'] == {'trials': 3, 'followed': 2, 'share': pytest.approx(2 / 3)}
    assert kinds['stop']['share'] == 0.5
    assert kinds['change lane left'] == {'trials': 0, 'followed': 0, 'share': None}
    table = trials_markdown(summary)
    assert '| stop | mini | 2 | 1 | 50 % |' in table
    assert '| change lane left | mini | 0 | 0 | – |' in table
