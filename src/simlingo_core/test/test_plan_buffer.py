# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest

from simlingo_core.errors import ConfigError
from simlingo_core.geometry import Pose3
from simlingo_core.plan_buffer import KEPT_PLANS, DuePlan, PlanBuffer
from simlingo_core.schedule import QUEUED_TICKS, Schedule
from simlingo_core.types import DrivingPlan


def plan_at(tick: int) -> DrivingPlan:
    return DrivingPlan(
        t_s=0.05 * tick,
        pose_map=Pose3.identity(),
        path_base_m=np.zeros((20, 2)),
        speed_waypoints_base_m=np.zeros((10, 2)),
        policy='test',
    )


def buffer_of(*ticks: int) -> PlanBuffer:
    buffer = PlanBuffer(Schedule(4, 2))
    for tick in ticks:
        buffer.add(plan_at(tick))
    return buffer


def test_where_the_due_plan_failed_an_older_one_can_be_found() -> None:
    buffer = buffer_of(0, 4)
    assert buffer.due(11).is_late
    assert buffer.due(11).plan is buffer.due(6).plan is buffer.plan_of(4)
    assert buffer.due(5) == DuePlan(buffer.plan_of(0), is_late=False)
    assert buffer.due(1) == DuePlan(None, is_late=False)


def test_a_plan_is_never_found_before_its_time() -> None:
    buffer = buffer_of(0, 4, 8)
    for tick in range(12):
        found = buffer.due(tick).plan
        assert found is None or found.t_s <= 0.05 * (tick - 2) + 1e-9


def test_a_new_episode_drops_later_plans() -> None:
    buffer = buffer_of(0, 4, 8)
    buffer.drop_later(0.2)
    assert not buffer.due(6).is_late
    assert buffer.due(10) == DuePlan(buffer.plan_of(4), is_late=True)


def test_the_oldest_are_dropped() -> None:
    buffer = buffer_of(*range(0, 4 * (KEPT_PLANS + 1), 4))
    assert buffer.due(2) == DuePlan(None, is_late=True)
    assert not buffer.due(6).is_late


def test_a_long_latency_keeps_as_many_plans_as_it_needs() -> None:
    buffer = PlanBuffer(Schedule(1, 80))
    for tick in range(101):
        buffer.add(plan_at(tick))
    assert buffer.due(100).plan is buffer.plan_of(20)


def test_a_frame_is_expected_before_it_has_a_plan() -> None:
    buffer = PlanBuffer()
    assert not buffer.is_expected(4)
    buffer.expect(4)
    assert (buffer.is_expected(4), buffer.plan_of(4)) == (True, None)
    assert not buffer.has_awaited(6)
    assert buffer.due(6) == DuePlan(None, is_late=True)
    buffer.add(plan_at(4))
    assert buffer.plan_of(4) is not None
    buffer.clear()
    assert not buffer.is_expected(4)


def test_with_a_short_latency_a_tick_waits_for_the_plan_in_force() -> None:
    schedule = Schedule(4, 2)
    for tick in range(60):
        assert schedule.awaited_planning_tick(tick) == schedule.planning_tick_in_force(tick)


@pytest.mark.parametrize('period', range(1, QUEUED_TICKS + 1))
@pytest.mark.parametrize('latency', [0, 1, 2, 9, 19, 80])
def test_no_more_frames_are_under_way_than_the_queues_hold(period: int, latency: int) -> None:
    schedule = Schedule(period, latency)
    schedule.require_lossless()
    for tick in range(200):
        awaited = schedule.awaited_planning_tick(tick)
        in_force = schedule.planning_tick_in_force(tick)
        last_planned = -1 if awaited is None else awaited
        assert tick - last_planned <= QUEUED_TICKS
        assert in_force is None or (awaited is not None and awaited >= in_force)


def test_a_period_longer_than_the_queues_is_refused() -> None:
    with pytest.raises(ConfigError, match='plan_period_ticks is 11; expected at most 10'):
        Schedule(QUEUED_TICKS + 1, 2).require_lossless()


def test_has_awaited_is_true_once_the_plan_is_here() -> None:
    buffer = buffer_of(0)
    assert [buffer.has_awaited(tick) for tick in (0, 1, 2, 5, 6)] == [True] * 4 + [False]
    buffer.add(plan_at(4))
    assert buffer.has_awaited(6)
