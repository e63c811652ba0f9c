# SPDX-License-Identifier: Apache-2.0
"""Rate and age of inputs, without ROS and without a clock."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum

from simlingo_core.checks import finite_number
from simlingo_core.errors import ConfigError


class Level(IntEnum):
    """Severity, numbered as in diagnostic_msgs/DiagnosticStatus."""

    OK = 0
    WARN = 1
    ERROR = 2
    STALE = 3


@dataclass(frozen=True, kw_only=True)
class Status:
    """One line of diagnostics.

    Attributes:
        level: severity.
        message: one phrase.
        values: further values by name; names have a unit.
    """

    level: Level
    message: str
    values: Mapping[str, object] = field(default_factory=dict)


class RateMonitor:
    """Monitors the rate of arrivals and the age of the data.

    Args:
        expected_hz: expected rate.
        window_s: time over which rates are averaged.
        lowest_share: share of the expected rate below which it is a warning.
        silence_limit_s: time without an arrival after which it is stale.
        age_limit_s: age on arrival above which it is a warning; None: no limit.
    """

    def __init__(
        self,
        expected_hz: float,
        *,
        window_s: float = 2.0,
        lowest_share: float = 0.8,
        silence_limit_s: float = 1.0,
        age_limit_s: float | None = None,
    ) -> None:
        if not expected_hz > 0.0 or not window_s > 0.0:
            raise ConfigError(
                f'expected_hz is {expected_hz}, window_s {window_s}; expected positive numbers'
            )
        self.expected_hz = expected_hz
        self._window_s = window_s
        self._lowest_share = lowest_share
        self._silence_limit_s = silence_limit_s
        self._age_limit_s = age_limit_s
        self._arrivals_s: deque[float] = deque()
        self._first_s: float | None = None
        self._age_s = 0.0

    def record(self, now_s: float, age_s: float = 0.0) -> None:
        """Record an arrival.

        Args:
            now_s: time of a monotonic clock.
            age_s: age of the data on arrival.
        """
        if self._first_s is None:
            self._first_s = now_s
        self._arrivals_s.append(now_s)
        self._age_s = finite_number('age_s', age_s)
        self._forget(now_s)

    def rate_hz(self, now_s: float) -> float:
        """Return the rate over the window, or since the first arrival where that is shorter."""
        self._forget(now_s)
        if self._first_s is None or not self._arrivals_s:
            return 0.0
        if now_s - self._first_s >= self._window_s:
            return len(self._arrivals_s) / self._window_s
        elapsed_s = self._arrivals_s[-1] - self._arrivals_s[0]
        return (len(self._arrivals_s) - 1) / elapsed_s if elapsed_s > 0.0 else self.expected_hz

    def evaluate(self, now_s: float) -> Status:
        """Return the health at this moment."""
        rate_hz = self.rate_hz(now_s)
        values = {
            'rate_hz': round(rate_hz, 2),
            'expected_hz': self.expected_hz,
            'age_s': round(self._age_s, 4),
        }
        if self._first_s is None:
            return Status(level=Level.STALE, message='nothing has arrived yet', values=values)
        silence_s = now_s - (self._arrivals_s[-1] if self._arrivals_s else self._last_s)
        if silence_s > self._silence_limit_s:
            message = f'nothing for {silence_s:.1f} s; expected {self.expected_hz:g} Hz'
            return Status(level=Level.STALE, message=message, values=values)
        if self._age_limit_s is not None and self._age_s > self._age_limit_s:
            message = (
                f'{self._age_s:.3f} s old on arrival; expected {self._age_limit_s:g} s at most'
            )
            return Status(level=Level.WARN, message=message, values=values)
        if rate_hz < self._lowest_share * self.expected_hz:
            message = f'{rate_hz:.1f} Hz; expected {self.expected_hz:g} Hz'
            return Status(level=Level.WARN, message=message, values=values)
        return Status(level=Level.OK, message=f'{rate_hz:.1f} Hz', values=values)

    def _forget(self, now_s: float) -> None:
        """Drop arrivals that left the window, except the last."""
        if self._arrivals_s:
            self._last_s = self._arrivals_s[-1]
        while self._arrivals_s and now_s - self._arrivals_s[0] > self._window_s:
            self._arrivals_s.popleft()
