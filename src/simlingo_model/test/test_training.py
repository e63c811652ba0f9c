# SPDX-License-Identifier: Apache-2.0
from dataclasses import replace

import numpy as np
import pytest
import torch

from simlingo_model import prompts
from simlingo_model.config import LoraConfig, mini
from simlingo_model.precision import multiplies_bfloat16
from simlingo_model.presets import build_mini
from simlingo_model.processor import TrainingSample
from simlingo_model.vision import pixel_unshuffle

NAVIGATION = prompts.target_point_clause()


def sample(i: int) -> TrainingSample:
    generator = np.random.default_rng(i)
    curve = 0.02 * (i - 1)
    x = np.arange(20.0)
    answer = ['Accelerate.', 'Stop now due to the red traffic light.'][i % 2]
    return TrainingSample(
        tiles=generator.integers(0, 256, (2, 224, 224, 3), dtype=np.uint8),
        prompt=prompts.commentary_prompt(float(i), NAVIGATION),
        answer=prompts.commentary_answer(answer),
        target_points_base_m=np.array([[14.0, 196 * curve], [30.0, 900 * curve]]),
        path_base_m=np.stack([x, curve * x**2], axis=1),
        speed_waypoints_base_m=np.stack([np.arange(1, 11) * 0.4 * i, np.zeros(10)], axis=1),
    )


def test_same_seed_same_weights():
    one, other, third = (build_mini(seed)[0].state_dict() for seed in (1, 1, 2))
    assert all(torch.equal(one[name], other[name]) for name in one)
    assert not torch.equal(one['action.path_queries'], third['action.path_queries'])


def test_building_leaves_the_random_state_alone():
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    build_mini(1)
    torch.testing.assert_close(torch.rand(3), expected)


def test_an_untrained_mini_drives_straight_on():
    network, processor = build_mini(0)
    batch = processor.collate([sample(0)])
    with torch.inference_mode():
        path = network.training_loss(batch).predicted_path[0]
    assert path[0].norm() < 0.5
    assert path[19, 0] == pytest.approx(19.0, abs=2.0)


def test_learns_a_handful_of_samples():
    network, processor = build_mini(0)
    batch = processor.collate([sample(i) for i in range(4)])
    optimiser = torch.optim.AdamW(network.parameters(), lr=1e-3)
    losses = []
    for _ in range(25):
        with torch.autocast('cpu', dtype=torch.bfloat16, enabled=multiplies_bfloat16()):
            loss = network.training_loss(batch).total()
        optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimiser.step()
        losses.append(loss.item())
    assert losses[-1] < 0.5 * losses[0]


def test_every_weight_learns():
    network, processor = build_mini(0)
    network.training_loss(processor.collate([sample(i) for i in range(2)])).total().backward()
    silent = [
        name
        for name, weight in network.named_parameters()
        if weight.grad is None or not bool(weight.grad.abs().sum() > 0)
    ]
    # The bias of a key shifts all scores alike; a class token behind the last layer is not read.
    assert [name for name in silent if 'k_proj.bias' not in name] == []


def test_a_batch_gives_what_its_samples_give():
    network, processor = build_mini(0)
    samples = [sample(i) for i in range(3)]
    # So much longer that it runs apart from the others (``length_groups``).
    samples[1] = replace(
        samples[1], answer='Stop. ' * 40, prompt=prompts.driving_prompt(9.9, NAVIGATION)
    )
    with torch.inference_mode():
        together = network.training_loss(processor.collate(samples))
        for i, one in enumerate(samples):
            alone = network.training_loss(processor.collate([one]))
            torch.testing.assert_close(
                together.predicted_path[i], alone.predicted_path[0], rtol=1e-4, atol=1e-4
            )
            mine = together.language[together.language_sample == i]
            torch.testing.assert_close(mine, alone.language, rtol=1e-4, atol=1e-4)


def test_shared_images_change_no_number():
    network, processor = build_mini(0)
    one = sample(0)
    asked = replace(one, prompt=prompts.driving_prompt(1.0, NAVIGATION))
    with torch.inference_mode():
        apart = network.training_loss(processor.collate([one, asked])).total()
        shared = [replace(s, image_key=7) for s in (one, asked)]
        together = network.training_loss(processor.collate(shared)).total()
    torch.testing.assert_close(apart, together)


def test_the_total_is_the_weighted_sum_of_the_averages():
    network, processor = build_mini(0)
    with torch.inference_mode():
        terms = network.training_loss(processor.collate([sample(0), sample(3)]))
    without_text = terms.total(language_weight=0.0)
    torch.testing.assert_close(without_text, terms.path.mean() + terms.speed.mean())
    assert terms.total() == pytest.approx(
        sum(v.item() for v in terms.averages().values()), rel=1e-5
    )


def test_with_adapters_only_they_and_the_rest_learn():
    network, _ = build_mini(0, mini().with_lora(LoraConfig(rank=4, alpha=8.0)))
    learning = {name for name, p in network.named_parameters() if p.requires_grad}
    assert any('lora_A' in name for name in learning)
    assert not any('base_layer' in name or 'embed_tokens' in name for name in learning)
    assert 'action.path_queries' in learning


def test_pixel_unshuffle_keeps_neighbours_together():
    numbers = torch.arange(16.0).reshape(1, 16, 1)
    merged = pixel_unshuffle(numbers, 2)
    assert merged[0].tolist() == [
        [0.0, 1.0, 4.0, 5.0],
        [2.0, 3.0, 6.0, 7.0],
        [8.0, 9.0, 12.0, 13.0],
        [10.0, 11.0, 14.0, 15.0],
    ]
