# SPDX-License-Identifier: Apache-2.0
"""The tiny reference model and the numbers upstream's code gave for it."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from simlingo_model.config import (
    ActionConfig,
    DecoderConfig,
    LoraConfig,
    ModelConfig,
    VisionConfig,
)
from simlingo_model.network import SimLingoNetwork
from simlingo_model.upstream_keys import from_upstream

DATA = Path(__file__).resolve().parents[1] / 'data'
TINY = DATA / 'tiny'
IMAGE_ID = 377
TARGET_ID = 391


@pytest.fixture(scope='session')
def tiny_folder() -> Path:
    return TINY


@pytest.fixture(scope='session')
def tiny_config() -> ModelConfig:
    return ModelConfig(
        name='tiny',
        vision=VisionConfig(width=48, layers=3, heads=4, mlp_width=128),
        decoder=DecoderConfig(
            vocabulary_rows=384, width=64, layers=3, heads=4, key_value_heads=2, mlp_width=160
        ),
        lora=LoraConfig(),
        action=ActionConfig(),
    )


@pytest.fixture(scope='session')
def tiny_weights() -> dict[str, torch.Tensor]:
    return load_file(TINY / 'model.safetensors')


@pytest.fixture
def tiny_network(tiny_config, tiny_weights) -> SimLingoNetwork:
    network = SimLingoNetwork(tiny_config, image_id=IMAGE_ID, target_id=TARGET_ID)
    network.load_state_dict(from_upstream(tiny_weights))
    return network.eval()


@pytest.fixture(scope='session')
def golden():
    def load(name: str):
        return np.load(TINY / f'{name}.npz')

    return load


@pytest.fixture(scope='session')
def golden_tiles():
    def load(k: int) -> np.ndarray:
        row = cv2.imread(str(TINY / f'tiles_{k}.png'))[..., ::-1]
        return np.ascontiguousarray(np.stack(np.split(row, 2, axis=1)))

    return load


@pytest.fixture(scope='session')
def golden_prompts() -> list[dict]:
    return json.loads((TINY / 'prompts_tiny_tokenizer.json').read_text())
