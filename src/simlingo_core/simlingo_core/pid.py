# SPDX-License-Identifier: Apache-2.0
"""The PID controller of the SimLingo agent: its integral is the mean of a short window."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

from simlingo_core.checks import finite_number
from simlingo_core.errors import ConfigError


@dataclass(frozen=True, kw_only=True)
class PidGains:
    """Gains of a ``PidController``.

    Attributes:
        proportional: gain of the error.
        integral: gain of the mean of the last ``window`` errors.
        derivative: gain of the change of the error since the last step (not divided by time).
        window: number of errors that are kept.
        is_prefilled: the window begins full of zeros (the first change is the error itself and
            the mean rises slowly); otherwise it begins empty (the first change is zero).
    """

    proportional: float
    integral: float = 0.0
    derivative: float = 0.0
    window: int = 20
    is_prefilled: bool = True

    def __post_init__(self) -> None:
        for name in ('proportional', 'integral', 'derivative'):
            finite_number(f'PidGains.{name}', getattr(self, name))
        if self.window < 1:
            raise ConfigError(f'PidGains.window is {self.window}; expected 1 or more')


class PidController:
    """One controller with its state; its gains hold for one period of steps only."""

    def __init__(self, gains: PidGains) -> None:
        self._gains = gains
        self._errors: deque[float] = deque(maxlen=gains.window)
        self.reset()

    def reset(self) -> None:
        """Forget all errors."""
        self._errors.clear()
        if self._gains.is_prefilled:
            self._errors.extend([0.0] * self._gains.window)

    def step(self, error: float) -> float:
        """Take one error and return the output, without limits.

        Raises:
            NonFiniteError: the error is NaN or infinite; the state is unchanged.
        """
        error = finite_number('error', error)
        previous = self._errors[-1] if self._errors else error
        self._errors.append(error)
        gains = self._gains
        return (
            gains.proportional * error
            + gains.integral * sum(self._errors) / len(self._errors)
            + gains.derivative * (error - previous)
        )
