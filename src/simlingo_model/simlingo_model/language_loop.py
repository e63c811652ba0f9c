# SPDX-License-Identifier: Apache-2.0
"""Language beside the action loop: one thread that comments on frames and answers questions."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Generic, TypeVar

from simlingo_core.errors import SimlingoError
from simlingo_core.protocols import LanguagePolicy
from simlingo_core.types import Commentary, Observation

ItemT = TypeVar('ItemT')


class NewestSlot(Generic[ItemT]):
    """Holds the newest item; ``put`` replaces it, ``take`` waits for one.  Thread-safe."""

    def __init__(self) -> None:
        self._condition = threading.Condition()
        self._item: ItemT | None = None
        self._is_closed = False

    def put(self, item: ItemT) -> None:
        """Replace the item."""
        with self._condition:
            self._item = item
            self._condition.notify()

    def take(self, timeout_s: float | None = None) -> ItemT | None:
        """Remove and return the item; None after ``timeout_s`` or once the slot is closed."""
        with self._condition:
            self._condition.wait_for(
                lambda: self._item is not None or self._is_closed, timeout=timeout_s
            )
            item, self._item = self._item, None
            return None if self._is_closed else item

    def close(self) -> None:
        """End all waiting ``take`` calls, which return None."""
        with self._condition:
            self._is_closed = True
            self._condition.notify_all()


@dataclass(frozen=True, kw_only=True)
class Question:
    """A question about one frame."""

    id: str
    text: str
    observation: Observation


@dataclass(frozen=True, kw_only=True)
class LanguageCallbacks:
    """Receivers of text, called in the language thread.

    Attributes:
        on_commentary: gets a commentary each time it grows, and once when it is complete.
        on_answer: gets the question id and the answer so far.
        on_error: gets the question id (empty for commentary) and the error.
    """

    on_commentary: Callable[[Commentary], None]
    on_answer: Callable[[str, Commentary], None]
    on_error: Callable[[str, SimlingoError], None]


class LanguageLoop:
    """Comments on the newest frame, again and again; questions come first.

    Args:
        policy: generates the text.
        callbacks: receive it.
        comments: False: only questions are answered.
    """

    _WAKE_PERIOD_S = 0.05

    def __init__(
        self, policy: LanguagePolicy, callbacks: LanguageCallbacks, *, comments: bool = True
    ) -> None:
        self._policy = policy
        self._callbacks = callbacks
        self._comments = comments
        self._frames: NewestSlot[Observation] = NewestSlot()
        self._questions: queue.SimpleQueue[Question] = queue.SimpleQueue()
        self._is_closed = threading.Event()
        self._thread = threading.Thread(target=self._run, name='language', daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def offer(self, observation: Observation) -> None:
        """Offer a newer frame to comment on; returns at once."""
        self._frames.put(observation)

    def ask(self, question: Question) -> None:
        """Queue a question; returns at once."""
        self._questions.put(question)

    def close(self) -> None:
        """End the thread within one token and wait for it."""
        self._is_closed.set()
        self._frames.close()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        while not self._is_closed.is_set():
            if self._answer_questions():
                continue
            observation = self._frames.take(self._WAKE_PERIOD_S)
            if observation is not None and self._comments:
                self._comment(observation)

    def _answer_questions(self) -> bool:
        try:
            question = self._questions.get_nowait()
        except queue.Empty:
            return False
        observation = question.observation

        def send(answer: Commentary) -> None:
            self._callbacks.on_answer(question.id, answer)

        try:
            pieces = self._policy.answer(observation, question.text)
            self._send_pieces(observation, pieces, send, stops_for_question=False)
        except SimlingoError as error:
            self._callbacks.on_error(question.id, error)
        return True

    def _comment(self, observation: Observation) -> None:
        try:
            pieces = self._policy.describe(observation)
            send = self._callbacks.on_commentary
            self._send_pieces(observation, pieces, send, stops_for_question=True)
        except SimlingoError as error:
            self._callbacks.on_error('', error)

    def _send_pieces(
        self,
        observation: Observation,
        pieces: Iterator[str],
        send: Callable[[Commentary], None],
        *,
        stops_for_question: bool,
    ) -> None:
        text = ''
        for piece in pieces:
            if self._is_closed.is_set() or (stops_for_question and not self._questions.empty()):
                return
            text += piece
            send(Commentary(t_s=observation.t_s, text=text, is_growing=True))
        send(Commentary(t_s=observation.t_s, text=text, is_growing=False))
