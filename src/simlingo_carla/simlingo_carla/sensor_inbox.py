# SPDX-License-Identifier: Apache-2.0
"""Waits for the reading of one frame; CARLA's sensors call back from another thread."""

from __future__ import annotations

import queue
import time
from typing import Any

from simlingo_core.errors import WorldError


class SensorInbox:
    """The readings of one sensor.

    Args:
        name: of the sensor, for errors.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self._readings: queue.Queue[Any] = queue.Queue()

    def put(self, reading: Any) -> None:
        """Take a reading; called by the client's thread."""
        self._readings.put(reading)

    def wait(self, frame: int, timeout_s: float) -> Any:
        """Return the reading of a frame; older ones are dropped.

        Args:
            frame: number that ``world.tick`` returned.
            timeout_s: for how long to wait.

        Raises:
            WorldError: it did not come in time, or the sensor left it out; the message says which
                frame was the newest.
        """
        end_s, newest = time.monotonic() + timeout_s, None
        while True:
            try:
                left_s = max(end_s - time.monotonic(), 0.0)
                reading = self._readings.get(timeout=left_s)
            except queue.Empty:
                seen = 'it has given nothing' if newest is None else f'its newest is {newest}'
                raise WorldError(
                    f'the sensor {self.name} gave no reading of frame {frame} within '
                    f'{timeout_s:g} s ({seen}); expected one each tick'
                ) from None
            newest = reading.frame
            if newest == frame:
                return reading
            if newest > frame:
                raise WorldError(
                    f'the sensor {self.name} left out frame {frame} (the next is {newest}); '
                    'expected one reading each tick: does another client tick the server, too?'
                )

    def take_all(self) -> list[Any]:
        """Return the readings so far; for sensors that call back only when something happens."""
        readings = []
        while True:
            try:
                readings.append(self._readings.get_nowait())
            except queue.Empty:
                return readings
