# SPDX-License-Identifier: Apache-2.0
"""What a process and its children use while a block runs: processor, memory, GPU, energy."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import psutil

from simlingo_bringup.card.machine import query_gpu

PERIOD_S = 0.5
RAPL = Path('/sys/class/powercap')
# The counters of whole packages; those of their parts would be counted twice.
RAPL_PACKAGES = 'intel-rapl:[0-9]'
GPU_QUERY = ('--query-gpu=utilization.gpu,memory.used,power.draw', '--format=csv,noheader,nounits')


@dataclass
class Usage:
    """Samples of a run.

    Attributes:
        cpu_cores: processors in use by the processes.
        machine_percent: share of all processors in use by anybody.
        memory_mb: of the processes; memory that two of them share counts once for each.
        gpu_percent, gpu_memory_mb, gpu_w: of the GPU, by NVIDIA's tool; empty: there is none.
        processor_w: mean power of the processor's packages; None: this machine does not tell.
    """

    cpu_cores: list[float] = field(default_factory=list)
    machine_percent: list[float] = field(default_factory=list)
    memory_mb: list[float] = field(default_factory=list)
    gpu_percent: list[float] = field(default_factory=list)
    gpu_memory_mb: list[float] = field(default_factory=list)
    gpu_w: list[float] = field(default_factory=list)
    processor_w: float | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return means and peaks; None: not known on this machine."""
        return {
            'cpu_cores': _mean(self.cpu_cores),
            'machine_percent': _mean(self.machine_percent),
            'memory_mb': max(self.memory_mb, default=None),
            'gpu_percent': _mean(self.gpu_percent),
            'gpu_memory_mb': max(self.gpu_memory_mb, default=None),
            'gpu_w': _mean(self.gpu_w),
            'processor_w': self.processor_w,
        }


@contextmanager
def watch_usage(pid: int, rapl: Path = RAPL) -> Iterator[Usage]:
    """Sample while the block runs; the result is complete at its end.

    Args:
        pid: of the process whose children are counted with it.
        rapl: folder of the processor's counters of energy.
    """
    usage, is_over = Usage(), threading.Event()
    thread = threading.Thread(target=_sample, args=(pid, usage, is_over), daemon=True)
    before_j, begin_s = read_energy_j(rapl), time.monotonic()
    thread.start()
    try:
        yield usage
    finally:
        is_over.set()
        thread.join()
        after_j, spent_s = read_energy_j(rapl), time.monotonic() - begin_s
        # A counter that went round in between says nothing.
        if before_j is not None and after_j is not None and after_j >= before_j:
            usage.processor_w = (after_j - before_j) / spent_s


def read_energy_j(rapl: Path = RAPL) -> float | None:
    """Return the energy that the processor has used so far; None: it may not be read."""
    total_j, is_known = 0.0, False
    for package in sorted(rapl.glob(RAPL_PACKAGES)):
        with contextlib.suppress(OSError, ValueError):
            total_j += int((package / 'energy_uj').read_text()) * 1e-6
            is_known = True
    return total_j if is_known else None


def _sample(pid: int, usage: Usage, is_over: threading.Event) -> None:
    psutil.cpu_percent()
    before_s, before = _processor_s(pid), time.monotonic()
    while not is_over.wait(PERIOD_S):
        now_s, now = _processor_s(pid), time.monotonic()
        usage.cpu_cores.append(max(0.0, now_s - before_s) / (now - before))
        before_s, before = now_s, now
        usage.machine_percent.append(psutil.cpu_percent())
        usage.memory_mb.append(_memory_mb(pid))
        words = query_gpu(*GPU_QUERY)
        if words:
            with contextlib.suppress(ValueError):
                percent, memory_mb, power_w = map(float, words.splitlines()[0].split(','))
                usage.gpu_percent.append(percent)
                usage.gpu_memory_mb.append(memory_mb)
                usage.gpu_w.append(power_w)


def _family(pid: int) -> list[psutil.Process]:
    try:
        parent = psutil.Process(pid)
        return [parent, *parent.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []


def _processor_s(pid: int) -> float:
    total_s = 0.0
    for process in _family(pid):
        with contextlib.suppress(psutil.Error):
            times = process.cpu_times()
            total_s += times.user + times.system
    return total_s


def _memory_mb(pid: int) -> float:
    total = 0
    for process in _family(pid):
        with contextlib.suppress(psutil.Error):
            total += process.memory_info().rss
    return total / 1e6


def _mean(values: list[float]) -> float | None:
    return float(np.mean(values)) if values else None
