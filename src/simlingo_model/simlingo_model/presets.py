# SPDX-License-Identifier: Apache-2.0
"""Networks with random weights and their processors: the mini, or any configuration."""

from __future__ import annotations

from importlib import resources
from pathlib import Path
from typing import cast

import torch

from simlingo_model.config import ModelConfig, internvl2_1b, mini
from simlingo_model.network import SimLingoNetwork
from simlingo_model.processor import Processor
from simlingo_model.tokenizer import (
    BASE_SPECIALS,
    DRIVING_SPECIALS,
    TextTokenizer,
    byte_alphabet,
)


def mini_tokenizer() -> TextTokenizer:
    """Return the committed tokenizer of the mini."""
    with resources.as_file(
        resources.files('simlingo_model') / 'assets' / 'mini_tokenizer'
    ) as path:
        return TextTokenizer.load(Path(path))


def build_mini(seed: int, config: ModelConfig | None = None) -> tuple[SimLingoNetwork, Processor]:
    """Return a mini with random weights that depend on ``seed`` only, and its processor."""
    return build_network(config or mini(), mini_tokenizer(), seed)


def build_network(
    config: ModelConfig, tokenizer: TextTokenizer, seed: int
) -> tuple[SimLingoNetwork, Processor]:
    """Return a network with random weights, and its processor.

    Linear layers start at N(0, 0.02) without bias, position embeddings likewise.
    """
    processor = Processor(config, tokenizer)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        network = SimLingoNetwork(
            config,
            image_id=processor.encoder.image_id,
            target_id=processor.encoder.target_id,
        )
        _initialise(network)
    return network, processor


def build_full_size(
    dtype: torch.dtype, config: ModelConfig | None = None
) -> tuple[SimLingoNetwork, Processor]:
    """Return a network of the released size with random weights, and its processor.

    Its vocabulary is a stand-in (``stand_in_tokenizer``).

    Args:
        dtype: of the weights.
        config: None: the released size.
    """
    config = config or internvl2_1b()
    before = torch.get_default_dtype()
    torch.set_default_dtype(dtype)
    try:
        network, processor = build_network(config, stand_in_tokenizer(), seed=0)
    finally:
        torch.set_default_dtype(before)
    for parameter in network.parameters():
        # peft makes adapters in float32.
        parameter.data = parameter.data.to(dtype)
    return network, processor


def stand_in_tokenizer() -> TextTokenizer:
    """Return a vocabulary of bytes with the special ids of the released model."""
    vocabulary = {c: i for i, c in enumerate(byte_alphabet())}
    first, first_image = 151643, 151646
    specials = {name: first + i for i, name in enumerate(BASE_SPECIALS[:3])}
    specials |= {name: first_image + i for i, name in enumerate(BASE_SPECIALS[3:])}
    specials |= {name: 151655 + i for i, name in enumerate(DRIVING_SPECIALS)}
    return TextTokenizer(vocabulary, [], specials)


@torch.no_grad()
def _initialise(network: SimLingoNetwork) -> None:
    embeddings = network.vision.model.embeddings
    torch.nn.init.normal_(embeddings.position_embeddings, std=0.02)
    torch.nn.init.normal_(embeddings.cls_token, std=0.02)
    for part in (network.vision.projector, network.action, network.target_encoder):
        for module in part.modules():
            if isinstance(module, torch.nn.Linear):
                torch.nn.init.normal_(module.weight, std=module.in_features**-0.5)
                if module.bias is not None:
                    torch.nn.init.zeros_(module.bias)
    for head in (network.action.path_head, network.action.speed_head):
        torch.nn.init.normal_(cast(torch.nn.Linear, head[-1]).weight, std=1e-3)
