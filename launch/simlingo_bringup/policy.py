# SPDX-License-Identifier: Apache-2.0
"""What the supervisor does when a node has ended, as a function without side effects."""

from __future__ import annotations

import signal
from dataclasses import dataclass
from enum import Enum, auto

from simlingo_bringup.specification import Restart

REFUSED = 2
CRASH_SIGNALS = frozenset(
    {signal.SIGSEGV, signal.SIGBUS, signal.SIGFPE, signal.SIGILL, signal.SIGABRT, signal.SIGSYS}
)
RESTART_LIMIT = 3
RESTART_WINDOW_S = 60.0
RESTART_DELAY_S = 0.5


class Verdict(Enum):
    """What to do next."""

    RESTART = auto()
    GO_ON = auto()
    STOP_DONE = auto()
    STOP_FAILED = auto()


@dataclass(frozen=True)
class Judgement:
    """A verdict and its explanation."""

    verdict: Verdict
    explanation: str


def judge_exit(code: int, *, restart: Restart, required: bool, recent_restarts: int) -> Judgement:
    """Judge the end of a node while the graph should run.

    Args:
        code: exit code, negative for the number of a signal.
        restart: policy of the node.
        required: whether the graph must stop without it.
        recent_restarts: how often it was restarted within ``RESTART_WINDOW_S``.
    """
    how = describe_exit(code)
    if code == 0:
        verdict = Verdict.STOP_DONE if required else Verdict.GO_ON
        return Judgement(verdict, how)
    if restart is Restart.ON_FAILURE and code != REFUSED:
        if recent_restarts < RESTART_LIMIT:
            return Judgement(Verdict.RESTART, f'{how}; starting it again')
        how = f'{how} after {recent_restarts} restarts within {RESTART_WINDOW_S:.0f} s'
    if required:
        return Judgement(Verdict.STOP_FAILED, f'{how}; the graph cannot run without it')
    return Judgement(Verdict.GO_ON, f'{how}; going on without it')


def describe_exit(code: int) -> str:
    """Return how a process ended, as a phrase."""
    if code == 0:
        return 'has finished'
    if code == REFUSED:
        return 'refused its settings (exit code 2, see its last lines)'
    if code > 0:
        return f'failed (exit code {code}, see its last lines)'
    try:
        name = signal.Signals(-code).name
    except ValueError:
        name = f'signal {-code}'
    if has_crashed(code):
        return f'crashed with {name} (its last lines hold the Python stack)'
    return f'was ended by {name}'


def has_crashed(code: int) -> bool:
    """Tell whether an exit code is that of a fault of the process itself, such as SIGSEGV."""
    return -code in CRASH_SIGNALS
