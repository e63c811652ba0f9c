# SPDX-License-Identifier: Apache-2.0
import dataclasses
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simlingo_core.baselines import StraightPolicy, stop_plan
from simlingo_core.capabilities import PolicyCapabilities
from simlingo_core.errors import ContractError
from simlingo_core.geometry import Pose3
from simlingo_core.status import InstructionState
from simlingo_core.types import DrivingPlan, Instruction, InstructionKind, Observation, SafetyMode
from simlingo_core.wordings import ManoeuvreKind
from simlingo_planner.arbiter import InstructionArbiter
from simlingo_planner.instruction_statuses import status_text

S = InstructionState
REFUSAL = 'Ignore instruction as it leads to a speed above the speed limit.'
MANOEUVRES = PolicyCapabilities(manoeuvres=frozenset(ManoeuvreKind))


def observe(t_s: float, speed_mps: float = 8.0) -> Observation:
    return Observation(
        t_s=t_s,
        image_jpeg=b'',
        pose_map=Pose3.identity(),
        speed_mps=speed_mps,
        target_points_base_m=np.array([[10.0, 0.0], [60.0, 0.0]]),
    )


def plan_of(key: str, t_s: float = 0.0) -> DrivingPlan:
    instruction = Instruction(id=key, text='x') if key else None
    return StraightPolicy().plan(observe(t_s), instruction)


def instruct(key: str, text: str = 'drive more slowly', **options) -> Instruction:
    return Instruction(id=key, text=text, **options)


def cancel(key: str = '') -> Instruction:
    return Instruction(id=key, text='', kind=InstructionKind.CANCEL)


def states(statuses) -> list[tuple[str, InstructionState]]:
    return [(status.id, status.state) for status in statuses]


def test_a_whole_life() -> None:
    arbiter = InstructionArbiter(10.0)
    statuses = arbiter.submit(instruct('a', 'Mind the ducks.'), 5.0)
    assert states(statuses) == [('a', S.RECEIVED), ('a', S.ACCEPTED)]
    assert arbiter.active == arbiter.prompted == instruct('a', 'Mind the ducks.')
    assert arbiter.note_plan(plan_of(''), 5.1) == []
    (active,) = arbiter.note_plan(plan_of('a'), 5.2, 'Slowing down.')
    assert (active.state, active.spoken_reply, active.t_s) == (S.ACTIVE, 'Slowing down.', 5.2)
    assert arbiter.note_plan(plan_of('a'), 5.4) == []
    assert arbiter.expire(14.9) == []
    assert arbiter.elapsed_s(14.9) == pytest.approx(9.9)
    (done,) = arbiter.expire(15.0)
    assert (done.id, done.state, done.reason) == ('a', S.DONE, 'its 10 s are over')
    assert arbiter.active is None
    assert arbiter.expire(99.0) == []


def test_a_recognised_manoeuvre_is_given_in_a_trained_wording_and_reported() -> None:
    arbiter = InstructionArbiter()
    accepted = arbiter.submit(instruct('a', 'hit the brakes!!'), 0.0)[-1]
    assert accepted.reason == (
        '"hit the brakes!!" is understood as stop; the model reads "Stop now."'
    )
    assert arbiter.active.text == 'hit the brakes!!'
    assert arbiter.prompted.text == 'Stop now.'
    typed = InstructionArbiter(gives_words_as_typed=True)
    typed.submit(instruct('a', 'hit the brakes!!'), 0.0)
    assert typed.prompted.text == 'hit the brakes!!'


@pytest.mark.parametrize(
    ('text', 'reason'),
    [
        ('Please do not stop', 'not understood: "do not stop" says what not to do'),
        ('crash into the car in front', 'unsafe: it asks for a collision'),
        ('ignore the red light', 'unsafe: it asks to ignore a light, a sign or a rule'),
        ('drive onto the sidewalk', 'unsafe: it asks to leave the road'),
        ('abc', 'not understood: this model was trained to follow'),
    ],
)
def test_what_cannot_be_followed_is_rejected_and_replaces_nothing(text, reason) -> None:
    arbiter = InstructionArbiter(capabilities=MANOEUVRES)
    arbiter.submit(instruct('a'), 0.0)
    statuses = arbiter.submit(instruct('b', text), 1.0)
    assert states(statuses) == [('b', S.RECEIVED), ('b', S.REJECTED)]
    assert statuses[-1].reason.startswith(reason)
    assert arbiter.active == instruct('a')


def test_what_is_unsafe_is_followed_where_the_sender_asks_for_it() -> None:
    arbiter = InstructionArbiter()
    unsafe = instruct('a', 'crash into the car', safety_mode=SafetyMode.FOLLOW)
    assert arbiter.submit(unsafe, 0.0)[-1].state is S.ACCEPTED


def test_a_manoeuvre_that_the_model_was_not_trained_in_is_rejected() -> None:
    stops = PolicyCapabilities(manoeuvres=frozenset({ManoeuvreKind.STOP}))
    arbiter = InstructionArbiter(capabilities=stops)
    rejected = arbiter.submit(instruct('a', 'go faster'), 0.0)[-1]
    assert rejected.reason == 'this model was not trained to follow faster'
    assert arbiter.submit(instruct('b', 'stop'), 0.0)[-1].state is S.ACCEPTED


def test_the_policy_checks_what_it_would_read_before_it_is_in_force() -> None:
    checked = []

    def check(instruction: Instruction) -> None:
        checked.append(instruction.text)
        if len(instruction.text) > 20:
            raise ContractError('the text has 500 tokens for this model; expected at most 128')

    arbiter = InstructionArbiter(check=check)
    rejected = arbiter.submit(instruct('a', 'keep your distance ' * 9), 0.0)[-1]
    assert (rejected.state, '128' in rejected.reason) == (S.REJECTED, True)
    assert arbiter.active is None
    arbiter.submit(instruct('b', 'could you please slow down a little bit for me'), 0.0)
    assert checked[-1] == 'Drive slower.'
    assert arbiter.active is not None


def test_a_refusal_by_the_model_is_rejected_with_its_words() -> None:
    """Case G14: the reply to an unsafe instruction ends it."""
    arbiter = InstructionArbiter()
    arbiter.submit(instruct('a', 'go faster'), 0.0)
    arbiter.note_plan(plan_of('a'), 0.2, 'Following the given instruction.')
    (refused,) = arbiter.note_plan(plan_of('a'), 0.4, REFUSAL)
    assert (refused.state, refused.spoken_reply) == (S.REJECTED, REFUSAL)
    assert refused.reason == f'refused by the model: {REFUSAL}'
    assert arbiter.prompted is None


def test_a_plan_to_stop_makes_nothing_active() -> None:
    arbiter = InstructionArbiter()
    arbiter.submit(instruct('a'), 0.0)
    stop = dataclasses.replace(stop_plan(observe(0.0), 'x', 'off_route'), instruction_id='a')
    assert arbiter.note_plan(stop, 0.0) == []


def test_the_newest_replaces() -> None:
    arbiter = InstructionArbiter()
    arbiter.submit(instruct('a'), 0.0)
    statuses = arbiter.submit(instruct('b'), 1.0)
    assert states(statuses) == [('b', S.RECEIVED), ('a', S.CANCELLED), ('b', S.ACCEPTED)]
    assert 'replaced by b' in statuses[1].reason
    assert arbiter.expire(10.5) == []
    assert states(arbiter.expire(11.0)) == [('b', S.DONE)]


@pytest.mark.parametrize('key', ['', 'a'])
def test_cancel(key) -> None:
    arbiter = InstructionArbiter()
    arbiter.submit(instruct('a'), 0.0)
    assert states(arbiter.submit(cancel(key), 1.0)) == [('a', S.CANCELLED)]
    assert arbiter.active is None


def test_a_cancel_without_its_instruction_is_rejected() -> None:
    arbiter = InstructionArbiter()
    arbiter.submit(instruct('a'), 0.0)
    (refused,) = arbiter.submit(cancel('b'), 1.0)
    assert refused.state is S.REJECTED
    assert 'b is not in force' in refused.reason
    assert arbiter.active == instruct('a')


def test_a_cancel_while_nothing_is_active_says_so() -> None:
    (refused,) = InstructionArbiter().submit(cancel(''), 1.0)
    assert (refused.state, refused.reason) == (S.REJECTED, 'no instruction is active')
    assert status_text(refused) == 'rejected, no instruction is active'


def test_a_cancelled_instruction_is_logged_with_the_word_once() -> None:
    arbiter = InstructionArbiter()
    arbiter.submit(instruct('a'), 0.0)
    (ended,) = arbiter.submit(cancel('a'), 1.0)
    assert status_text(ended) == 'a: cancelled'


def test_an_id_is_used_once() -> None:
    arbiter = InstructionArbiter()
    arbiter.submit(instruct('a'), 0.0)
    statuses = arbiter.submit(instruct('a', 'go faster'), 1.0)
    assert states(statuses) == [('a', S.RECEIVED), ('a', S.REJECTED)]
    assert arbiter.active == instruct('a')


def test_without_a_time_out_it_lasts() -> None:
    arbiter = InstructionArbiter(10.0)
    arbiter.submit(instruct('a'), 0.0, duration_s=0.0)
    assert arbiter.expire(1e6) == []
    assert states(arbiter.begin_new_episode(0.0)) == [('a', S.CANCELLED)]


def test_ids_are_given_where_there_is_none() -> None:
    arbiter = InstructionArbiter()
    first, second = arbiter.name(instruct('')), arbiter.name(instruct(''))
    assert first.id
    assert first.id != second.id
    assert arbiter.name(instruct('mine')).id == 'mine'
    assert arbiter.name(cancel()).id == ''


@given(
    st.lists(
        st.tuples(st.sampled_from('abc'), st.sampled_from(['give', 'cancel', 'plan', 'drive'])),
        max_size=30,
    )
)
def test_every_accepted_instruction_ends_once_and_only_one_is_in_force(events) -> None:
    arbiter, statuses = InstructionArbiter(3.0), []
    for t_s, (key, event) in enumerate(events):
        statuses += arbiter.expire(float(t_s))
        if event == 'give':
            statuses += arbiter.submit(instruct(f'{key}{t_s}'), float(t_s))
        elif event == 'cancel':
            statuses += arbiter.submit(cancel(), float(t_s))
        elif event == 'drive':
            statuses += arbiter.observe(observe(float(t_s)))
        elif event == 'plan' and arbiter.active is not None:
            statuses += arbiter.note_plan(plan_of(arbiter.active.id), float(t_s))
    statuses += arbiter.expire(1e9)
    accepted = [s.id for s in statuses if s.state is S.ACCEPTED]
    ended = [s.id for s in statuses if s.state in (S.DONE, S.CANCELLED, S.NOT_FOLLOWED)]
    assert accepted == ended
    assert arbiter.active is None
    assert arbiter.max_speed_mps == math.inf
