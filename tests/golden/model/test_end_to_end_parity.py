# SPDX-License-Identifier: Apache-2.0
"""From camera image to plan: upstream's numbers, in the stack's frame."""

from pathlib import Path

import cv2
import numpy as np
import pytest
import torch

from simlingo_core.geometry import Pose3
from simlingo_core.images import encode_jpeg
from simlingo_core.types import Observation
from simlingo_model import prompts
from simlingo_model.checkpoint import LoadedModel, load_model
from simlingo_model.policy import SimLingoPolicy
from simlingo_model.policy_config import Order, PolicyConfig
from simlingo_model.processor import TrainingSample

TINY = Path(__file__).resolve().parents[1] / 'data' / 'tiny'


@pytest.fixture
def model(tiny_config) -> LoadedModel:
    return load_model(
        TINY / 'model.safetensors', tokenizer_folder=TINY / 'tokenizer', config=tiny_config
    )


def test_upstreams_tick(model, golden):
    """Mode commentary of the golden runs: image 0, 4.2 m/s, default order of upstream."""
    policy = SimLingoPolicy(model.network, model.processor, PolicyConfig(order=Order.EXACT))
    camera_bgr = cv2.imread(str(TINY / 'camera_0.png'))
    observation = Observation(
        t_s=1.0,
        image_jpeg=encode_jpeg(camera_bgr, 'bgr8'),
        pose_map=Pose3.identity(),
        speed_mps=4.23,
        target_points_base_m=np.array([[14.25, 1.5], [31.75, -4.625]]),
    )
    plan = policy.plan(observation)
    arrays = golden('inference_fp32')
    mirror = np.array([1.0, -1.0])
    for ours, theirs in (
        (plan.path_base_m, 'route'),
        (plan.speed_waypoints_base_m, 'speed_wps'),
    ):
        expected = arrays[f'commentary/{theirs}'] * mirror
        np.testing.assert_allclose(ours, expected, rtol=1e-5, atol=1e-4)
    text = model.processor.tokenizer.decode(arrays['commentary/tokens'].tolist())
    assert policy.reply(observation) == prompts.without_markers(text)


def test_padded_batch(model, golden, golden_prompts, golden_tiles):
    arrays = golden('prompts_padded_batch')
    by_mode = {case['mode']: case for case in golden_prompts}
    samples = [
        TrainingSample(
            tiles=golden_tiles(0),
            prompt=prompts.prompt_from_text(by_mode[mode]['user']),
            answer=by_mode[mode]['answer'],
            target_points_base_m=np.zeros((2, 2)),
            path_base_m=np.zeros((20, 2)),
            speed_waypoints_base_m=np.zeros((10, 2)),
            image_key='same',
        )
        for mode in ('driving_target_point', 'commentary', 'qa')
    ]
    batch = model.processor.collate(samples)
    assert torch.equal(batch.valid, torch.from_numpy(arrays['conversation_valid']))
    assert torch.equal(batch.learned, torch.from_numpy(arrays['conversation_loss_mask']))
    expected = torch.from_numpy(arrays['conversation_ids'])
    assert torch.equal(batch.ids, expected)
    assert batch.tiles.shape[0] == 1
