# SPDX-License-Identifier: Apache-2.0
"""The auxiliary head: cells lie where they are in the image, and image tokens learn from it."""

import dataclasses

import numpy as np
import pytest
import torch

from simlingo_model.config import mini
from simlingo_model.network import TrainingStep
from simlingo_model.presets import build_network, mini_tokenizer
from simlingo_model.processor import Processor, TrainingSample
from simlingo_model.prompts import WAYPOINTS_ANSWER, driving_prompt, target_point_clause
from simlingo_model.scene_head import CHANNELS, SceneGrid, SceneHead

CONFIG = mini()


@pytest.fixture
def grid():
    return SceneGrid(CONFIG)


def scene(grid, row, column, channel='walker', distance_m=10.0):
    cells = np.zeros((grid.rows, grid.columns, len(CHANNELS) + 1), np.uint8)
    cells[row, column, CHANNELS.index(channel)] = 1
    cells[row, column, -1] = round(distance_m * 4)
    return cells


def batch(scenes):
    tokenizer = mini_tokenizer()
    rng = np.random.default_rng(0)
    image, side = CONFIG.image, CONFIG.vision.tile_px
    samples = [
        TrainingSample(
            tiles=rng.integers(0, 255, (image.max_tiles, side, side, 3), np.uint8),
            prompt=driving_prompt(5.0, target_point_clause()),
            answer=WAYPOINTS_ANSWER,
            target_points_base_m=np.zeros((2, 2)),
            path_base_m=np.zeros((20, 2)),
            speed_waypoints_base_m=np.zeros((10, 2)),
            scene=cells,
        )
        for cells in scenes
    ]
    return Processor(CONFIG, tokenizer).collate(samples), tokenizer


def test_a_cell_lies_where_its_token_is_in_the_image(grid):
    assert (grid.columns, grid.rows) == (16, 8)
    # Token 5 of the right tile is its second row and column; its third part is bottom left.
    output = torch.zeros(1, 32, 4)
    output[0, 16 + 5, 2] = 1.0
    (found,) = torch.nonzero(grid.arrange(output)[0, ..., 0]).tolist()
    assert found == [3, 8 + 2]


def test_image_tokens_learn_from_it(grid):
    torch.manual_seed(0)
    scenes = [scene(grid, 2, 3), scene(grid, 5, 12, 'red_lamp', 30.0)]
    made, tokenizer = batch(scenes)
    network, _ = build_network(CONFIG, tokenizer, 0)
    step = TrainingStep(network, scene_head=SceneHead(CONFIG))
    optimizer = torch.optim.AdamW(step.parameters(), lr=3e-3)
    losses = []
    for _ in range(12):
        terms = step(made)
        assert terms.scene is not None
        losses.append(terms.averages()['scene'])
        optimizer.zero_grad()
        losses[-1].backward()
        optimizer.step()
    assert losses[-1] < 0.5 * losses[0]
    stem = next(network.vision.parameters())
    assert stem.grad is not None
    assert stem.grad.abs().max() > 0.0


def test_it_counts_with_its_weight_and_only_where_the_scene_is_known(grid):
    made, tokenizer = batch([scene(grid, 2, 3)])
    network, _ = build_network(CONFIG, tokenizer, 0)
    head = SceneHead(CONFIG)
    with torch.no_grad():
        known = TrainingStep(network, scene_head=head)(made)
        blank = TrainingStep(network, scene_head=head)(dataclasses.replace(made, scene=None))
    assert blank.scene is None
    rest = blank.total()
    assert known.total(scene_weight=0.0) == pytest.approx(rest.item())
    assert known.total(scene_weight=2.0) == pytest.approx((rest + 2.0 * known.scene).item())
    assert known.counts()['scene'] == 1


def test_a_batch_in_which_one_scene_is_unknown_has_none(grid):
    assert batch([scene(grid, 0, 0), None])[0].scene is None
