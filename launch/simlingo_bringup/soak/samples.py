# SPDX-License-Identifier: Apache-2.0
"""One look at a running stack: its processes and the times of its plans."""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import psutil

from simlingo_bringup.plan_trace import PlanTrace


@dataclass(frozen=True, kw_only=True)
class ProcessSample:
    """What one process holds.

    Attributes:
        name: of its module, with a number where several have the same.
        memory_mb: resident, without what it shares with others (USS).
        threads: of it.
        handles: open files, sockets and the like.
    """

    name: str
    memory_mb: float
    threads: int
    handles: int


@dataclass(frozen=True, kw_only=True)
class Sample:
    """One look.

    Attributes:
        t_s: since the begin of the soak.
        processes: of the stack and of the recorder.
        plans: seen from exposure to command since the last look.
        latency_ms: their median time from exposure to plan; NaN: there were none.
        worst_ms: the longest of them.
        shared_memory_mb: in /dev/shm, of everybody.
        log_mb: of the log files.
        bag_mb: of the recording.
        load: of the machine, mean of the last minute.
    """

    t_s: float
    processes: tuple[ProcessSample, ...]
    plans: int
    latency_ms: float
    worst_ms: float
    shared_memory_mb: float
    log_mb: float
    bag_mb: float
    load: float

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON types."""
        return asdict(self)


def look_at_processes(pids: Sequence[int]) -> tuple[ProcessSample, ...]:
    """Return what processes and their children hold, sorted by name."""
    found: list[ProcessSample] = []
    counts: Counter[str] = Counter()
    for process in sorted(_families(pids), key=lambda process: process.pid):
        with contextlib.suppress(psutil.Error):
            name = name_of(process.cmdline())
            with process.oneshot():
                sample = ProcessSample(
                    name=name if not counts[name] else f'{name} {counts[name] + 1}',
                    memory_mb=process.memory_full_info().uss / 1e6,
                    threads=process.num_threads(),
                    handles=process.num_fds(),
                )
            counts[name] += 1
            found.append(sample)
    return tuple(sorted(found, key=lambda sample: sample.name))


def name_of(command: Sequence[str]) -> str:
    """Return a short name for a command: the module, or the subcommand of simlingo."""
    words = list(command)
    if '-m' in words[:-1]:
        at = words.index('-m') + 1
        module = words[at]
        return f'simlingo {words[at + 1]}' if module == 'simlingo_bringup' else module
    scripts = [word for word in words if word.endswith('.py')]
    return Path((scripts or words)[-1]).name if words else 'ended'


def plan_times_ms(traces: Sequence[PlanTrace]) -> list[float]:
    """Return the times from exposure to plan.

    Where this process was so late itself that it heard of the exposure after the plan, none.
    """
    times_s = np.array([trace.plan_latency_s for trace in traces])
    return [float(1000.0 * t) for t in times_s[np.isfinite(times_s) & (times_s >= 0.0)]]


def size_mb(folder: Path) -> float:
    """Return the size of all files below a folder; files may vanish meanwhile."""
    total = 0
    for path in folder.rglob('*'):
        with contextlib.suppress(OSError):
            total += path.stat().st_size if path.is_file() else 0
    return total / 1e6


def _families(pids: Sequence[int]) -> set[psutil.Process]:
    found: set[psutil.Process] = set()
    for pid in pids:
        with contextlib.suppress(psutil.NoSuchProcess):
            parent = psutil.Process(pid)
            found |= {parent, *parent.children(recursive=True)}
    return found
