# SPDX-License-Identifier: Apache-2.0
"""What grows is found and what does not is let be; logs stay small, also on a full disk."""

import io
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from simlingo_bringup.plan_trace import PlanTrace
from simlingo_bringup.soak.page import CURVES_FILE, SUMMARY_FILE, write_results
from simlingo_bringup.soak.rotating_log import RotatingLog
from simlingo_bringup.soak.samples import (
    ProcessSample,
    Sample,
    look_at_processes,
    name_of,
    plan_times_ms,
)
from simlingo_bringup.soak.verdict import Limits, judge

HOUR_S = 3600.0


def soak(memory_mb=lambda h: 300.0, threads=lambda h: 9, handles=lambda h: 40, ms=lambda h: 90.0):
    """Return two hours with a look a minute; values wobble as real ones do."""
    rng = np.random.default_rng(3)
    samples = []
    for t_s in np.arange(0.0, 2.0 * HOUR_S, 60.0):
        h = t_s / HOUR_S
        process = ProcessSample(
            name='simlingo_planner',
            memory_mb=memory_mb(h) + rng.normal(0.0, 4.0),
            threads=threads(h),
            handles=handles(h),
        )
        samples.append(
            Sample(
                t_s=float(t_s),
                processes=(process,),
                plans=100,
                latency_ms=ms(h) + rng.normal(0.0, 5.0),
                worst_ms=300.0,
                shared_memory_mb=50.0,
                log_mb=1.0,
                bag_mb=60.0,
                load=2.0,
            )
        )
    return samples


def grew(samples, **limits):
    return [curve.name for curve in judge(samples, Limits(**limits)) if not curve.is_flat]


@pytest.mark.parametrize(
    ('what', 'expected'),
    [
        ({}, []),
        # A cache that fills up in the beginning is no leak.
        ({'memory_mb': lambda h: 300.0 - 100.0 * np.exp(-8.0 * h)}, []),
        ({'memory_mb': lambda h: 300.0 + 40.0 * h}, ['simlingo_planner: memory']),
        ({'threads': lambda h: 9 + int(4 * h)}, ['simlingo_planner: threads']),
        ({'handles': lambda h: 40 + int(20 * h)}, ['simlingo_planner: handles']),
        ({'ms': lambda h: 90.0 * (1.0 + 0.3 * h)}, ['exposure to plan']),
    ],
    ids=['flat', 'warm-up', 'memory', 'threads', 'handles', 'latency'],
)
def test_what_grows_is_found(what, expected):
    assert grew(soak(**what)) == expected


def test_times_are_not_judged_on_a_machine_that_others_use():
    assert grew(soak(ms=lambda h: 90.0 * (1.0 + h)), latency_ratio=float('inf')) == []


def test_too_few_looks_say_nothing():
    assert judge(soak()[:9], Limits()) == []


def test_results_are_written(tmp_path):
    samples = soak(threads=lambda h: 9 + int(4 * h))
    table = write_results(tmp_path, samples, judge(samples, Limits()), {'minutes': 120.0})
    assert '| simlingo_planner: threads | 11.0  | 16.0  |' in table
    assert 'GREW' in table
    assert (tmp_path / CURVES_FILE).read_bytes().startswith(b'\x89PNG')
    curves = json.loads((tmp_path / SUMMARY_FILE).read_text())['curves']
    assert [curve['is_flat'] for curve in curves] == [True, False, True, True]


def test_a_process_and_its_children_are_looked_at(tmp_path):
    code = 'import subprocess, sys; subprocess.run([sys.executable, "-m", "json.tool"])'
    found = []
    with subprocess.Popen([sys.executable, '-c', code], stdin=subprocess.PIPE) as process:
        try:
            # A process that has just been forked has neither its name nor its memory yet.
            while 'json.tool' not in {s.name for s in found} or found[-1].memory_mb < 2.0:
                found = look_at_processes([process.pid])
        finally:
            process.stdin.close()
    assert 'json.tool' in {sample.name for sample in found}
    assert all(s.memory_mb > 1.0 and s.threads >= 1 and s.handles >= 3 for s in found)


@pytest.mark.parametrize(
    ('command', 'name'),
    [
        (['python', '-m', 'simlingo_planner', '--ros-args'], 'simlingo_planner'),
        (['python', '-m', 'simlingo_bringup', 'record', 'out'], 'simlingo record'),
        (['python', 'a/guard.py', '2.5'], 'guard.py'),
        ([], 'ended'),
    ],
    ids=['node', 'command', 'file', 'ended'],
)
def test_processes_have_short_names(command, name):
    assert name_of(command) == name


def test_only_plans_that_were_seen_from_the_exposure_count():
    seen = PlanTrace(1.0, exposure_s=5.0, plan_s=5.25)
    late = PlanTrace(3.0, exposure_s=9.0, plan_s=8.0)
    assert plan_times_ms([seen, PlanTrace(2.0, plan_s=6.0), late]) == [250.0]


def test_a_log_is_kept_small(tmp_path):
    lines = ''.join(f'line {number:05d}\n' for number in range(1000))
    log = RotatingLog(io.StringIO(lines), tmp_path / 'stack.log', 1000, 3)
    log.join()
    assert log.lines == 1000
    assert log.lost == 0
    files = sorted(tmp_path.iterdir())
    assert [path.name for path in files] == ['stack.log', *(f'stack.log.{n}' for n in (1, 2, 3))]
    assert all(path.stat().st_size <= 1000 for path in files)
    assert 'line 00999' in files[0].read_text()


def test_a_full_disk_costs_lines_and_never_the_process():
    full = Path('/dev/full')
    assert full.exists(), 'a device that is always full'
    read, write = os.pipe()
    with os.fdopen(read) as stream, os.fdopen(write, 'w') as output:
        log = RotatingLog(stream, full, 10**9, 0)
        for number in range(20_000):
            output.write(f'more than a pipe holds, {number}\n')
        output.close()
        log.join()
    assert log.lines == 20_000
    assert log.lost > 0
