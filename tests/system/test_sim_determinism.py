# SPDX-License-Identifier: Apache-2.0
"""The seed decides the episode: states and images, in any process, however busy the machine."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).with_name('sim_fingerprint.py')
TICKS = 400
IMAGE_PERIOD_TICKS = 40


@pytest.fixture(scope='module')
def prints():
    """Three episodes at a time beside a busy process: one seed twice, another once.

    What must not matter differs between the first two: the order of Python's hashes and how many
    threads draw.
    """
    busy = subprocess.Popen([sys.executable, '-c', 'while True: pass'])
    runs = []
    try:
        for seed, ticks, hashes, threads in (
            (7, TICKS, '1', '1'),
            (7, TICKS, '2', '2'),
            (8, TICKS // 5, '1', '1'),
        ):
            command = [sys.executable, str(SCRIPT), 'test:0', str(seed), str(ticks)]
            runs.append(
                subprocess.Popen(
                    [*command, str(IMAGE_PERIOD_TICKS)],
                    stdout=subprocess.PIPE,
                    text=True,
                    env=os.environ | {'PYTHONHASHSEED': hashes, 'LP_NUM_THREADS': threads},
                )
            )
        outputs = [run.communicate(timeout=200)[0] for run in runs]
    finally:
        for process in (busy, *runs):
            process.kill()
            process.wait()
    assert [run.returncode for run in runs] == [0, 0, 0]
    return [json.loads(output) for output in outputs]


def test_states_are_the_same_on_every_tick(prints):
    first, second, _ = prints
    assert len(first['states']) == TICKS + 1
    assert first['states'] == second['states']
    assert len(set(first['states'])) == TICKS + 1


def test_images_are_the_same_byte_for_byte(prints):
    first, second, _ = prints
    assert len(first['images']) == TICKS // IMAGE_PERIOD_TICKS + 1
    assert first['images'] == second['images']
    assert len(set(first['images'])) > 5


def test_another_seed_is_another_drive(prints):
    first, _, other = prints
    assert not set(first['states']) & set(other['states'])
    assert not set(first['images']) & set(other['images'])


def test_the_car_drove(prints):
    start, end = prints[0]['trajectory'][0], prints[0]['trajectory'][-1]
    assert abs(end[0] - start[0]) + abs(end[1] - start[1]) > 20.0
