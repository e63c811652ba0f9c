# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest

from simlingo_core.errors import ConfigError, ContractError
from simlingo_core.geometry import Pose2, Pose3
from simlingo_core.route import Route
from simlingo_core.types import EgoState, RoadOption
from simlingo_perception.config import PerceptionNodeConfig
from simlingo_perception.core import PerceptionCore
from simlingo_ros.monitors import Level

ROUTE = Route(np.column_stack([np.arange(201.0), np.zeros(201)]), [RoadOption.LANE_FOLLOW] * 201)


def ego_at(t_s: float, x: float = 0.0, y: float = 0.0) -> EgoState:
    return EgoState(t_s=t_s, pose_map=Pose3.from_planar(Pose2(x, y, 0.0)), speed_mps=5.0)


def core_with_route(**settings) -> PerceptionCore:
    core = PerceptionCore(PerceptionNodeConfig(**settings))
    core.set_route(ROUTE)
    return core


def test_in_real_time_no_more_images_are_wanted_than_the_rate_allows() -> None:
    core = core_with_route(rate_limit_hz=7.0)
    taken = []
    for tick in range(20):
        if core.wants_image(0.05 * tick):
            core.add_image(0.05 * tick, b'%d' % tick)
            taken.append(tick)
    assert taken == [0, 3, 6, 9, 12, 15, 18]
    assert core.wants_image(0.0), 'time has begun again'


def test_in_lockstep_planning_ticks_are_wanted_once() -> None:
    core = core_with_route(lockstep=True)
    assert [tick for tick in range(10) if core.wants_image(0.05 * tick)] == [0, 4, 8]
    core.add_image(0.2, b'4')
    assert not core.wants_image(0.2)


def test_in_lockstep_a_repeated_frame_brings_the_last_observations_again() -> None:
    core = core_with_route(lockstep=True)
    core.add_image(0.0, b'0')
    assert core.add_ego(ego_at(0.0)) == []
    first = core.take()
    assert first is not None
    assert core.add_ego(ego_at(0.0)) == [first]
    assert core.take() is None
    assert core.add_ego(ego_at(0.05, 0.2)) == []
    assert core_with_route().add_ego(ego_at(0.0)) == []
    for t_s in (0.05, 0.0, 0.0):
        again = core.add_ego(ego_at(t_s))
    assert again == [], 'an episode began anew: what was sent before it does not count'


def test_in_lockstep_another_stamp_is_another_moment() -> None:
    core = core_with_route(lockstep=True)
    core.add_ego(ego_at(0.15))
    core.add_image(0.2, b'4')
    core.add_ego(ego_at(0.25))
    assert core.take() is None
    in_real_time = core_with_route()
    in_real_time.add_ego(ego_at(0.15))
    in_real_time.add_image(0.2, b'4')
    in_real_time.add_ego(ego_at(0.25))
    assert in_real_time.take() is not None


def test_a_route_that_comes_after_the_first_frame_counts_for_it() -> None:
    core = PerceptionCore(PerceptionNodeConfig(lockstep=True))
    core.add_image(0.0, b'0')
    core.add_ego(ego_at(0.0))
    assert core.take() is None
    core.set_route(ROUTE)
    core.add_ego(ego_at(0.0))
    assert core.take() is not None


def test_the_status_names_what_is_wrong_and_how_much() -> None:
    core = PerceptionCore(PerceptionNodeConfig())
    core.add_ego(ego_at(1.0, 50.0))
    core.add_image(1.0, b'1')
    core.take()
    waiting = core.status(1.0)
    assert (waiting.level, waiting.message) == (Level.WARN, 'no route has come yet')
    core.set_route(None, 'route has 1 point, waiting')
    assert core.status(1.0).message == 'route has 1 point, waiting'
    core.set_route(ROUTE)
    for t_s, y_m, level, text in (
        (1.05, 0.0, Level.OK, 'complete'),
        (1.1, 12.0, Level.WARN, 'far from its route: 12 m'),
        (1.15, -210.0, Level.ERROR, 'OFF_ROUTE'),
    ):
        core.add_ego(ego_at(t_s, 50.0, y_m))
        core.add_image(t_s, b'%f' % t_s)
        core.take()
        status = core.status(t_s)
        assert (status.level, text in status.message) == (level, True), status.message
    assert status.message.endswith('210 m, at most 30 m')
    assert status.values == {'problems': 'off_route', 'route_offset_m': -210.0}
    assert 'too old' in core.status(3.0).message


def test_speeds_that_contradict_each_other_give_no_observation() -> None:
    core = core_with_route()
    core.compare_speed(50.0)
    core.add_ego(ego_at(1.0))
    for _ in range(4):
        core.compare_speed(9.0)
    with pytest.raises(ContractError, match='speedometer'):
        core.compare_speed(9.0)
    core.add_image(1.0, b'1')
    assert core.take() is None
    with pytest.raises(ContractError, match='contradict'):
        core.status(1.0)


def test_contradicting_settings_are_refused() -> None:
    with pytest.raises(ConfigError, match='target_reached_m'):
        PerceptionNodeConfig(target_reached_m=20.0, target_search_m=10.0)
    with pytest.raises(ConfigError, match='off_route_m'):
        PerceptionNodeConfig(far_from_route_m=40.0)
