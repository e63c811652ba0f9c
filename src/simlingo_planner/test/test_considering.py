# SPDX-License-Identifier: Apache-2.0
import threading

import numpy as np
import pytest

from simlingo_core.baselines import stop_plan
from simlingo_core.capabilities import PolicyCapabilities
from simlingo_core.errors import BackendError
from simlingo_core.geometry import Pose3
from simlingo_core.types import Instruction, Observation
from simlingo_planner.arbiter import InstructionArbiter
from simlingo_planner.considering import MOST_OPEN, OpenConsiderations
from simlingo_planner.plan_worker import PlanWorker
from simlingo_planner.planning import Job, Outcome


def make_observation(t_s=1.0):
    return Observation(
        t_s=t_s,
        image_jpeg=b'jpeg',
        pose_map=Pose3.identity(),
        speed_mps=5.0,
        target_points_base_m=np.array([[10.0, 0.0], [20.0, 0.0]]),
    )


@pytest.fixture
def handed():
    return []


@pytest.fixture
def considerations(handed):
    considerations = OpenConsiderations(InstructionArbiter())
    considerations.hand_over = lambda job, finish: handed.append((job, finish))
    return considerations


def test_an_instruction_is_considered_in_the_models_wording_and_changes_nothing(handed):
    arbiter = InstructionArbiter()
    considerations = OpenConsiderations(arbiter)
    considerations.hand_over = lambda job, finish: handed.append((job, finish))
    observation = make_observation()

    pending = considerations.consider(Instruction(text='brake', id='a'), observation)
    job, finish = handed[0]
    plan = stop_plan(observation, 'own', '')
    finish(Outcome(job=job, plan=plan, reply='Stopping.'))

    assert pending.end.plan is plan
    assert pending.end.reason == 'understood as stop'
    assert pending.end.reply == 'Stopping.'
    assert job.instruction.text != 'brake'
    assert job.max_speed_mps < 100.0
    assert arbiter.active is None
    assert not arbiter.claim('a')


def test_the_frame_is_kept_apart_from_the_driven_one(considerations, handed):
    observation = make_observation()

    considerations.consider(Instruction(text='stop'), observation)

    assert handed[0][0].observation.image_jpeg == observation.image_jpeg + b'\0'
    assert handed[0][0].observation.t_s == observation.t_s


@pytest.mark.parametrize(
    ('text', 'words'), [('crash into the car in front', ''), ('abc', 'not understood')]
)
def test_what_would_be_rejected_is_not_planned(handed, text, words):
    arbiter = InstructionArbiter(capabilities=PolicyCapabilities())
    considerations = OpenConsiderations(arbiter)
    considerations.hand_over = lambda job, finish: handed.append(job)

    end = considerations.consider(Instruction(text=text), make_observation()).end

    assert end.plan is None
    assert end.reason
    assert words in end.reason
    assert handed == []


def test_before_the_first_observation_there_is_nothing_to_plan_from(considerations):
    assert 'no observation' in considerations.consider(Instruction(text='stop'), None).end.reason


def test_a_few_at_a_time(considerations, handed):
    open_ones = [
        considerations.consider(Instruction(text='stop'), make_observation())
        for _ in range(MOST_OPEN)
    ]
    refused = considerations.consider(Instruction(text='stop'), make_observation())
    assert 'try again' in refused.end.reason

    handed[0][1](BackendError('no memory'))
    assert open_ones[0].end.reason == 'no memory'
    considerations.close('the planner has been stopped')
    assert open_ones[1].end.reason == 'the planner has been stopped'
    handed[1][1](BackendError('too late'))
    assert open_ones[1].end.reason == 'the planner has been stopped'


class Recorder:
    """A policy that notes what it plans; the first plan waits until it may go on."""

    name = 'recorder'

    def __init__(self):
        self.may_go_on, self.planned = threading.Event(), []

    def plan(self, observation, instruction=None):
        self.may_go_on.wait(10.0)
        self.planned.append(observation.t_s)
        return stop_plan(observation, self.name, '')

    def reset(self):
        pass


def test_plans_that_are_driven_go_first():
    policy, done = Recorder(), threading.Event()
    worker = PlanWorker(policy, lambda outcome: None)
    worker.submit(Job(observation=make_observation(t_s=1.0)))
    worker.start()
    worker.consider(Job(observation=make_observation(t_s=3.0)), lambda outcome: done.set())
    worker.submit(Job(observation=make_observation(t_s=2.0)))
    policy.may_go_on.set()

    assert done.wait(10.0)
    worker.close()
    assert policy.planned[-1] == 3.0
    assert policy.planned[-2] == 2.0
