# SPDX-License-Identifier: Apache-2.0
"""The whole way of a data set, small: collect, check, label, bucket, train, evaluate language.

``make train-smoke`` runs this file.
"""

import csv
import dataclasses
import json

import numpy as np
import pytest
import torch
from typer.testing import CliRunner

from simlingo_model.checkpoint import load_model
from simlingo_sim.town.loading import load_town
from simlingo_sim.town.route_files import read_routes
from simlingo_sim.town.route_planner import RoutePlanner
from simlingo_training import collect
from simlingo_training.commands import data as data_command
from simlingo_training.commands import eval_language as language_command
from simlingo_training.commands import label as label_command
from simlingo_training.episodes import find_episodes
from simlingo_training.overrides import with_overrides
from simlingo_training.recipes import mini
from simlingo_training.run import RunOptions, train

LENGTH_M = 70
RECIPE = with_overrides(
    mini(),
    [
        'epochs=16',
        'batch_frames=8',
        'bf16=false',
        'optim.warmup_steps=2',
        'optim.lr=3e-3',
        'log.every_steps=1',
        'validation_frames=2',
        'loss.scene_weight=0.5',
        'ask.vqa_share=0.5',
        'ask.safety_share=0.5',
        'ask.command_share=0.3',
        'mix.families.all=1',
        'mix.families.acceleration_positive_1=1',
        'model.vision.tile_px=112',
        'model.vision.layers=1',
        'model.decoder.layers=1',
        'model.max_answer_tokens=4',
    ],
)


@pytest.fixture(scope='module')
def root(tmp_path_factory):
    """Record a short drive twice: seed 7 to train on, seed 100 to validate on."""
    root = tmp_path_factory.mktemp('smoke')
    route = next(route for route in read_routes('train') if route.id == '3')
    planned = RoutePlanner(load_town(route.town).map).plan(route.waypoints_map_m)
    ends_m = np.array([planned.route.position_at(arc_m) for arc_m in (0.0, float(LENGTH_M))])
    short = dataclasses.replace(route, waypoints_map_m=ends_m, situations=())
    for seed in (7, 100):
        task = collect.CollectTask(root=root, route=short, seed=seed)
        assert collect.record_episode(task).error == ''
    return root


@pytest.fixture(autouse=True)
def one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def call(command, *arguments):
    result = CliRunner().invoke(command.app, [str(a) for a in arguments])
    assert result.exit_code == 0, (result.output, result.exception)
    return result.output


def losses(folder):
    with (folder / 'losses.csv').open() as file:
        return {int(row['step']): float(row['total']) for row in csv.DictReader(file)}


def test_a_data_set_becomes_a_model_that_is_evaluated(root, tmp_path):
    assert 'no broken files' in call(data_command, 'check', root, '--workers', 1)
    call(label_command, '--data', root)
    assert 'no broken files' in call(data_command, 'check', root, '--workers', 1)
    assert 'leading_object' in call(data_command, 'buckets', root, '--workers', 1)
    options = RunOptions(validation_seed=100)
    whole = train(RECIPE, root, tmp_path / 'whole', options)
    found = losses(tmp_path / 'whole')
    half = len(found) // 2
    stopped = dataclasses.replace(options, stop_after=half)
    train(RECIPE, root, tmp_path / 'halves', stopped)
    resumed = train(RECIPE, root, tmp_path / 'halves', options)
    first, second = (load_model(path).network.state_dict() for path in (whole, resumed))
    assert all(torch.equal(first[name], second[name]) for name in first)
    assert losses(tmp_path / 'halves') == found
    totals = list(found.values())
    assert np.mean(totals[-5:]) < 0.9 * np.mean(totals[:5])
    manifest = json.loads((tmp_path / 'whole' / 'manifest.json').read_text())
    assert manifest['mixture']['questions']['driving'] > 0.5
    out = tmp_path / 'language'
    arguments = ['--data', root, '--model', whole, '--frames', 3, '--out', out]
    call(language_command, '--mode', 'commentary', *arguments)
    assert json.loads((out / 'summary.json').read_text())
    assert len(find_episodes(root)) == 2
