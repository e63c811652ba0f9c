# SPDX-License-Identifier: Apache-2.0
"""What is done with what was heard: an instruction, a question back, or nothing."""

from __future__ import annotations

from dataclasses import dataclass

from simlingo_core.intents import Intent
from simlingo_core.types import InstructionKind
from simlingo_core.understanding import Understanding, understand
from simlingo_voice.heard import Heard
from simlingo_voice.homophones import as_meant

REPEAT_WITHIN_S = 8.0
REPEAT_CONFIDENCE = 0.35
_CAREFUL = (Intent.STOP, Intent.STOP_SAFELY, Intent.EMERGENCY_STOP, Intent.SLOWER)
_NOT_CLEAR = (Intent.UNKNOWN, Intent.NEGATED, Intent.CONDITION, Intent.SEVERAL)


SURE = 0.75
FREE_CONFIDENCE = 0.6
OTHERS_SHARE = 0.9
# A stop in vain is better than none; of noise nobody reads "emergency stop".
EMERGENCY_CONFIDENCE = 0.1


@dataclass(frozen=True, kw_only=True)
class DialogueLimits:
    """How sure the recogniser must be.

    Attributes:
        confidence: of an order.
        careful_confidence: of *stop* and *slower*, which do no harm when misheard.
    """

    confidence: float = 0.5
    careful_confidence: float = 0.25


@dataclass(frozen=True, kw_only=True)
class Turnout:
    """What comes of an utterance.

    Attributes:
        text: of the instruction to send; empty: none is sent.
        kind: of the instruction.
        reply: to be spoken at once; empty: nothing.
        note: why, for logs.
    """

    text: str = ''
    kind: InstructionKind = InstructionKind.INSTRUCT
    reply: str = ''
    note: str = ''


class Dialogue:
    """Judges utterances one after the other.

    Args:
        limits: how sure the recogniser must be.
        wake_word: with which every utterance must begin; empty: none.
    """

    def __init__(self, limits: DialogueLimits | None = None, wake_word: str = '') -> None:
        self._limits = limits or DialogueLimits()
        self._wake_word = wake_word.lower().strip()
        self._unsure: tuple[Understanding, float] | None = None

    def take(self, heard: Heard, t_s: float) -> Turnout:
        """Return what comes of an utterance.

        Args:
            heard: of the recogniser.
            t_s: now.
        """
        heard = _in_words_of_driving(heard)
        text = heard.text
        if not text:
            return Turnout(note='nothing was recognised')
        if self._wake_word:
            if not text.lower().startswith(self._wake_word):
                return Turnout(note=f'without the wake word: {text!r}')
            text = text[len(self._wake_word) :].strip(' ,')
            if not text:
                return Turnout(reply='Yes?', note='only the wake word')
        heard = _better_reading(heard, text)
        text = heard.text
        asked = understand(text)
        others = heard.others if heard.confidence < SURE else ()
        for words in (text, heard.other_text, *others):
            if unsafe := understand(words).unsafe:
                return Turnout(
                    reply=f'I will not do that: {unsafe.partition(": ")[2]}.',
                    note=f'{words!r} is {unsafe}',
                )
        if asked.intent is Intent.QUESTION:
            return Turnout(text=text, kind=InstructionKind.ASK, note='a question')
        if self._is_sure(asked, heard, t_s):
            return Turnout(text=text, note=f'{text!r}, confidence {heard.confidence:.2f}')
        if asked.intent in _NOT_CLEAR:
            return Turnout(reply='I did not understand that.', note=f'not understood: {text!r}')
        return Turnout(
            reply=f'Did you say {text}? Please say it again.',
            note=f'unsure of {text!r}: confidence {heard.confidence:.2f}',
        )

    def _is_sure(self, asked: Understanding, heard: Heard, t_s: float) -> bool:
        """Whether it counts; what is repeated within a short time needs less."""
        is_careful = asked.intent in _CAREFUL
        limits = self._limits
        needed = limits.careful_confidence if is_careful else limits.confidence
        if asked.intent is Intent.EMERGENCY_STOP:
            needed = min(needed, EMERGENCY_CONFIDENCE)
        unsure, self._unsure = self._unsure, None
        if asked.intent in _NOT_CLEAR:
            return False
        if heard.confidence >= needed:
            return True
        if heard.confidence >= REPEAT_CONFIDENCE:
            if unsure is not None and t_s - unsure[1] <= REPEAT_WITHIN_S and unsure[0] == asked:
                return True
            self._unsure = asked, t_s
        return False


def _in_words_of_driving(heard: Heard) -> Heard:
    return Heard(
        as_meant(heard.text),
        heard.confidence,
        as_meant(heard.other_text),
        tuple(as_meant(text) for text in heard.others),
    )


def _better_reading(heard: Heard, text: str) -> Heard:
    """Return another reading where it is a clear order, and this one is none or too unsure.

    A grammar has no words for what people say otherwise, and bends it into one of its own
    sentences; the free model, which knows of no orders, makes none by chance.  Of the further
    readings of a free model the first clear order counts where the best reading is none.
    """
    if heard.confidence < SURE and _is_clear(heard.other_text):
        confidence = max(heard.confidence, FREE_CONFIDENCE)
        return Heard(heard.other_text, confidence, others=heard.others)
    best = understand(text)
    # Beside strange words an order is doubtful; only a sure ear may have got a single word wrong.
    is_slip = bool(best.strange) and heard.confidence >= SURE
    if best.intent is Intent.UNKNOWN or (is_slip and not best.unsafe):
        for other in heard.others:
            if _is_clear(other):
                return Heard(other, OTHERS_SHARE * heard.confidence, text, heard.others)
    return Heard(text, heard.confidence, heard.other_text, heard.others)


def _is_clear(text: str) -> bool:
    asked = understand(text)
    is_order = asked.kind is not None or asked.turn is not None or asked.intent is Intent.GO_ON
    return is_order and not (asked.unsafe or asked.problem or asked.strange)
