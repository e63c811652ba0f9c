# SPDX-License-Identifier: Apache-2.0
"""A run of two real processes (gloo): each its share of the data, the same weights, one writer."""

import csv
import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

WORKER = Path(__file__).with_name('train_worker.py')


def free_port():
    with socket.socket() as probe:
        probe.bind(('127.0.0.1', 0))
        return probe.getsockname()[1]


def run_workers(data, folder, count):
    """Train in so many processes; return what each of them drew and learned."""
    port = str(free_port())
    processes = []
    for rank in range(count):
        env = {
            **os.environ,
            'RANK': str(rank),
            'LOCAL_RANK': str(rank),
            'WORLD_SIZE': str(count),
            'MASTER_ADDR': '127.0.0.1',
            'MASTER_PORT': port,
            'ACCELERATE_USE_CPU': 'true',
            'OMP_NUM_THREADS': '1',
        }
        call = [sys.executable, WORKER, data, folder / 'run', folder / 'report']
        processes.append(subprocess.Popen(call, env=env, stderr=subprocess.PIPE, text=True))
    errors = [process.communicate(timeout=280)[1] for process in processes]
    assert [process.returncode for process in processes] == [0] * count, '\n'.join(errors)
    return [json.loads((folder / f'report{rank}').read_text()) for rank in range(count)]


def read_losses(folder):
    with (folder / 'run' / 'losses.csv').open() as file:
        return list(csv.reader(file))


def test_two_processes_train_as_one_does(data_set, tmp_path):
    one, two = tmp_path / 'one', tmp_path / 'two'
    one.mkdir()
    two.mkdir()
    (alone,) = run_workers(data_set, one, 1)
    first, second = run_workers(data_set, two, 2)
    # Each learns from its own half of the frames that one process would learn from.
    assert first['frames'] == second['frames'] == alone['frames']
    assert first['drawn'] == alone['frames'][0::2]
    assert second['drawn'] == alone['frames'][1::2]
    assert first['weights'] == second['weights']
    # One writer: one heading, each step once, and the numbers of one process.
    expected, got = read_losses(one), read_losses(two)
    assert [row[0] for row in got] == ['step', '0', '1', '2']
    for wanted, row in zip(expected[1:], got[1:], strict=True):
        assert row[1] == wanted[1]
        numbers = [float(value) for value in wanted[2:6]]
        assert [float(value) for value in row[2:6]] == pytest.approx(numbers, rel=2e-3, abs=2e-3)
    assert len((two / 'run' / 'validation.jsonl').read_text().splitlines()) == 1
    assert (two / 'run' / 'checkpoint' / 'model.safetensors').is_file()
    assert json.loads((two / 'run' / 'state' / 'progress.json').read_text()) == {'next_step': 3}
