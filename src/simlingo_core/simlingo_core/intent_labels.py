# SPDX-License-Identifier: Apache-2.0
"""One word for what was understood, as files of labelled sentences have it."""

from __future__ import annotations

from simlingo_core.intents import Intent
from simlingo_core.languages import ENGLISH
from simlingo_core.understanding import Understanding

_NO_ORDER = (Intent.UNKNOWN, Intent.SEVERAL, Intent.NEGATED)
CALMING = frozenset({Intent.STOP, Intent.STOP_SAFELY, Intent.EMERGENCY_STOP, Intent.SLOWER})
_CHANGES_NOTHING = frozenset(
    {Intent.CHAT, Intent.QUESTION, Intent.YES, Intent.NO, Intent.CONDITION, *_NO_ORDER}
)


def label_of(found: Understanding) -> str:
    """Return a label, such as ``stop``, ``turn:left:2`` or ``target_speed:30 km/h``.

    A sentence of another language has its code in front (``de:stop``); one that is unsafe or not
    understood has the reason.
    """
    if found.problem and found.intent in _NO_ORDER:
        return f'problem: {found.problem}'
    if found.unsafe:
        return found.unsafe
    label = found.intent.value
    if found.turn is not None:
        label = f'turn:{found.turn.direction.value}:{found.turn.ordinal}'
    elif found.speed_mps is not None:
        label = f'target_speed:{round(3.6 * found.speed_mps, 1):g} km/h'
    return label if found.language == ENGLISH else f'{found.language}:{label}'


def may_do_harm(found: Understanding, highest_mps: float) -> bool:
    """Whether a sentence would be driven by, and neither calms nor only talks.

    Args:
        found: what was understood of it.
        highest_mps: the planner refuses target speeds above.
    """
    if found.unsafe or found.problem or found.strange:
        return False
    if found.speed_mps is not None and found.speed_mps > highest_mps:
        return False
    return found.intent not in CALMING | _CHANGES_NOTHING
