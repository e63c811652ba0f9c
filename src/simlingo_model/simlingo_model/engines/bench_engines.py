# SPDX-License-Identifier: Apache-2.0
"""Time engines side by side: the same tick in each, in turn, in one process on one machine.

In turn, because what else the machine does changes with time.  Ratios are of processor time: with
one thread it says how long a tick takes alone, even while others compute.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import torch

from simlingo_core.errors import ConfigError
from simlingo_model.bench_ways import BenchWays
from simlingo_model.checkpoint import load_model
from simlingo_model.engines.loading import ENGINES, TORCH, load_for_driving
from simlingo_model.engines.precisions import AUTO, CPU_FILE, check_precision, has_int8_units
from simlingo_model.passes import EagerPasses
from simlingo_model.precision import choose_dtype

NAIVE = 'naive'
WAYS = ('encode', 'action_only', 'exact')
LABELS = {
    'encode': 'vision',
    'action_only': 'plan: vision, action',
    'exact': 'exact: vision, text, action',
}


@dataclass(frozen=True)
class EngineBench:
    """What was measured.

    Attributes:
        times_s: by engine (``torch``, ``openvino:int8``, ...) and way of ``WAYS``, in the order of
            measurement; of ``naive``, upstream's way of an exact tick, that only.
        processor_s: the same in processor time of all threads.
        memory_mb: that the process grew by, by engine.
        largest_m: largest distance of a plan's point from PyTorch's, by engine.
        machine: in words.
    """

    times_s: Mapping[str, Mapping[str, Sequence[float]]]
    processor_s: Mapping[str, Mapping[str, Sequence[float]]]
    memory_mb: Mapping[str, float]
    largest_m: Mapping[str, float]
    machine: str

    def median_ms(self, engine: str, way: str) -> float:
        """Return the median by the clock."""
        return 1e3 * statistics.median(self.times_s[engine][way])

    def processor_ms(self, engine: str, way: str) -> float:
        """Return the median of the processor time."""
        return 1e3 * statistics.median(self.processor_s[engine][way])

    def to_dict(self) -> dict[str, Any]:
        """Return the numbers for JSON."""
        engines: dict[str, Any] = {}
        for engine, ways in self.times_s.items():
            engines[engine] = {
                f'{way}_ms': {
                    'median': self.median_ms(engine, way),
                    'p99': 1e3 * float(np.percentile(times, 99)),
                    'least': 1e3 * min(times),
                    'processor': self.processor_ms(engine, way),
                }
                for way, times in ways.items()
            }
            for name, numbers in (('memory_mb', self.memory_mb), ('largest_m', self.largest_m)):
                engines[engine] |= {name: numbers[engine]} if engine in numbers else {}
        return {'machine': self.machine, 'engines': engines, 'ratios': self.ratios()}

    def ratios(self) -> dict[str, dict[str, float]]:
        """Return how many times less processor time than PyTorch and the naive way it takes."""
        found: dict[str, dict[str, float]] = {}
        for engine, ways in self.times_s.items():
            if engine == NAIVE:
                continue
            found[engine] = {
                f'{way}_to_torch': self.processor_ms(TORCH, way) / self.processor_ms(engine, way)
                for way in ways
            }
            if NAIVE in self.times_s:
                naive_ms = self.processor_ms(NAIVE, 'exact')
                found[engine]['exact_to_naive'] = naive_ms / self.processor_ms(engine, 'exact')
        return found


def parse_engine(words: str) -> tuple[str, str]:
    """Return engine and precision of ``ENGINE`` or ``ENGINE:PRECISION``.

    Raises:
        ConfigError: there is no such engine or precision.
    """
    engine, _, precision = words.partition(':')
    if engine not in ENGINES:
        raise ConfigError(f'engine is {engine!r}; expected one of {", ".join(ENGINES)}')
    if precision:
        check_precision(precision)
    return engine, precision or AUTO


def compare_engines(
    model_folder: Path, engines: Sequence[str], *, repeats: int, naive_repeats: int = 0
) -> EngineBench:
    """Time PyTorch and engines in turn.

    Args:
        model_folder: with weights and an export.
        engines: as ``parse_engine`` reads them; PyTorch comes first and need not be named.
        repeats: of each way; an exact tick is timed a third as often.
        naive_repeats: of upstream's way of an exact tick; 0: never.
    """
    ways: dict[str, BenchWays] = {}
    memory_mb: dict[str, float] = {}
    points: dict[str, torch.Tensor] = {}
    for name in dict.fromkeys((TORCH, *engines)):
        engine, precision = parse_engine(name)
        before_mb = _memory_mb()
        model, passes = load_for_driving(
            model_folder, device='cpu', engine=engine, precision=precision
        )
        ways[name] = BenchWays(model.network, model.processor, passes)
        points[name] = ways[name].points()
        ways[name].exact()
        memory_mb[name] = _memory_mb() - before_mb
    naive = _naive(model_folder) if naive_repeats else None
    clock = _Clock()
    for number in range(repeats):
        for name, bench in ways.items():
            for way in WAYS if number % 3 == 0 else WAYS[:-1]:
                clock.time(name, way, getattr(bench, way))
        if naive is not None and number < naive_repeats:
            clock.time(NAIVE, 'exact', naive.naive)
    reference = points[TORCH]
    return EngineBench(
        times_s=clock.times_s,
        processor_s=clock.processor_s,
        memory_mb=memory_mb,
        largest_m={
            name: float((one.float() - reference.float()).norm(dim=1).max())
            for name, one in points.items()
            if name != TORCH
        },
        machine=machine_words(),
    )


def render(bench: EngineBench) -> str:
    """Return a Markdown table: clock, processor time, and the ratio of the latter to PyTorch."""
    rows = [
        f'{bench.machine}',
        '',
        '| engine | ' + ' | '.join(f'{LABELS[way]} [ms]' for way in WAYS) + ' | memory | off |',
        '|---|' + '---|' * (len(WAYS) + 2),
    ]
    ratios = bench.ratios()
    for engine in bench.times_s:
        if engine == NAIVE:
            times = bench.median_ms(NAIVE, 'exact'), bench.processor_ms(NAIVE, 'exact')
            rows.append(f'| naive | | | {times[0]:.0f} / {times[1]:.0f} | | |')
            continue
        cells = [
            f'{bench.median_ms(engine, way):.1f} / {bench.processor_ms(engine, way):.1f} '
            f'({ratios[engine][f"{way}_to_torch"]:.2f} x)'
            for way in WAYS
        ]
        if 'exact_to_naive' in ratios[engine]:
            cells[-1] += f', {ratios[engine]["exact_to_naive"]:.1f} x naive'
        off = f'{bench.largest_m[engine]:.2g} m' if engine in bench.largest_m else ''
        memory = f'{bench.memory_mb[engine]:.0f} MB'
        rows.append(f'| {engine} | ' + ' | '.join(cells) + f' | {memory} | {off} |')
    return '\n'.join(rows)


def machine_words(file: Path = CPU_FILE) -> str:
    """Return processor, threads and whether it multiplies 8-bit numbers, in words."""
    name = 'unknown processor'
    if file.is_file():
        lines = file.read_text(encoding='utf-8', errors='replace').splitlines()
        found = [line.partition(':')[2].strip() for line in lines if line.startswith('model name')]
        name = found[0] if found else name
    units = 'with' if has_int8_units(file) else 'without'
    load = psutil.getloadavg()[0]
    return (
        f'{name}, {psutil.cpu_count()} cores, {torch.get_num_threads()} threads, {units} 8-bit '
        f'units, load {load:.1f}'
    )


def _naive(model_folder: Path) -> BenchWays:
    dtype = choose_dtype(torch.device('cpu'), model_folder)
    model = load_model(model_folder, merges_lora=False, dtype=dtype)
    network = model.network.eval()
    return BenchWays(network, model.processor, EagerPasses(network))


class _Clock:
    """Times actions by the clock and in processor time, by engine and way."""

    def __init__(self) -> None:
        self.times_s: dict[str, dict[str, list[float]]] = {}
        self.processor_s: dict[str, dict[str, list[float]]] = {}

    def time(self, engine: str, way: str, action: Callable[[], object]) -> None:
        begin_s, begin_processor_s = time.perf_counter(), time.process_time()
        action()
        spent_processor_s = time.process_time() - begin_processor_s
        spent_s = time.perf_counter() - begin_s
        for table, spent in ((self.times_s, spent_s), (self.processor_s, spent_processor_s)):
            table.setdefault(engine, {}).setdefault(way, []).append(spent)


def _memory_mb() -> float:
    return float(psutil.Process().memory_info().rss) / 1e6
