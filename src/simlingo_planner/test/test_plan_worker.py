# SPDX-License-Identifier: Apache-2.0
import dataclasses
import math
import queue
import threading

import numpy as np
import pytest

from simlingo_core.baselines import StraightPolicy
from simlingo_core.errors import BackendError
from simlingo_core.geometry import Pose3
from simlingo_core.testing import ScriptedPolicy
from simlingo_core.types import Instruction, Observation
from simlingo_planner.plan_worker import PlanWorker
from simlingo_planner.planning import Job, run_job
from simlingo_planner.warm_up import grey_observation, warm_up

LIMIT_S = 10.0


def observe(t_s: float) -> Observation:
    return Observation(
        t_s=t_s,
        image_jpeg=b'',
        pose_map=Pose3.identity(),
        speed_mps=0.0,
        target_points_base_m=np.array([[10.0, 0.0], [20.0, 0.0]]),
    )


class GatedPolicy(StraightPolicy):
    """Plans when the gate opens; counts its resets."""

    def __init__(self) -> None:
        super().__init__()
        self.gate, self.has_begun = threading.Semaphore(0), threading.Semaphore(0)
        self.resets = 0

    def reset(self) -> None:
        self.resets += 1

    def plan(self, observation, instruction=None):
        self.has_begun.release()
        assert self.gate.acquire(timeout=LIMIT_S)
        return super().plan(observation, instruction)

    def reply(self, observation):
        return f'Reply at {observation.t_s:g}.'


@pytest.fixture
def policy():
    return GatedPolicy()


@pytest.fixture
def start():
    workers = []

    def make(policy, **options):
        outcomes = queue.SimpleQueue()
        worker = PlanWorker(policy, outcomes.put, **options)
        worker.start()
        workers.append((worker, policy))
        return worker, outcomes

    yield make
    for worker, policy in workers:
        if isinstance(policy, GatedPolicy):
            policy.gate.release(100)
        worker.close()


def test_only_the_newest_job_waits(start, policy) -> None:
    worker, outcomes = start(policy)
    worker.submit(Job(observation=observe(0.0)))
    assert policy.has_begun.acquire(timeout=LIMIT_S)
    for t_s in (0.2, 0.4, 0.6):
        worker.submit(Job(observation=observe(t_s)))
    policy.gate.release(2)
    assert [outcomes.get(timeout=LIMIT_S).plan.t_s for _ in range(2)] == [0.0, 0.6]
    assert outcomes.empty()


def test_in_lockstep_none_is_lost(start, policy) -> None:
    worker, outcomes = start(policy, keeps_all=True)
    policy.gate.release(5)
    times = [0.0, 0.2, 0.4, 0.6, 0.8]
    for t_s in times:
        worker.submit(Job(observation=observe(t_s)))
    assert [outcomes.get(timeout=LIMIT_S).plan.t_s for _ in times] == times


def test_a_new_episode_is_begun_though_its_first_frame_was_replaced(start, policy) -> None:
    worker, outcomes = start(policy)
    worker.submit(Job(observation=observe(9.0)))
    assert policy.has_begun.acquire(timeout=LIMIT_S)
    worker.submit(Job(observation=observe(0.0), is_new_episode=True))
    worker.submit(Job(observation=observe(0.2)))
    policy.gate.release(2)
    assert [outcomes.get(timeout=LIMIT_S).plan.t_s for _ in range(2)] == [9.0, 0.2]
    assert policy.resets == 1


def test_instruction_and_reply_go_along(start, policy) -> None:
    worker, outcomes = start(policy)
    policy.gate.release()
    worker.submit(Job(observation=observe(1.0), instruction=Instruction(id='a', text='stop')))
    outcome = outcomes.get(timeout=LIMIT_S)
    assert (outcome.plan.instruction_id, outcome.reply) == ('a', 'Reply at 1.')


def test_errors_are_outcomes_and_the_worker_goes_on(start) -> None:
    good = StraightPolicy().plan(observe(0.0))
    worker, outcomes = start(ScriptedPolicy([BackendError('no memory'), good]), keeps_all=True)
    worker.submit(Job(observation=observe(0.0)))
    worker.submit(Job(observation=observe(0.2)))
    first, second = (outcomes.get(timeout=LIMIT_S) for _ in range(2))
    assert (first.plan.stop_reason, str(first.error)) == ('plan_failed', 'no memory')
    assert first.plan.target_speed_mps == 0.0
    assert second.plan.t_s == pytest.approx(0.2)


def test_a_bug_is_handed_over(start) -> None:
    class Broken(StraightPolicy):
        def plan(self, observation, instruction=None):
            raise RuntimeError('a bug')

    worker, outcomes = start(Broken())
    worker.submit(Job(observation=observe(0.0)))
    assert str(outcomes.get(timeout=LIMIT_S)) == 'a bug'


def test_off_its_route_the_car_must_stop_and_the_policy_is_not_asked() -> None:
    off_route = dataclasses.replace(observe(0.0), is_off_route=True)
    outcome = run_job(ScriptedPolicy([BackendError('asked')]), Job(observation=off_route))
    assert (outcome.plan.stop_reason, outcome.error) == ('off_route', None)


def test_the_cap_of_a_job_is_in_its_plan() -> None:
    job = Job(observation=observe(0.0), max_speed_mps=3.0)
    assert run_job(StraightPolicy(), job).plan.max_speed_mps == 3.0
    assert run_job(StraightPolicy(), Job(observation=observe(0.0))).plan.max_speed_mps == math.inf


def test_closing_drops_what_waits(policy) -> None:
    outcomes = queue.SimpleQueue()
    worker = PlanWorker(policy, outcomes.put, keeps_all=True)
    worker.start()
    for t_s in (0.0, 0.2, 0.4):
        worker.submit(Job(observation=observe(t_s)))
    assert policy.has_begun.acquire(timeout=LIMIT_S)
    closing = threading.Thread(target=worker.close)
    closing.start()
    policy.gate.release(3)
    closing.join(LIMIT_S)
    assert not closing.is_alive()
    assert outcomes.qsize() <= 1


def test_warm_up_plans_as_often_as_asked_and_leaves_nothing_behind(policy) -> None:
    policy.gate.release(3)
    warm_up(policy, 3)
    assert policy.resets == 3
    assert not policy.gate.acquire(blocking=False)
    assert grey_observation().image_jpeg.startswith(b'\xff\xd8')


def test_a_policy_that_cannot_plan_does_not_warm_up() -> None:
    with pytest.raises(BackendError, match='no memory'):
        warm_up(ScriptedPolicy([BackendError('no memory')]), 1)
