# SPDX-License-Identifier: Apache-2.0
import threading
import time
from collections.abc import Iterator

import pytest

from simlingo_core.errors import ContractError
from simlingo_model.language_loop import LanguageCallbacks, LanguageLoop, NewestSlot, Question
from simlingo_model.language_stream import LanguageStream, StreamKind, StreamRegistry


class FixedTextPolicy:
    """A policy that generates a fixed text."""

    name = 'fixed_text'

    def __init__(self, delay_s: float = 0.0) -> None:
        self.delay_s = delay_s

    def reset(self) -> None:
        pass

    def plan(self, observation, instruction=None):
        raise NotImplementedError

    def describe(self, observation) -> Iterator[str]:
        for word in ('The ', 'road ', 'is ', 'clear.'):
            time.sleep(self.delay_s)
            yield word

    def answer(self, observation, question) -> Iterator[str]:
        if not question:
            raise ContractError('the text is empty')
        yield 'Because.'


class Receiver:
    def __init__(self) -> None:
        self.commentaries: list = []
        self.answers: list = []
        self.errors: list = []
        self.received = threading.Event()
        self.callbacks = LanguageCallbacks(
            on_commentary=self._take(self.commentaries),
            on_answer=lambda i, answer: self._take(self.answers)((i, answer)),
            on_error=lambda i, error: self._take(self.errors)((i, error)),
        )

    def _take(self, where):
        def take(item):
            where.append(item)
            self.received.set()

        return take


@pytest.fixture
def receiver():
    return Receiver()


def wait_until(condition, timeout_s=20.0):
    end = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < end, 'timeout'
        time.sleep(0.005)


def test_slot_keeps_only_the_newest():
    slot: NewestSlot[int] = NewestSlot()
    for i in range(5):
        slot.put(i)
    assert slot.take() == 4
    assert slot.take(0.01) is None


def test_closing_ends_a_waiting_take():
    slot: NewestSlot[int] = NewestSlot()
    taken: list = []
    waiter = threading.Thread(target=lambda: taken.append(slot.take()))
    waiter.start()
    slot.close()
    waiter.join(10.0)
    assert taken == [None]


def test_commentary_grows_and_ends(receiver, observation):
    loop = LanguageLoop(FixedTextPolicy(), receiver.callbacks)
    loop.start()
    loop.offer(observation)
    wait_until(lambda: receiver.commentaries and not receiver.commentaries[-1].is_growing)
    loop.close()
    texts = [c.text for c in receiver.commentaries]
    assert texts == [
        'The ',
        'The road ',
        'The road is ',
        'The road is clear.',
        'The road is clear.',
    ]
    assert {c.t_s for c in receiver.commentaries} == {observation.t_s}


def test_a_question_comes_first(receiver, observation):
    loop = LanguageLoop(FixedTextPolicy(delay_s=0.1), receiver.callbacks)
    loop.start()
    loop.offer(observation)
    wait_until(lambda: receiver.commentaries)
    loop.ask(Question(id='q', text='Why?', observation=observation))
    wait_until(lambda: receiver.answers)
    loop.close()
    assert receiver.answers[0][0] == 'q'
    assert receiver.answers[-1][1].text == 'Because.'
    assert all(c.is_growing for c in receiver.commentaries)


def test_errors_are_reported_and_the_loop_goes_on(receiver, observation):
    loop = LanguageLoop(FixedTextPolicy(), receiver.callbacks)
    loop.start()
    loop.ask(Question(id='bad', text='', observation=observation))
    wait_until(lambda: receiver.errors)
    loop.ask(Question(id='good', text='Why?', observation=observation))
    wait_until(lambda: receiver.answers)
    loop.close()
    assert receiver.errors[0][0] == 'bad'


def test_without_commentary_only_questions_are_answered(receiver, observation):
    loop = LanguageLoop(FixedTextPolicy(), receiver.callbacks, comments=False)
    loop.start()
    loop.offer(observation)
    loop.ask(Question(id='q', text='Why?', observation=observation))
    wait_until(lambda: receiver.answers)
    loop.close()
    assert receiver.commentaries == []


class Bytes:
    def decode(self, ids):
        return bytes(ids).decode('utf-8', errors='replace')


def stream_of(text: str, kind=StreamKind.ANSWER):
    ids = list(text.encode())
    return LanguageStream(lambda: iter([*ids, 0]), Bytes(), 0, StreamRegistry().open(kind))


@pytest.mark.parametrize(
    ('generated', 'text'),
    [
        ('A: It is red.', 'It is red.'),
        ('Stop now. Waypoints:', 'Stop now.'),
        ('Über 你好!', 'Über 你好!'),
        (' Waypoints are text here', ' Waypoints are text here'),
        ('A', ''),
    ],
)
def test_streams_leave_out_the_markers(generated, text):
    pieces = list(stream_of(generated))
    assert ''.join(pieces) == text
    assert all('\ufffd' not in piece for piece in pieces)


def test_a_stream_cancelled_before_it_began_generates_nothing():
    registry = StreamRegistry()
    token = registry.open(StreamKind.COMMENTARY)
    registry.open(StreamKind.ANSWER)

    def never():
        raise AssertionError('nothing may run')

    assert list(LanguageStream(never, Bytes(), 0, token)) == []
