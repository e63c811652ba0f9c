# SPDX-License-Identifier: Apache-2.0
"""Text that grows token by token and can be ended from another thread."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from enum import Enum

from simlingo_model.tokenizer import TextDecoder

_REPLACEMENT = '\ufffd'
_ANSWER_PREFIX = 'A: '
_ACTION_SUFFIX = ' Waypoints:'


class StreamKind(Enum):
    """What is being said."""

    COMMENTARY = 'commentary'
    ANSWER = 'answer'


class Ticket:
    """The right to go on speaking."""

    def __init__(self) -> None:
        self._cancelled = threading.Event()

    def cancel(self) -> None:
        """Take it away."""
        self._cancelled.set()

    @property
    def is_cancelled(self) -> bool:
        """Whether it was taken away."""
        return self._cancelled.is_set()


class StreamRegistry:
    """Who is speaking: anything new ends commentary, only a cancel ends an answer."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._tickets: dict[StreamKind, list[Ticket]] = {kind: [] for kind in StreamKind}

    def open(self, kind: StreamKind) -> Ticket:
        """Return a new ticket and end running commentary."""
        ticket = Ticket()
        with self._lock:
            self._cancel(StreamKind.COMMENTARY)
            self._tickets[kind].append(ticket)
        return ticket

    def cancel_all(self) -> None:
        """End everything."""
        with self._lock:
            for kind in StreamKind:
                self._cancel(kind)

    def _cancel(self, kind: StreamKind) -> None:
        for ticket in self._tickets[kind]:
            ticket.cancel()
        self._tickets[kind].clear()


class LanguageStream(Iterator[str]):
    """Pieces of text as the network says them; the frame words around them are left out.

    Args:
        tokens: starts the generation; called when the first piece is asked for.
        decoder: ids to text.
        end_id: not part of the text.
        ticket: asked before every token.
    """

    def __init__(
        self,
        tokens: Callable[[], Iterator[int]],
        decoder: TextDecoder,
        end_id: int,
        ticket: Ticket,
    ) -> None:
        self._decoder = decoder
        self._end_id = end_id
        self._ticket = ticket
        self._pieces = self._run(tokens)

    @property
    def was_cancelled(self) -> bool:
        """Whether somebody ended it before it had said everything."""
        return self._ticket.is_cancelled

    def __next__(self) -> str:
        """Return the next piece."""
        return next(self._pieces)

    def close(self) -> None:
        """End it."""
        self._ticket.cancel()

    def _run(self, tokens: Callable[[], Iterator[int]]) -> Iterator[str]:
        if self._ticket.is_cancelled:
            return
        ids: list[int] = []
        told = ''
        for token in tokens():
            if self._ticket.is_cancelled:
                return
            if token == self._end_id:
                break
            ids.append(token)
            text = _settled(self._decoder.decode(ids))
            if len(text) > len(told):
                yield text[len(told) :]
                told = text
        text = _finished(self._decoder.decode(ids))
        if len(text) > len(told) and not self._ticket.is_cancelled:
            yield text[len(told) :]


def _settled(text: str) -> str:
    """Return what cannot change any more: no half character, nothing of the closing frame."""
    text = _without_answer_prefix(text)
    text = text.rstrip(_REPLACEMENT)
    for length in range(len(_ACTION_SUFFIX), 0, -1):
        if text.endswith(_ACTION_SUFFIX[:length]):
            return text[:-length]
    return text


def _finished(text: str) -> str:
    return _without_answer_prefix(text).removesuffix(_ACTION_SUFFIX).rstrip()


def _without_answer_prefix(text: str) -> str:
    return '' if _ANSWER_PREFIX.startswith(text) else text.removeprefix(_ANSWER_PREFIX)
