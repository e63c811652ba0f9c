# SPDX-License-Identifier: Apache-2.0
"""Instructions, goals and questions from beginning to end, without ROS."""

import numpy as np
import pytest

from simlingo_core.baselines import StraightPolicy
from simlingo_core.capabilities import PolicyCapabilities
from simlingo_core.geometry import Pose3
from simlingo_core.status import InstructionState
from simlingo_core.testing import TalkingPolicy
from simlingo_core.types import Commentary, DrivingPlan, Instruction, InstructionKind, Observation
from simlingo_planner.config import PlannerNodeConfig
from simlingo_planner.planning import Job, run_job
from simlingo_planner.questions import Now
from simlingo_planner.session import PlannerSession

S = InstructionState
NOW = Now(0.0, 100.0)


class UntrainedTalker(TalkingPolicy):
    """Says something to each question, as a model does that was never trained to answer."""

    capabilities = PolicyCapabilities(comments=True)


class Planner:
    """A session with what it has published."""

    def __init__(self, policy, **settings):
        self.policy, self.statuses, self.questions = policy, [], []
        config = PlannerNodeConfig(**settings)
        self.session = PlannerSession(policy, config, self.statuses.append)
        self.session.hand_over = self.questions.append

    def plan(self, t_s, speed_mps=8.0):
        """Take an observation; return the plan made of it."""
        job = self.session.take_observation(observe(t_s, speed_mps))
        outcome = run_job(self.policy, job)
        plan = self.session.take_outcome(outcome)
        self.session.finish(outcome)
        return plan

    def states_of(self, key):
        return [status.state for status in self.statuses if status.id == key]

    def ask(self, key='q', now=NOW):
        question = Instruction(id=key, text='What do you see?', kind=InstructionKind.ASK)
        return self.session.ask(question, now)


def observe(t_s, speed_mps=8.0):
    return Observation(
        t_s=t_s,
        image_jpeg=b'',
        pose_map=Pose3.identity(),
        speed_mps=speed_mps,
        target_points_base_m=np.array([[10.0, 0.0], [60.0, 0.0]]),
    )


@pytest.fixture
def planner():
    return Planner(TalkingPolicy(StraightPolicy(11.0)))


def test_an_instruction_caps_the_plans_and_ends(planner):
    planner.plan(0.0)
    planner.session.take_instruction(Instruction(id='a', text='slow down'), NOW)
    assert planner.plan(0.2, 6.0).max_speed_mps == 6.0
    assert planner.plan(0.4, 5.0).instruction_id == 'a'
    assert planner.plan(10.2, 3.0).max_speed_mps == np.inf
    assert planner.states_of('a') == [S.RECEIVED, S.ACCEPTED, S.ACTIVE, S.DONE]


def test_in_lockstep_a_frame_that_comes_again_is_answered_by_its_plan():
    planner = Planner(StraightPolicy(), lockstep=True)
    job = planner.session.take_observation(observe(0.2))
    assert isinstance(job, Job)
    assert planner.session.take_observation(observe(0.2)) is None, 'it is being made'
    plan = planner.session.take_outcome(run_job(planner.policy, job))
    assert planner.session.take_observation(observe(0.2)) is plan
    assert isinstance(plan, DrivingPlan)


def test_a_new_episode_cancels_the_instruction(planner):
    planner.plan(5.0)
    planner.session.take_instruction(Instruction(id='a', text='slow down'), NOW)
    job = planner.session.take_observation(observe(0.0))
    assert (job.is_new_episode, job.instruction) == (True, None)
    assert planner.states_of('a')[-1] is S.CANCELLED


def test_a_question_is_answered_once_its_text_is_complete(planner):
    planner.plan(0.4)
    pending = planner.ask()
    assert planner.questions[0].text == 'What do you see?'
    planner.session.take_answer('q', Commentary(t_s=0.4, text='A', is_growing=True), NOW)
    assert pending.answer is None
    planner.session.take_answer('q', Commentary(t_s=0.4, text='A road.'), NOW)
    assert (pending.answer.text, pending.answer.is_success) == ('A road.', True)
    assert pending.answer.image_t_s == 0.4
    assert planner.statuses[-1].spoken_reply == 'A road.'


def test_a_model_that_was_not_trained_to_answer_says_so():
    """Case R4: no answer is invented."""
    planner = Planner(UntrainedTalker(StraightPolicy()))
    planner.plan(0.0)
    answer = planner.ask().answer
    assert not answer.is_success
    assert answer.text == 'this model was not trained to answer questions'
    assert planner.questions == []


def test_every_question_that_cannot_be_answered_is_refused_at_once(planner):
    assert 'no observation' in planner.ask('early').answer.text
    planner.plan(0.0)
    pending = [planner.ask(f'q{i}') for i in range(100)]
    assert [p.answer is None for p in pending[:10]] == [True] * 10
    assert all('10 questions are open' in p.answer.text for p in pending[10:])
    planner.session.watch(Now(0.0, 119.0))
    assert pending[0].answer is None
    planner.session.watch(Now(0.0, 121.0))
    assert all('no answer within 20 s' in p.answer.text for p in pending[:10])
    silent = Planner(StraightPolicy())
    assert 'does not speak' in silent.ask().answer.text


def test_a_question_as_a_message_gets_its_states(planner):
    planner.plan(0.0)
    question = Instruction(id='q', text='Why?', kind=InstructionKind.ASK)
    planner.session.take_instruction(question, NOW)
    planner.session.take_answer('q', Commentary(t_s=0.0, text='So.'), NOW)
    assert planner.states_of('q') == [S.RECEIVED, S.DONE]
    planner.session.take_instruction(question, NOW)
    assert planner.states_of('q')[2:] == [S.RECEIVED, S.REJECTED]


def test_a_goal_ends_with_its_instruction(planner):
    planner.plan(0.0)
    first = planner.session.follow(Instruction(id='g1', text='slow down'), 0.0, 3.0)
    second = planner.session.follow(Instruction(id='g2', text='stop'), 1.0, 0.0)
    assert first.end.state is S.CANCELLED
    planner.session.cancel('g2', 2.0)
    assert second.end.state is S.CANCELLED
    negated = planner.session.follow(Instruction(id='g3', text='do not stop'), 2.0, 0.0)
    assert negated.end.state is S.REJECTED


def test_at_the_end_every_goal_and_question_ends(planner):
    """Case G10: nobody waits for a planner that is deactivated."""
    planner.plan(0.0)
    goal = planner.session.follow(Instruction(id='g', text='slow down'), 0.0, 0.0)
    pending = planner.ask()
    planner.session.close(NOW)
    assert (goal.end.state, goal.end.reason) == (S.CANCELLED, 'the planner has been stopped')
    assert not pending.answer.is_success
    assert 'stopped' in pending.answer.text
    assert 'not active' in planner.ask('late').answer.text


def test_an_emergency_stop_waits_for_no_plan() -> None:
    planner = Planner(StraightPolicy())
    job = planner.session.take_observation(observe(1.0))
    late = run_job(planner.policy, job)
    urgently = []
    planner.session.publish_urgently = urgently.append
    planner.session.take_instruction(Instruction(id='e', text='Emergency stop!'), NOW)
    (urgent,) = urgently
    assert (urgent.stop_reason, urgent.t_s) == ('emergency_stop', 1.0)
    assert planner.session.take_outcome(late).stop_reason == 'emergency_stop'
    assert planner.plan(1.2).stop_reason == 'emergency_stop'
    planner.session.take_instruction(Instruction(id='g', text='Go on.'), NOW)
    assert len(urgently) == 1
    assert planner.plan(1.4).stop_reason == ''
