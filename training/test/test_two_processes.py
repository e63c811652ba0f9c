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
import torch

from simlingo_model.presets import build_mini
from simlingo_training import loop as loop_module
from simlingo_training.batches import BatchMaker
from simlingo_training.episode_frames import EpisodeFrames
from simlingo_training.episodes import find_episodes
from simlingo_training.overrides import with_overrides
from simlingo_training.recipes import mini
from simlingo_training.run_folder import RunFolder
from simlingo_training.sample_store import image_paths
from simlingo_training.samples import read_samples
from simlingo_training.tile_store import TileStore

WORKER = Path(__file__).with_name('train_worker.py')
# That of train_worker.py.
RECIPE = with_overrides(
    mini(),
    [
        'epochs=7',
        'batch_frames=4',
        'optim.warmup_steps=2',
        'optim.lr=3e-4',
        'bf16=False',
        'ask.second_question_share=0.6',
        'validation_frames=2',
        'log.every_steps=1',
        'model.vision.tile_px=112',
        'model.vision.layers=1',
        'model.decoder.layers=2',
    ],
)


STEPS = 21


def free_port():
    with socket.socket() as probe:
        probe.bind(('127.0.0.1', 0))
        return probe.getsockname()[1]


def run_workers(data, folder, count):
    """Train in so many processes; return what each of them drew and learned.

    Args:
        data: root of the data set.
        folder: for the run.
        count: of processes.
    """
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


@pytest.fixture
def one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def train_alone(data, folder, monkeypatch):
    """Train on the same frames in this process; return which frames, in order."""

    samples = read_samples(EpisodeFrames(find_episodes(data)[0]))[0]
    network, processor = build_mini(RECIPE.seed, RECIPE.model)
    store = TileStore.build(folder / 'cache', image_paths(samples), processor)
    maker = BatchMaker(samples, store, processor, RECIPE)
    run_folder = RunFolder(path=folder / 'run')
    loop = loop_module.TrainingLoop(
        network, maker, RECIPE, run_folder, loop_module.make_accelerator(RECIPE)
    )
    loop.run()
    return [frame for step in range(loop.total_steps) for frame in maker.frames(step)]


def test_two_processes_train_as_one_does(data_set, tmp_path, monkeypatch, one_thread):
    """Case G6: each process learns from its share, one writes; with gloo on the CPU."""
    one, two = tmp_path / 'one', tmp_path / 'two'
    two.mkdir()
    first, second = run_workers(data_set, two, 2)
    frames = train_alone(data_set, one, monkeypatch)
    # Each learns from its own half of the frames that one process learns from.
    assert first['frames'] == second['frames'] == frames
    assert first['drawn'] == frames[0::2]
    assert second['drawn'] == frames[1::2]
    assert first['weights'] == second['weights']
    # One writer: one heading, each step once, and the numbers of one process.
    expected, got = read_losses(one), read_losses(two)
    assert [row[0] for row in got] == ['step', *(str(step) for step in range(STEPS))]
    for wanted, row in zip(expected[1:], got[1:], strict=True):
        assert row[1] == wanted[1]
        numbers = [float(value) for value in wanted[2:6]]
        assert [float(value) for value in row[2:6]] == pytest.approx(numbers, rel=1e-4, abs=1e-4)
    assert len((two / 'run' / 'validation.jsonl').read_text().splitlines()) == 7
    assert (two / 'run' / 'checkpoint' / 'model.safetensors').is_file()
    assert json.loads((two / 'run' / 'state' / 'progress.json').read_text()) == {
        'next_step': STEPS
    }
