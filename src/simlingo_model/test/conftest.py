# SPDX-License-Identifier: Apache-2.0
"""A mini with random weights, an image, an observation."""

from dataclasses import replace

import cv2
import numpy as np
import pytest
import torch

from simlingo_core.geometry import Pose3
from simlingo_core.images import encode_jpeg
from simlingo_core.types import Observation
from simlingo_model.config import mini
from simlingo_model.passes import GraphPasses
from simlingo_model.policy import SimLingoPolicy
from simlingo_model.presets import build_mini


@pytest.fixture(scope='session', autouse=True)
def _one_thread():
    # Two threads wait for each other on a machine with other work.
    torch.set_num_threads(1)


@pytest.fixture(scope='session')
def mini_parts():
    return build_mini(seed=0)


@pytest.fixture(scope='session')
def image_jpeg() -> bytes:
    coarse = np.random.default_rng(0).integers(0, 256, (16, 32, 3), dtype=np.uint8)
    return encode_jpeg(np.asarray(cv2.resize(coarse, (1024, 512)), dtype=np.uint8), 'rgb8')


@pytest.fixture
def observation(image_jpeg) -> Observation:
    return Observation(
        t_s=3.0,
        image_jpeg=image_jpeg,
        pose_map=Pose3.identity(),
        speed_mps=4.2,
        target_points_base_m=np.array([[14.25, 1.5], [31.75, -4.625]]),
    )


@pytest.fixture
def later(observation):
    def make(seconds: float) -> Observation:
        return replace(observation, t_s=observation.t_s + seconds)

    return make


@pytest.fixture
def policy(mini_parts) -> SimLingoPolicy:
    network, processor = mini_parts
    return SimLingoPolicy(network, processor)


@pytest.fixture
def own_policy():
    """A policy whose network a test may change."""
    network, processor = build_mini(seed=0, config=replace(mini(), max_answer_tokens=12))
    return SimLingoPolicy(network, processor)


class Sequences:
    """Images, targets and prompts of different length."""

    def __init__(self, network):
        self.network = network
        side = network.config.vision.tile_px
        self.shape = (1, network.config.image.max_tiles, side, side, 3)
        self.generator = np.random.default_rng(0)

    def tiles(self):
        return torch.from_numpy(self.generator.integers(0, 256, self.shape, dtype=np.uint8))

    def targets(self):
        return torch.from_numpy(self.generator.uniform(-20, 20, (1, 2, 2))).float()

    def prompt(self, text_tokens, has_targets=True):
        image = [self.network.image_id] * self.network.config.image_tokens
        targets = [self.network.target_id] * 2 if has_targets else []
        text = [int(i) for i in self.generator.integers(5, 200, text_tokens)]
        return (*text[:3], *image, *text[3:6], *targets, *text[6:])


@pytest.fixture(scope='module')
def network(mini_parts):
    return mini_parts[0].eval()


@pytest.fixture(scope='module')
def sequences(network):
    return Sequences(network)


@pytest.fixture(scope='module')
def make_recorded(network):
    """Makes static passes for the lengths of ``sequences``."""
    shortest = network.config.image_tokens + 20 + network.config.action.queries

    def make(recorder=None):
        return GraphPasses(
            network, shortest=shortest, longest=shortest + 70, text_tokens=12, recorder=recorder
        )

    return make


@pytest.fixture(scope='module')
def recorded(make_recorded):
    return make_recorded()
