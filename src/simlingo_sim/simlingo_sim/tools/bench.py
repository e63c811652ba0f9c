# SPDX-License-Identifier: Apache-2.0
"""Sections of ``simlingo bench`` about the simulator: speed, collection, start-up, traffic.

Each measurement runs in its own process: SUMO and the renderer exist once per process, and
start-up and memory can only be measured in a new one.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from typing import Any

from simlingo_core.errors import BackendError
from simlingo_core.frame import TICK_PERIOD_S

Rows = Sequence[Mapping[str, Any]]

LONGEST_S = 120.0
VEHICLE_COUNTS = (10, 30, 60, 100)
# Name, quality, weather, least speed over real time.
LOOPS = (
    ('plain', 'plain', 'noon', 3.0),
    ('full', 'full', 'noon', 1.5),
    ('night', 'plain', 'ClearNight', 2.0),
    ('rain', 'plain', 'HardRainNight', 2.0),
)
MOST_START_S, MOST_MEMORY_MB = 3.0, 600.0
PROCESSES = 2


def loop(quick: bool) -> Rows:
    """Measure the full loop (traffic, expert, car, sensors, image on every tick)."""
    ticks = 60 if quick else 300
    rows: list[Mapping[str, Any]] = []
    for name, quality, weather, least in LOOPS:
        cost = _measure('loop', quality, weather, ticks)
        processors_ms = cost.pop('processors')
        rows.append(
            {
                'name': f'{name}_x_real_time',
                'label': f'an image every tick, {name} [x real time]',
                'value': TICK_PERIOD_S * 1e3 / sum(cost.values()),
                'at_least': least,
            }
        )
        rows += [
            {
                'name': f'{name}_{part}_ms',
                'label': f'  of it {part} [ms per tick]',
                'value': value,
            }
            for part, value in cost.items()
        ]
        rows.append(
            {
                'name': f'{name}_processors_ms',
                'label': '  time of processors [ms per tick]',
                'value': processors_ms,
            }
        )
    return [*rows, _load()]


def collection(quick: bool) -> Rows:
    """Measure how fast two processes store images at 4 Hz of simulated time."""
    duration_s = 3.0 if quick else 15.0
    runs = [_start('collect', seed, duration_s) for seed in range(PROCESSES)]
    results = [_finish(run) for run in runs]
    frames = sum(result['frames_per_s'] for result in results)
    return [
        {
            'name': 'stored_frames_per_s',
            'label': f'stored images, {PROCESSES} processes [1/s]',
            'value': frames,
        },
        {
            'name': 'x_real_time_per_process',
            'label': 'with the camera at 4 Hz [x real time]',
            'value': sum(result['x_real_time'] for result in results) / PROCESSES,
        },
        _load(),
    ]


def start_up(quick: bool) -> Rows:
    """Measure the time from process start to the first image, and the memory of a world."""
    begin_s = time.perf_counter()
    run = _start('start', 20 if quick else 200)
    ready = run.stdout.readline() if run.stdout is not None else ''
    ready_s = time.perf_counter() - begin_s
    result = _finish(run)
    if not ready:
        raise BackendError('the world ended before its first image; see its output above')
    return [
        {
            'name': 'first_image_s',
            'label': 'from process start to first image [s]',
            'value': ready_s,
            'at_most': MOST_START_S,
        },
        {
            'name': 'reset_s',
            'label': '  of it reset and first image [s]',
            'value': result['reset_s'],
        },
        {
            'name': 'processors_s',
            'label': '  time of processors [s]',
            'value': result['processors_s'],
        },
        {
            'name': 'another_reset_s',
            'label': 'another episode in the same town [s]',
            'value': result['another_reset_s'],
        },
        {
            'name': 'memory_mb',
            'label': 'memory of the process, peak [MB]',
            'value': result['memory_mb'],
            'at_most': MOST_MEMORY_MB,
        },
        _load(),
    ]


def traffic(quick: bool) -> Rows:
    """Measure the cost of a tick, without and with an image, by the number of vehicles."""
    ticks = 40 if quick else 200
    rows: list[Mapping[str, Any]] = []
    for count in VEHICLE_COUNTS:
        cost = _measure('traffic', count, ticks)
        rows += [
            {
                'name': f'tick_ms_{count}',
                'label': f'{count:3} vehicles: tick [ms]',
                'value': cost['tick'],
            },
            {
                'name': f'image_ms_{count}',
                'label': '     and its plain image [ms]',
                'value': cost['image'],
            },
        ]
    return [*rows, _load()]


def _load() -> Mapping[str, Any]:
    """Return the load of the machine, which is needed to judge the other numbers."""
    return {
        'name': 'load_average',
        'label': 'load of the machine',
        'value': os.getloadavg()[0],
    }


def _measure(what: str, *arguments: object) -> dict[str, float]:
    return _finish(_start(what, *arguments))


def _start(what: str, *arguments: object) -> subprocess.Popen[str]:
    command = [
        sys.executable,
        '-m',
        'simlingo_sim.tools.bench_process',
        what,
        *map(str, arguments),
    ]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def _finish(run: subprocess.Popen[str]) -> dict[str, float]:
    """Return the measurement of a process: the last line of its output."""
    try:
        output, _ = run.communicate(timeout=LONGEST_S)
    except subprocess.TimeoutExpired as error:
        raise BackendError(f'a measurement took over {LONGEST_S:g} s') from error
    finally:
        run.kill()
        run.wait()
    if run.returncode:
        raise BackendError(f'a measurement ended with exit code {run.returncode}; see above')
    result: dict[str, float] = json.loads(output.strip().splitlines()[-1])
    return result
