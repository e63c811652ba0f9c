# SPDX-License-Identifier: Apache-2.0
"""The rows that an episode in real time adds to the bench."""

import subprocess
import sys
import time

import pytest

from simlingo_bringup.bench_processor_time import processor_time_ms
from simlingo_bringup.bench_watching import CASES, Measured, watching_rows
from simlingo_bringup.benches import stack_rows
from simlingo_bringup.commands.bench import meets
from simlingo_core.errors import BackendError, SimlingoError

SUMMARY = {
    'control_hz': 20.0,
    'plans_per_second': 6.6,
    'plan_age_ms': {'median': 150.0, 'p99': 301.0},
    'plan_latency_ms': {'median': 60.0, 'p99': 90.0},
}


def test_a_drive_is_measured_against_the_targets():
    verdicts = {row['name']: meets(row) for row in stack_rows(SUMMARY)}
    assert verdicts['control_hz']
    assert verdicts['plan_latency_p99_ms']
    assert not verdicts['plan_age_p99_ms']


def test_an_episode_without_plans_is_no_measurement():
    with pytest.raises(SimlingoError, match='no plan was made'):
        stack_rows(SUMMARY | {'plan_age_ms': {'median': None, 'p99': None}})


def test_a_watcher_is_compared_with_nobody_in_the_same_round():
    measured = Measured(images_per_s=[10.0, 9.9, 10.1], world_speed=[0.9, 1.0, 0.98])
    for number, alone_ms in enumerate((50.0, 90.0, 60.0)):
        for case in CASES:
            measured.latency_ms[case].append(alone_ms + (case == 'three_watchers') * 4.0)
            measured.page_ms[case].append(5.0 if case == 'nobody' else 50.0)
            measured.others_ms[case].append(700.0 if case == 'three_watchers' else 680.0)
        measured.latency_ms['recording'][number] += 12.0
    rows = {row['name']: row for row in watching_rows(measured)}
    assert (rows['alone_ms']['value'], rows['three_watchers_adds_ms']['value']) == (60.0, 4.0)
    assert rows['recording_adds_ms']['value'] == 12.0
    assert meets(rows['three_watchers_adds_ms'])
    assert meets(rows['images_per_s'])
    assert rows['world_speed']['value'] == 0.98
    assert (rows['page_cpu_nobody_ms']['value'], rows['others_cpu_ms']['value']) == (5.0, 20.0)
    measured.images_per_s = [9.5] * 3
    measured.latency_ms['one_watcher'] = [80.0, 120.0, 90.0]
    missed = [row['name'] for row in watching_rows(measured) if not meets(row)]
    assert missed == ['one_watcher_adds_ms', 'images_per_s']


def test_without_plans_no_watcher_is_measured():
    with pytest.raises(BackendError, match='no plan was made'):
        watching_rows(Measured({case: [float('nan')] for case in CASES}, [10.0]))


def test_processor_time_is_that_of_the_children():
    # They stay: of one that has ended, Linux does not tell what it was.
    program = 'import signal, time\nwhile time.process_time() < 0.2: 0\nsignal.pause()'
    programs = (('-c', program), ('-c', program, 'simlingo_view.page'))
    starter = 'import subprocess, sys\n'
    starter += 'started = [subprocess.Popen([sys.executable, *w]) for w in eval(sys.argv[1])]\n'
    starter += 'print(flush=True)\nsys.stdin.readline()\n'
    starter += 'for one in started:\n    one.kill()\n    one.wait()'
    command = [sys.executable, '-c', starter, repr(programs)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as parent:
        parent.stdout.readline()
        end_s = time.monotonic() + 60.0
        while min(spent := processor_time_ms(parent.pid)) < 100.0:
            assert time.monotonic() < end_s, spent
            time.sleep(0.02)
        parent.communicate(b'\n')
