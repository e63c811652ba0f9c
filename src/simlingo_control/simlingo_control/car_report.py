# SPDX-License-Identifier: Apache-2.0
"""What is reported of the car, and whether it is logged as a warning."""

from __future__ import annotations

from dataclasses import dataclass

from simlingo_control.safety import ControlOutput, is_routine
from simlingo_core.status import SafetyLevel
from simlingo_ros.monitors import Level

_LEVELS = {SafetyLevel.NOMINAL: Level.OK, SafetyLevel.DEGRADED: Level.WARN}


@dataclass(frozen=True)
class CarNews:
    """One report: the line of the diagnostics, and whether it is logged."""

    level: Level
    text: str
    is_new: bool
    is_quiet: bool


class CarReport:
    """Compares each output with the one before.

    Args:
        standing_warning_s: a car that stands for longer is warned of.
    """

    def __init__(self, standing_warning_s: float) -> None:
        self._standing_warning_s = standing_warning_s
        self._last_output: ControlOutput | None = None
        self._has_driven = False

    def take(self, output: ControlOutput, *, has_world: bool) -> CarNews:
        """Return the report of an output.

        Args:
            output: of the control session.
            has_world: whether somebody offers odometry.
        """
        level = _LEVELS.get(output.safety_level, Level.ERROR)
        if output.standing_s > self._standing_warning_s:
            level = max(level, Level.WARN)
        is_new = output.is_news_after(self._last_output, self._standing_warning_s)
        self._last_output = output
        self._has_driven = self._has_driven or output.safety_level in _LEVELS
        is_quiet = level is Level.OK or is_routine(
            output.reasons, has_driven=self._has_driven, has_world=has_world
        )
        return CarNews(level, f'the car {output.explanation}', is_new, is_quiet)
