# SPDX-License-Identifier: Apache-2.0
"""Text that is generated token by token and can be cancelled from another thread."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from enum import Enum

from simlingo_model.tokenizer import TextDecoder

_REPLACEMENT = '\ufffd'
_ANSWER_PREFIX = 'A: '
_ACTION_SUFFIX = ' Waypoints:'


class StreamKind(Enum):
    """What kind of text a stream generates."""

    COMMENTARY = 'commentary'
    ANSWER = 'answer'


class CancelToken:
    """Tells a running stream to end."""

    def __init__(self) -> None:
        self._cancelled = threading.Event()

    def cancel(self) -> None:
        """End the stream before its next token."""
        self._cancelled.set()

    @property
    def is_cancelled(self) -> bool:
        """Whether the stream has to end."""
        return self._cancelled.is_set()


class StreamRegistry:
    """The running streams; a new stream ends commentary, only ``cancel_all`` ends an answer."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._tokens: dict[StreamKind, list[CancelToken]] = {kind: [] for kind in StreamKind}

    def open(self, kind: StreamKind) -> CancelToken:
        """Register a new stream, cancel running commentary, return the token of the new one."""
        token = CancelToken()
        with self._lock:
            self._cancel(StreamKind.COMMENTARY)
            self._tokens[kind].append(token)
        return token

    def cancel_all(self) -> None:
        """Cancel all streams."""
        with self._lock:
            for kind in StreamKind:
                self._cancel(kind)

    def _cancel(self, kind: StreamKind) -> None:
        for token in self._tokens[kind]:
            token.cancel()
        self._tokens[kind].clear()


class LanguageStream(Iterator[str]):
    """Pieces of text as they are generated, without the markers ``A:`` and ``Waypoints:``.

    Args:
        generate: starts the generation of token ids; called for the first piece.
        decoder: ids to text.
        end_id: not part of the text.
        token: checked before every token.
    """

    def __init__(
        self,
        generate: Callable[[], Iterator[int]],
        decoder: TextDecoder,
        end_id: int,
        token: CancelToken,
    ) -> None:
        self._decoder = decoder
        self._end_id = end_id
        self._token = token
        self._pieces = self._run(generate)

    @property
    def was_cancelled(self) -> bool:
        """Whether it was cancelled before its end."""
        return self._token.is_cancelled

    def __next__(self) -> str:
        """Return the next piece."""
        return next(self._pieces)

    def close(self) -> None:
        """Cancel it."""
        self._token.cancel()

    def _run(self, generate: Callable[[], Iterator[int]]) -> Iterator[str]:
        if self._token.is_cancelled:
            return
        ids: list[int] = []
        sent = ''
        for token_id in generate():
            if self._token.is_cancelled:
                return
            if token_id == self._end_id:
                break
            ids.append(token_id)
            text = _settled(self._decoder.decode(ids))
            if len(text) > len(sent):
                yield text[len(sent) :]
                sent = text
        text = _finished(self._decoder.decode(ids))
        if len(text) > len(sent) and not self._token.is_cancelled:
            yield text[len(sent) :]


def _settled(text: str) -> str:
    """Return the part that later tokens cannot change: no half character, no part of a marker."""
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
