# SPDX-License-Identifier: Apache-2.0
"""Pushes of the steering during collection."""

from __future__ import annotations

import numpy as np

from simlingo_core.frame import TICK_PERIOD_S
from simlingo_core.types import VehicleCommand


class Disturbance:
    """Pushes the steering now and then, so that the data show how to come back to the lane.

    The labels are the expert's intent, never the pushed command.
    """

    def __init__(self, rng: np.random.Generator) -> None:
        self._rng = rng
        self._wait_ticks = self._draw_wait()
        self._push, self._push_ticks = 0.0, 0

    def apply(self, command: VehicleCommand, speed_mps: float, *, is_calm: bool) -> VehicleCommand:
        """Return the command that the car gets."""
        if self._push_ticks > 0:
            self._push_ticks -= 1
            steer = float(np.clip(command.steer + self._push, -1.0, 1.0))
            return VehicleCommand(steer=steer, throttle=command.throttle, brake=command.brake)
        self._wait_ticks -= 1
        if self._wait_ticks <= 0 and is_calm and speed_mps > 2.0:
            self._push = float(self._rng.choice([-1.0, 1.0]) * self._rng.uniform(0.06, 0.22))
            self._push_ticks = int(self._rng.integers(6, 16))
            self._wait_ticks = self._draw_wait()
        return command

    def _draw_wait(self) -> int:
        return int(self._rng.uniform(2.0, 8.0) / TICK_PERIOD_S)
