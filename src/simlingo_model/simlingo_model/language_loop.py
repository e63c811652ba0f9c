# SPDX-License-Identifier: Apache-2.0
"""Language beside the action loop: one thread that speaks about the newest frame."""

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
    """Holds one thing; putting replaces it, taking waits for it.  For any number of threads."""

    def __init__(self) -> None:
        self._condition = threading.Condition()
        self._item: ItemT | None = None
        self._is_closed = False

    def put(self, item: ItemT) -> None:
        """Replace what is in the slot."""
        with self._condition:
            self._item = item
            self._condition.notify()

    def take(self, timeout_s: float | None = None) -> ItemT | None:
        """Empty the slot; None after ``timeout_s`` or once it is closed."""
        with self._condition:
            self._condition.wait_for(
                lambda: self._item is not None or self._is_closed, timeout=timeout_s
            )
            item, self._item = self._item, None
            return None if self._is_closed else item

    def close(self) -> None:
        """Wake everybody up with nothing."""
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
    """Where words go; called in the language thread.

    Attributes:
        on_commentary: each time a commentary grows, and once when it is done.
        on_answer: question id and the text so far.
        on_error: question id (empty for commentary) and what went wrong.
    """

    on_commentary: Callable[[Commentary], None]
    on_answer: Callable[[str, Commentary], None]
    on_error: Callable[[str, SimlingoError], None]


class LanguageLoop:
    """Comments on the newest frame, again and again; questions come first.

    Args:
        policy: speaks.
        callbacks: listen.
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
        """Begin to listen."""
        self._thread.start()

    def offer(self, observation: Observation) -> None:
        """Hand over the newest frame; never waits."""
        self._frames.put(observation)

    def ask(self, question: Question) -> None:
        """Hand over a question; never waits."""
        self._questions.put(question)

    def close(self) -> None:
        """Stop within one token and wait for the thread."""
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

        def tell(said: Commentary) -> None:
            self._callbacks.on_answer(question.id, said)

        try:
            pieces = self._policy.answer(observation, question.text)
            self._tell(observation, pieces, tell, stops_for_question=False)
        except SimlingoError as error:
            self._callbacks.on_error(question.id, error)
        return True

    def _comment(self, observation: Observation) -> None:
        try:
            pieces = self._policy.describe(observation)
            self._tell(observation, pieces, self._callbacks.on_commentary, stops_for_question=True)
        except SimlingoError as error:
            self._callbacks.on_error('', error)

    def _tell(
        self,
        observation: Observation,
        pieces: Iterator[str],
        tell: Callable[[Commentary], None],
        *,
        stops_for_question: bool,
    ) -> None:
        text = ''
        for piece in pieces:
            if self._is_closed.is_set() or (stops_for_question and not self._questions.empty()):
                return
            text += piece
            tell(Commentary(t_s=observation.t_s, text=text, is_growing=True))
        tell(Commentary(t_s=observation.t_s, text=text, is_growing=False))
