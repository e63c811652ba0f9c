# SPDX-License-Identifier: Apache-2.0
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simlingo_core.status import InstructionState
from simlingo_core.types import Instruction, InstructionKind
from simlingo_planner.arbiter import InstructionArbiter

S = InstructionState


def instruct(key: str, text: str = 'drive more slowly') -> Instruction:
    return Instruction(id=key, text=text)


def cancel(key: str = '') -> Instruction:
    return Instruction(id=key, text='', kind=InstructionKind.CANCEL)


def states(statuses) -> list[tuple[str, InstructionState]]:
    return [(status.id, status.state) for status in statuses]


def test_a_whole_life() -> None:
    arbiter = InstructionArbiter(10.0)
    assert states(arbiter.submit(instruct('a'), 5.0)) == [('a', S.RECEIVED), ('a', S.ACCEPTED)]
    assert arbiter.current == instruct('a')
    assert arbiter.note_plan('', 5.1) == []
    (active,) = arbiter.note_plan('a', 5.2, 'Slowing down.')
    assert (active.state, active.spoken_reply, active.t_s) == (S.ACTIVE, 'Slowing down.', 5.2)
    assert arbiter.note_plan('a', 5.4) == []
    assert arbiter.expire(14.9) == []
    assert arbiter.elapsed_s(14.9) == pytest.approx(9.9)
    assert states(arbiter.expire(15.0)) == [('a', S.DONE)]
    assert arbiter.current is None
    assert arbiter.expire(99.0) == []


def test_the_newest_replaces() -> None:
    arbiter = InstructionArbiter()
    arbiter.submit(instruct('a'), 0.0)
    said = arbiter.submit(instruct('b'), 1.0)
    assert states(said) == [('b', S.RECEIVED), ('a', S.CANCELLED), ('b', S.ACCEPTED)]
    assert 'replaced by b' in said[1].reason
    assert arbiter.expire(10.5) == []
    assert states(arbiter.expire(11.0)) == [('b', S.DONE)]


@pytest.mark.parametrize('key', ['', 'a'])
def test_cancel(key) -> None:
    arbiter = InstructionArbiter()
    arbiter.submit(instruct('a'), 0.0)
    assert states(arbiter.submit(cancel(key), 1.0)) == [('a', S.CANCELLED)]
    assert arbiter.current is None


def test_nothing_to_cancel_is_said() -> None:
    arbiter = InstructionArbiter()
    arbiter.submit(instruct('a'), 0.0)
    (refused,) = arbiter.submit(cancel('b'), 1.0)
    assert refused.state is S.REJECTED
    assert 'b is not in force' in refused.reason
    assert arbiter.current == instruct('a')


def test_an_id_is_used_once() -> None:
    arbiter = InstructionArbiter()
    arbiter.submit(instruct('a'), 0.0)
    said = arbiter.submit(instruct('a', 'something else'), 1.0)
    assert states(said) == [('a', S.RECEIVED), ('a', S.REJECTED)]
    assert arbiter.current == instruct('a')


def test_without_a_time_out_it_lasts() -> None:
    arbiter = InstructionArbiter(10.0)
    arbiter.submit(instruct('a'), 0.0, duration_s=0.0)
    assert arbiter.expire(1e6) == []
    assert states(arbiter.begin_new_episode(0.0)) == [('a', S.CANCELLED)]


def test_names_are_given_to_the_nameless() -> None:
    arbiter = InstructionArbiter()
    first, second = arbiter.name(instruct('')), arbiter.name(instruct(''))
    assert first.id
    assert first.id != second.id
    assert arbiter.name(instruct('mine')).id == 'mine'
    assert arbiter.name(cancel()).id == ''


@given(
    st.lists(
        st.tuples(st.sampled_from('abc'), st.sampled_from(['say', 'cancel', 'plan', 'wait'])),
        max_size=30,
    )
)
def test_every_accepted_instruction_ends_once_and_only_one_is_in_force(events) -> None:
    arbiter, said = InstructionArbiter(3.0), []
    for t_s, (key, event) in enumerate(events):
        said += arbiter.expire(float(t_s))
        if event == 'say':
            said += arbiter.submit(instruct(f'{key}{t_s}'), float(t_s))
        elif event == 'cancel':
            said += arbiter.submit(cancel(), float(t_s))
        elif event == 'plan' and arbiter.current is not None:
            said += arbiter.note_plan(arbiter.current.id, float(t_s))
    said += arbiter.expire(1e9)
    accepted = [s.id for s in said if s.state is S.ACCEPTED]
    ended = [s.id for s in said if s.state in (S.DONE, S.CANCELLED)]
    assert accepted == ended
    assert arbiter.current is None
