# SPDX-License-Identifier: Apache-2.0
"""Vehicle profile: what must be true of a machine for plans at 10 Hz."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Condition:
    """Something that must hold, what was measured, and whether it does.

    ``at_least`` tells which way ``needed`` limits.
    """

    what: str
    why: str
    needed: float
    found: float
    at_least: bool = False

    @property
    def holds(self) -> bool:
        """Whether it does."""
        return self.found >= self.needed if self.at_least else self.found <= self.needed

    def to_dict(self) -> dict[str, Any]:
        """Return the fields, and ``holds``."""
        return {**asdict(self), 'holds': self.holds}


def ten_hertz(drive: Mapping[str, Any], machine: Mapping[str, Any]) -> list[Condition]:
    """Return the conditions for 10 plans a second in a car.

    Args:
        drive: of ``measure_drive``.
        machine: of ``machine_facts``.
    """
    plans, commands, usage = drive['plans'], drive['commands'], drive['usage']
    cores = float(machine['cores'])
    used_mb = float(usage['memory_mb'] or 0.0)
    return [
        Condition('plans [1/s]', 'the rate itself', 9.5, plans['per_second'], at_least=True),
        Condition(
            'inference, p99 [ms]',
            'the next image must find the network free',
            100.0,
            drive['stages_ms']['inference']['p99'],
        ),
        Condition(
            'image to command, p99 [ms]',
            'control makes up for the latency of one plan and two ticks',
            200.0,
            drive['latency_ms']['p99'],
        ),
        Condition(
            'image to command, worst [ms]',
            'an older plan makes the car stop',
            300.0,
            drive['latency_ms']['worst'],
        ),
        Condition('commands [1/s]', 'control runs at 20 Hz', 19.5, commands['per_second'], True),
        Condition('missed deadlines [%]', 'commands in time', 0.1, commands['missed_percent']),
        Condition(
            'processors in use [cores]',
            'a fifth of the machine is left for peaks; here they drive the simulator, too',
            0.8 * cores,
            float(usage['cpu_cores'] or 0.0),
        ),
        Condition(
            'memory [MB]', 'half of it is left', 500.0 * float(machine['memory_gb']), used_mb
        ),
    ]
