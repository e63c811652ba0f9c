# SPDX-License-Identifier: Apache-2.0
"""A model drives in one process: an untrained one drives badly, but it looks at every pixel."""

import functools
import json

import numpy as np
import pytest
import torch

import simlingo_evaluation.episode_task as episode_task_module
from simlingo_core.errors import CheckpointError, ConfigError
from simlingo_core.schedule import Schedule
from simlingo_evaluation.agents import PolicyAgent
from simlingo_evaluation.episode import run_episode
from simlingo_evaluation.episode_task import EpisodeTask, make_episode
from simlingo_evaluation.policies import check_policy, make_agent, policy_label
from simlingo_model import model_names
from simlingo_model.checkpoint import save_model
from simlingo_model.mean_image import write_mean_image
from simlingo_model.model_card import ModelCard
from simlingo_model.presets import build_mini
from simlingo_sim.town.route_files import read_routes
from simlingo_sim.traffic.traffic import TrafficConfig
from simlingo_sim.world import SimWorld, WorldConfig

TICKS = 60


@pytest.fixture(scope='module')
def model(tmp_path_factory):
    folder = tmp_path_factory.mktemp('models') / 'untrained'
    network, processor = build_mini(1)
    save_model(folder, network, processor, ModelCard(title='Untrained'))
    write_mean_image(folder, np.full((2, 224, 224, 3), 90, np.uint8))
    return folder


@pytest.fixture(scope='module')
def world():
    with SimWorld(WorldConfig(traffic=TrafficConfig(vehicles=0, pedestrians=0))) as opened:
        yield opened


@pytest.fixture
def drive(world, tmp_path, monkeypatch):
    """Drive the first seconds of a route with a policy; return its record's numbers."""
    monkeypatch.setattr(episode_task_module, 'open_world', lambda *_: world)
    monkeypatch.setattr(
        episode_task_module, 'run_episode', functools.partial(run_episode, max_ticks=TICKS)
    )
    agents = {}

    def make(name, schedule, *, comments=False, **_):
        key = name, comments
        if key not in agents:
            agents[key] = make_agent(name, world, schedule, comments=comments)
        return agents[key]

    monkeypatch.setattr(episode_task_module, 'process_agent', make)

    def run(policy, **changes):
        task = EpisodeTask(
            policy=policy,
            route=read_routes('test')[0],
            situation='free_driving',
            seed=3,
            protocol='bench2drive',
            schedule=Schedule(),
            folder=tmp_path / str(len(list(tmp_path.iterdir()))),
            has_strips=False,
            **changes,
        )
        record = make_episode(task)
        assert record.error == ''
        data = json.loads(task.record_path.read_text())
        data.pop('wall_s')
        return data, agents[policy, task.comments]

    threads = torch.get_num_threads()
    yield run
    torch.set_num_threads(threads)


def test_a_model_drives_the_same_way_twice_on_one_thread(drive, model):
    first, agent = drive(str(model))
    again, _ = drive(str(model))
    assert first == again
    assert first['top_speed_mps'] > 1.0
    assert agent.errors == []
    assert torch.get_num_threads() == 1


def test_a_blind_model_needs_no_image_and_drives_otherwise(drive, model):
    seeing, _ = drive(str(model))
    blind, agent = drive(f'blind={model}')
    assert agent.errors == []
    assert not any(agent.needs_image(tick) for tick in range(8))
    assert blind['top_speed_mps'] != seeing['top_speed_mps']


def test_an_instruction_reaches_a_model_in_a_campaign(drive, model):
    silent, _ = drive(str(model))
    instructed, agent = drive(str(model), instruction='Please stop.', instruction_s=0.2)
    assert len(agent.instructions) == 1
    assert instructed != silent
    assert drive(str(model))[0] == silent


def test_commentary_is_compared_with_the_plans_and_changes_no_drive(drive, model):
    silent, _ = drive(str(model))
    speaking, agent = drive(str(model), comments=True)
    assert silent.pop('words') == {}
    assert speaking.pop('words')['compared'] == agent.words.compared == TICKS // 4
    assert speaking == silent


def test_names_of_models_are_checked_before_anything_is_driven(model, monkeypatch, tmp_path):
    monkeypatch.setattr(model_names, 'ASSETS', tmp_path)
    for name in ('mini', 'blind=mini'):
        with pytest.raises(CheckpointError, match='not part of this installation'):
            check_policy(name)
    for name, hint in (('minni', 'did you mean mini'), ('blind=nowhere', 'model folder')):
        with pytest.raises(ConfigError, match=hint):
            check_policy(name)
    check_policy(str(model))
    labels = {policy_label(name) for name in ('expert', str(model), f'blind={model}')}
    assert len(labels) == 3
    assert 'expert' in labels


def test_a_model_is_known_by_its_name_in_results(world, model):
    agent = make_agent(str(model), world, Schedule())
    assert isinstance(agent, PolicyAgent)
    assert agent.name == str(model)
