# SPDX-License-Identifier: Apache-2.0
"""Recipes: overrides by name, and a step of each at tiny widths."""

import dataclasses
import json

import numpy as np
import pytest
import torch

from simlingo_core.errors import ConfigError
from simlingo_core.geometry import Pose3
from simlingo_core.types import Observation
from simlingo_model.checkpoint import load_model, save_model
from simlingo_model.drawn_path import path_through
from simlingo_model.model_card import ModelCard
from simlingo_model.network import TrainingStep
from simlingo_model.policy import SimLingoPolicy
from simlingo_model.presets import build_network, mini_tokenizer, stand_in_tokenizer
from simlingo_training.batches import BatchMaker
from simlingo_training.buckets import Bucket
from simlingo_training.episode_frames import EpisodeFrames
from simlingo_training.image_reader import ImageReader
from simlingo_training.overrides import as_plain, with_overrides
from simlingo_training.recipes import RECIPES, find_recipe, mini
from simlingo_training.sample_store import image_paths
from simlingo_training.samples import read_samples

TINY = [
    'batch_frames=2',
    'bf16=false',
    'mix.families=none',
    'model.vision.tile_px=56',
    'model.vision.width=32',
    'model.vision.layers=1',
    'model.vision.heads=2',
    'model.vision.mlp_width=64',
    'model.decoder.width=32',
    'model.decoder.layers=1',
    'model.decoder.heads=2',
    'model.decoder.key_value_heads=1',
    'model.decoder.mlp_width=64',
]


def build(recipe):
    is_large = recipe.has_language and recipe.model.decoder.vocabulary_rows > 100_000
    tokenizer = stand_in_tokenizer() if is_large else mini_tokenizer()
    return build_network(recipe.model, tokenizer, recipe.seed)


def tiny(name, *more):
    return with_overrides(find_recipe(name), [*TINY, *more])


@pytest.fixture
def samples(episodes):
    return read_samples(EpisodeFrames(episodes[0]))[0][:4]


def batch_of(recipe, processor, samples, step=0):
    reader = ImageReader(image_paths(samples), processor)
    return BatchMaker(samples, reader, processor, recipe).batch(step)


def test_settings_are_changed_by_name():
    recipe = with_overrides(
        mini(),
        [
            'optim.lr=3e-4',
            'optim.betas=0.8,0.9',
            'epochs=2',
            'bf16=no',
            'mix.bucket_weights.go=7',
            'model.lora.rank=4',
            'vocabulary=stand_in',
        ],
    )
    assert (recipe.optim.lr, recipe.optim.betas, recipe.epochs) == (3e-4, (0.8, 0.9), 2)
    assert recipe.bf16 is False
    assert recipe.mix.bucket_weights[Bucket.GO] == 7.0
    assert recipe.mix.bucket_weights[Bucket.BRAKE] == mini().mix.bucket_weights[Bucket.BRAKE]
    assert recipe.model.lora.rank == 4
    assert (
        with_overrides(
            mini(),
            ['model.decoder.width=60', 'model.decoder.heads=3', 'model.decoder.key_value_heads=1'],
        ).model.decoder.width
        == 60
    )
    assert with_overrides(recipe, ['model.lora=none']).model.lora is None
    assert json.loads(json.dumps(as_plain(recipe)))['optim']['lr'] == 3e-4


@pytest.mark.parametrize(
    ('text', 'words'),
    [
        ('optim.rate=1', 'OptimConfig has lr'),
        ('optim=1', 'optim.lr'),
        ('optim.lr=fast', 'expected float'),
        ('optim.lr=0', 'more than 0'),
        ('optim.schedule=linear', 'one_cycle'),
        ('bf16=maybe', 'true or false'),
        ('mix.bucket_weights.fly=1', 'brake'),
        ('mix.shifted_share=2', 'a share'),
        ('optim.lr', 'NAME=VALUE'),
        ('epochs.more=1', 'has none'),
    ],
)
def test_what_is_no_setting_is_named(text, words):
    with pytest.raises(ConfigError, match=words):
        with_overrides(mini(), [text])


@pytest.mark.parametrize('name', RECIPES)
def test_every_recipe_learns_and_saves(name, samples, tmp_path):
    recipe = tiny(name)
    network, processor = build(recipe)
    step = TrainingStep(network.train(), recipe.loss.points)
    optimizer = torch.optim.AdamW([p for p in network.parameters() if p.requires_grad], lr=3e-3)
    batch = batch_of(recipe, processor, samples)
    losses = []
    for _ in range(8):
        terms = step(batch)
        total = terms.total(language_weight=recipe.loss.language_weight)
        optimizer.zero_grad()
        total.backward()
        # A wrapper for several processes stops at a weight without a share in the loss.
        unused = [n for n, p in network.named_parameters() if p.requires_grad and p.grad is None]
        assert unused == []
        optimizer.step()
        losses.append(total.item())
    assert np.isfinite(losses).all()
    assert losses[-1] < losses[0]
    assert (terms.language.numel() > 0) == recipe.has_language
    save_model(tmp_path, network, processor, ModelCard(title=name, trained_on='a test'))
    loaded = load_model(tmp_path)
    plan = SimLingoPolicy(loaded.network, loaded.processor).plan(
        Observation(
            t_s=0.0,
            image_jpeg=samples[0].image_path.read_bytes(),
            pose_map=Pose3.identity(),
            speed_mps=4.0,
            target_points_base_m=[[10.0, 0.0], [20.0, 0.0]],
        )
    )
    assert plan.path_base_m.shape == (20, 2)
    assert np.isfinite(plan.speed_waypoints_base_m).all()


def test_without_language_the_speed_and_the_targets_are_seen(samples):
    recipe = tiny('mini_base')
    torch.manual_seed(0)
    network, processor = build(recipe)
    torch.nn.init.normal_(network.action.speed_head[-1].weight, std=5.0)
    policy = SimLingoPolicy(network, processor)
    values = {
        'image_jpeg': samples[0].image_path.read_bytes(),
        'pose_map': Pose3.identity(),
        'speed_mps': 4.0,
        'target_points_base_m': [[10.0, 0.0], [20.0, 0.0]],
    }
    plans = [
        policy.plan(Observation(t_s=float(k), **(values | change))).speed_waypoints_base_m
        for k, change in enumerate(
            [{}, {'speed_mps': 9.0}, {'target_points_base_m': [[10.0, 5.0], [20.0, 9.0]]}, {}]
        )
    ]
    np.testing.assert_allclose(plans[0], plans[3])
    assert np.abs(plans[0] - plans[1]).max() > 1e-5
    assert np.abs(plans[0] - plans[2]).max() > 1e-5


def test_recomputed_activations_give_the_same_gradient(samples):
    recipe = tiny('internvl2_1b', 'model.lora.dropout=0')
    found = []
    for recomputes in (False, True):
        network, processor = build(recipe)
        if recomputes:
            network.enable_gradient_checkpointing()
        terms = TrainingStep(network.train())(batch_of(recipe, processor, samples))
        terms.total().backward()
        found.append(network.action.path_queries.grad)
    torch.testing.assert_close(found[0], found[1])


def test_a_path_is_drawn_through_speed_waypoints():
    straight = np.column_stack([np.arange(1, 11) * 0.5, np.zeros(10)])
    np.testing.assert_allclose(path_through(straight)[:, 0], np.arange(20.0), atol=2e-3)
    np.testing.assert_allclose(path_through(np.zeros((10, 2)))[-1], [19.0, 0.0], atol=2e-3)
    turn = np.array([[1.0, 0.0], [2.0, 0.0], [2.0, 1.0]])
    np.testing.assert_allclose(path_through(turn)[-1], [2.0, 17.0], atol=2e-3)


def test_commands_take_turns_with_target_points(samples):
    recipe = tiny('mini_command', 'ask.second_question_share=0')
    _, processor = build(recipe)
    texts = []
    for step in range(12):
        ids = batch_of(recipe, processor, samples, step).ids.tolist()
        texts += [processor.tokenizer.decode(row) for row in ids]
    commands = sum('follow the road' in text for text in texts)
    assert 4 < commands < len(texts) - 4
    assert sum('Target waypoint' in text for text in texts) == len(texts) - commands


def test_the_recipe_says_what_its_model_is():
    base = find_recipe('mini_base')
    assert not base.has_language
    assert find_recipe('mini_no_path').model.action.path_points == 0
    assert find_recipe('mini_no_dream').ask.dream_share == 0.0
    same = dataclasses.replace(find_recipe('internvl3_1b').model, name='internvl2_1b')
    assert same.vision == find_recipe('internvl2_1b').model.vision
