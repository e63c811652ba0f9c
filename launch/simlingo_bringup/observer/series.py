# SPDX-License-Identifier: Apache-2.0
"""What is kept of an episode, as lists over simulation time; written as ``series.json``."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from simlingo_core.errors import ContractError

SERIES_FILE = 'series.json'


@dataclass(kw_only=True)
class Line:
    """One quantity over time: seconds and values of equal length."""

    t_s: list[float] = field(default_factory=list)
    values: list[float] = field(default_factory=list)

    def add(self, t_s: float, value: float) -> None:
        """Append one value."""
        self.t_s.append(round(t_s, 4))
        self.values.append(float(value))

    @property
    def newest(self) -> float:
        """The last value; 0 before the first."""
        return self.values[-1] if self.values else 0.0


@dataclass(kw_only=True)
class EpisodeSeries:
    """All quantities of an episode.

    Attributes:
        speed_mps: of the car.
        steer: command in force, positive left.
        throttle, brake: command in force, 0 to 1.
        plan_age_s: when a command used the plan.
        plan_latency_s: from exposure to the plan's sending, in wall time.
        offset_m: how far the car is to the left of its route.
        events: seconds and text.
        commands: how many were sent.
        plans: how many were made.
        first_t_s, last_t_s: of the odometry.
        instructions: ``id``, ``text``, ``t_s`` and ``states``, a list of ``t_s``, ``state`` and
            ``reason``.
    """

    speed_mps: Line = field(default_factory=Line)
    steer: Line = field(default_factory=Line)
    throttle: Line = field(default_factory=Line)
    brake: Line = field(default_factory=Line)
    plan_age_s: Line = field(default_factory=Line)
    plan_latency_s: Line = field(default_factory=Line)
    offset_m: Line = field(default_factory=Line)
    events: list[tuple[float, str]] = field(default_factory=list)
    commands: int = 0
    plans: int = 0
    first_t_s: float = 0.0
    last_t_s: float = 0.0
    instructions: list[dict[str, Any]] = field(default_factory=list)
    words: dict[str, int] = field(default_factory=dict)

    @property
    def duration_s(self) -> float:
        """Simulated time between the first and the last odometry."""
        return self.last_t_s - self.first_t_s

    def events_as_tuples(self) -> list[tuple[float, str]]:
        """Return the events, whether fresh or read from a file."""
        return [(float(t_s), str(text)) for t_s, text in self.events]

    def write(self, folder: Path) -> None:
        """Write the series into a folder."""
        folder.mkdir(parents=True, exist_ok=True)
        (folder / SERIES_FILE).write_text(json.dumps(asdict(self)) + '\n', encoding='utf-8')

    @classmethod
    def read(cls, folder: Path) -> EpisodeSeries:
        """Read the series of a folder.

        Raises:
            ContractError: it is not there or not readable.
        """
        path = folder / SERIES_FILE
        try:
            data = json.loads(path.read_text(encoding='utf-8'))
            lines = {
                name: Line(**value)
                for name, value in data.items()
                if isinstance(value, dict) and set(value) == {'t_s', 'values'}
            }
            return cls(**(data | lines))
        except (OSError, ValueError, TypeError) as error:
            raise ContractError(
                f'{path} cannot be read ({error}); the observer did not end in order'
            ) from error
