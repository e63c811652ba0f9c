# SPDX-License-Identifier: Apache-2.0
import math
import subprocess
import sys

import numpy as np
import pytest

from simlingo_core.errors import BackendError, ConfigError
from simlingo_sim.tools import bench, bench_process


def check(rows):
    """Every row is as the bench command expects it; return the values by name."""
    values = {row['name']: row['value'] for row in rows}
    assert len(values) == len(rows)
    for row in rows:
        assert row['label']
        assert math.isfinite(row['value'])
        assert row['value'] >= 0.0
        assert set(row) <= {'name', 'label', 'value', 'at_most', 'at_least'}
    assert 'load_average' in values
    return values


def test_start_up_is_measured_in_a_process_of_its_own():
    values = check(bench.start_up(True))
    assert 0.1 < values['reset_s'] < values['first_image_s'] < 60.0
    assert 50.0 < values['memory_mb'] < 5000.0


def test_memory_is_that_of_the_program_alone():
    held = np.ones(400_000_000, np.uint8)
    command = 'from simlingo_sim.tools.bench_process import peak_memory_mb as f; print(f())'
    done = subprocess.run([sys.executable, '-c', command], capture_output=True, text=True)
    assert 30.0 < float(done.stdout) < 400.0, done.stderr
    assert bench_process.peak_memory_mb() > held.nbytes / 1e6


def test_the_parts_of_a_tick_add_up(monkeypatch):
    costs = {'plain': 2.0, 'full': 20.0}

    def measure(what, quality, weather, ticks):
        assert what == 'loop'
        return {'world': 2.0, 'expert': 1.0, 'image': costs[quality], 'processors': 9.0}

    monkeypatch.setattr(bench, '_measure', measure)
    values = check(bench.loop(True))
    assert values['plain_x_real_time'] == pytest.approx(10.0)
    assert values['full_x_real_time'] == pytest.approx(50.0 / 23.0)
    assert values['plain_processors_ms'] == 9.0


def test_collection_adds_up_processes(monkeypatch):
    started = []

    def start(*arguments):
        started.append(arguments)
        return arguments

    monkeypatch.setattr(bench, '_start', start)
    monkeypatch.setattr(bench, '_finish', lambda run: {'frames_per_s': 8.0, 'x_real_time': 2.0})
    values = check(bench.collection(True))
    assert values['stored_frames_per_s'] == 16.0
    assert values['x_real_time_per_process'] == 2.0
    assert [what for what, *_ in started] == ['collect', 'collect']


def test_traffic_is_a_table(monkeypatch):
    monkeypatch.setattr(
        bench, '_measure', lambda what, count, ticks: {'tick': count / 10, 'image': 9.0}
    )
    values = check(bench.traffic(True))
    assert [values[f'tick_ms_{count}'] for count in (10, 30, 60, 100)] == [1.0, 3.0, 6.0, 10.0]


def test_each_measurement_measures():
    cost = bench_process.measure_loop('plain', 'noon', 3)
    assert min(cost.values()) > 0.0
    cost = bench_process.measure_traffic(10, 3)
    assert min(cost.values()) > 0.0
    stored = bench_process.measure_collection(0, 1.5)
    assert stored['frames_per_s'] > 0.0
    assert stored['x_real_time'] > 0.0


def test_a_measurement_that_fails_is_an_error():
    with pytest.raises(BackendError, match='exit code'):
        bench._measure('loop', 'superb', 1)
    with pytest.raises(ConfigError, match='expected one of loop'):
        bench_process.main(['lap'])
