# SPDX-License-Identifier: Apache-2.0
"""Telling a car something: when it is said, what counts, and that only the words differ."""

import dataclasses
import json

import numpy as np
import pytest

import simlingo_evaluation.episode_task as episode_task_module
from simlingo_core.baselines import StraightPolicy
from simlingo_core.errors import ConfigError, ContractError
from simlingo_core.schedule import Schedule
from simlingo_core.types import SPEED_WAYPOINT_PERIOD_S, SPEED_WAYPOINTS
from simlingo_core.wordings import WORDINGS, ManoeuvreKind
from simlingo_evaluation.agents import PolicyAgent
from simlingo_evaluation.episode_task import EpisodeTask
from simlingo_evaluation.instruction_episodes import (
    Try,
    path_of,
    run_tries,
    summarise_tries,
    tries_markdown,
)
from simlingo_evaluation.instruction_moments import Moment, choose_moment
from simlingo_evaluation.obedience import Track
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


def test_words_are_said_once_the_car_drives_and_before_the_end():
    steady = track(lambda t_s: min(2.0 * t_s, 8.0))
    assert choose_moment(ManoeuvreKind.STOP, steady, moments()) == pytest.approx(4.0)
    assert choose_moment(ManoeuvreKind.STOP, track(lambda t_s: 3.0), moments()) is None
    late = track(lambda t_s: 8.0 if t_s > 21.0 else 0.0)
    assert choose_moment(ManoeuvreKind.STOP, late, moments()) is None


def test_nothing_is_asked_for_that_happens_anyway():
    braking = track(lambda t_s: 8.0 if t_s < 12.0 else 2.0)
    told_s = choose_moment(ManoeuvreKind.SLOWER, braking, moments())
    assert told_s is not None
    assert told_s + 8.0 < 12.0
    leaving = track(lambda t_s: 8.0, lambda t_s: 0.4 * t_s)
    assert choose_moment(ManoeuvreKind.LANE_LEFT, leaving, moments(lane_left=True)) is None


def test_a_lane_must_be_there():
    steady = track(lambda t_s: 8.0)
    seen = moments(lane_left=True, lane_right=False)
    assert choose_moment(ManoeuvreKind.LANE_LEFT, steady, seen) == pytest.approx(3.0)
    assert choose_moment(ManoeuvreKind.LANE_RIGHT, steady, seen) is None


class ObedientPolicy(StraightPolicy):
    """Follows its route's first target point; stops when told anything."""

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


@pytest.fixture
def task(tmp_path, monkeypatch):
    """A straight way without traffic, driven by a policy that obeys."""
    with SimWorld(WorldConfig(traffic=TrafficConfig(vehicles=0, pedestrians=0))) as world:
        first = read_routes('test')[0]
        world.reset(first, 'free_driving', 0, with_image=False)
        points = world.route.points_map_m[[0, 110]]
        route = RouteSpec(id='7', town=first.town, waypoints_map_m=points)
        agent = PolicyAgent(ObedientPolicy(5.0), Schedule(), uses_images=False)
        monkeypatch.setattr(
            'simlingo_evaluation.instruction_episodes.process_world', lambda: world
        )
        monkeypatch.setattr(
            'simlingo_evaluation.instruction_episodes.process_agent', lambda name, schedule: agent
        )
        monkeypatch.setattr(episode_task_module, 'policy_label', lambda name: name)
        yield EpisodeTask(
            policy='obedient',
            route=route,
            situation='',
            seed=0,
            protocol='bench2drive',
            schedule=Schedule(),
            folder=tmp_path,
            has_strips=False,
        )


def test_an_obedient_policy_is_seen_to_obey_and_is_not_asked_twice(task, monkeypatch):
    (tries,) = run_tries([task], 1)
    by_kind = {one.kind: one for one in tries}
    assert by_kind['stop'].is_obeyed
    assert by_kind['slow down'].is_obeyed
    assert by_kind['stop'].text in WORDINGS[ManoeuvreKind.STOP].held_out
    assert '0.0' in by_kind['stop'].measured
    assert by_kind['stop'].measured_silent != by_kind['stop'].measured
    monkeypatch.setattr('simlingo_evaluation.instruction_episodes._drive', None)
    assert list(run_tries([task], 1)) == [tries]
    path_of(task).write_text('{"x": 1}')
    with pytest.raises(ContractError, match='holds no tries'):
        list(run_tries([task], 1))


def test_a_driver_without_ears_is_refused(task, monkeypatch):
    monkeypatch.setattr(
        'simlingo_evaluation.instruction_episodes.process_agent', lambda name, schedule: object()
    )
    with pytest.raises(ConfigError, match='takes no instructions'):
        list(run_tries([task], 1))


def one(kind, *, is_obeyed):
    return Try(
        policy='mini',
        route_id='1',
        seed=0,
        kind=kind,
        text='x',
        told_s=4.0,
        is_obeyed=is_obeyed,
        measured='a',
        measured_silent='b',
    )


def test_shares_by_kind():
    tries = [one('stop', is_obeyed=True), one('stop', is_obeyed=False)]
    summary = summarise_tries([*tries, one('slow down', is_obeyed=True)])
    json.dumps(summary, allow_nan=False)
    kinds = summary['policies']['mini']
    assert kinds['all'] == {'tries': 3, 'successes': 2, 'share': pytest.approx(2 / 3)}
    assert kinds['stop']['share'] == 0.5
    assert kinds['change lane left'] == {'tries': 0, 'successes': 0, 'share': None}
    table = tries_markdown(summary)
    assert '| stop | mini | 2 | 1 | 50 % |' in table
    assert '| change lane left | mini | 0 | 0 | – |' in table
