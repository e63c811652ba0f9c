# SPDX-License-Identifier: Apache-2.0
"""Models on disk: our folders and upstream's released files.

Our folder: ``model.safetensors``, ``config.json``, the tokenizer and a README (the model card).
Upstream's: ``checkpoints/epoch=NNN.ckpt/pytorch_model.pt`` with ``.hydra/config.yaml`` three
folders above the file and no tokenizer; that is in the user's InternVL2-1B folder.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
import yaml
from safetensors.torch import save_file
from torch import Tensor

from simlingo_core.errors import CheckpointError, ConfigError
from simlingo_model.config import ModelConfig, internvl2_1b
from simlingo_model.decoder import restore_rotary_buffers
from simlingo_model.file_faults import why_no_model_folder, why_unreadable
from simlingo_model.model_card import ModelCard
from simlingo_model.network import SimLingoNetwork
from simlingo_model.processor import Processor
from simlingo_model.tokenizer import TextTokenizer
from simlingo_model.upstream_keys import ALIASES, from_upstream, merge_lora, to_upstream
from simlingo_model.weight_files import check_finite, check_names, read_weights

FORMAT = 'simlingo-ros2/1'
CONFIG_FILE = 'config.json'
WEIGHT_FILE = 'model.safetensors'
CARD_FILE = 'README.md'
# Settings of upstream's training that change the network's meaning: path in the YAML, value.
_HYDRA_EXPECTED: tuple[tuple[tuple[str, ...], Any], ...] = (
    (('model', 'speed_wps_mode'), '2d'),
    (('model', 'predict_route_as_wps'), True),
    (('model', 'vision_model', 'use_global_img'), False),
    (('data_module', 'use_global_img'), False),
)


@dataclass(frozen=True)
class LoadedModel:
    """A network, its processor and its card."""

    network: SimLingoNetwork
    processor: Processor
    card: ModelCard


def is_own_folder(path: Path) -> bool:
    """Whether ``path`` is a folder in our format."""
    return (path / CONFIG_FILE).is_file() and (path / WEIGHT_FILE).is_file()


def load_model(
    path: Path,
    *,
    tokenizer_folder: Path | None = None,
    config: ModelConfig | None = None,
    merges_lora: bool = True,
    dtype: torch.dtype = torch.float32,
    device: torch.device | str = 'cpu',
) -> LoadedModel:
    """Load our folder or upstream's file.

    Args:
        path: folder or file.
        tokenizer_folder: needed for upstream's files only.
        config: of an upstream file; None: the released size.
        merges_lora: merge adapters into their layers, for driving; False: keep them trainable.
        dtype: of the weights.
        device: of the weights.

    Raises:
        CheckpointError: something is missing, damaged or of another model.
    """
    if is_own_folder(path):
        config, card = read_description(path)
        weights = read_weights(path / WEIGHT_FILE)
        check_finite(weights)
        tokenizer = TextTokenizer.load(path)
    else:
        if tokenizer_folder is None:
            raise CheckpointError(why_no_model_folder(path))
        tokenizer = TextTokenizer.load(tokenizer_folder)
        config = config or internvl2_1b()
        weights = _read_upstream(path, config)
        card = ModelCard(
            title='SimLingo (released weights)',
            trained_on='the SimLingo data set of its authors (CARLA, PDM-Lite expert)',
            licence='other',
            is_upstream=True,
        )
    if config.lora is not None and merges_lora:
        weights, config = merge_lora(weights, config.lora.scale), config.with_lora(None)
    processor = Processor(config, tokenizer)
    network = _fill_network(config, processor, weights, dtype, torch.device(device))
    return LoadedModel(network, processor, card)


def save_model(
    folder: Path, network: SimLingoNetwork, processor: Processor, card: ModelCard
) -> None:
    """Write our format; the weight file gets its final name when it is complete."""
    folder.mkdir(parents=True, exist_ok=True)
    weights = {
        name: weight.detach().cpu().contiguous() for name, weight in network.state_dict().items()
    }
    check_finite(weights)
    unfinished = folder / (WEIGHT_FILE + '.part')
    save_file(weights, unfinished, metadata={'format': 'pt'})
    processor.tokenizer.save(folder)
    parameters = sum(parameter.numel() for parameter in network.parameters())
    text = card.markdown(parameters=parameters, config_name=network.config.name)
    (folder / CARD_FILE).write_text(text, encoding='utf-8')
    description = {
        'format': FORMAT,
        'parameters': parameters,
        'model': network.config.to_dict(),
        'card': card.to_dict(),
    }
    (folder / CONFIG_FILE).write_text(json.dumps(description, indent=2) + '\n', encoding='utf-8')
    # safetensors makes the file readable by its owner only; give it the rights of the others.
    unfinished.chmod((folder / CONFIG_FILE).stat().st_mode)
    unfinished.replace(folder / WEIGHT_FILE)


def read_description(folder: Path) -> tuple[ModelConfig, ModelCard]:
    """Read configuration and card of a folder of ours.

    Raises:
        CheckpointError: the file is damaged, of another format or of a newer version.
    """
    path = folder / CONFIG_FILE
    try:
        content = json.loads(path.read_text(encoding='utf-8'))
        if content.get('format') != FORMAT:
            raise CheckpointError(
                f'{path} has format {content.get("format")!r}; expected {FORMAT!r}: was it '
                'written by a newer version, or is it another kind of model?'
            )
        return ModelConfig.from_dict(content['model']), ModelCard.from_dict(content['card'])
    except (OSError, ValueError, KeyError, AttributeError, ConfigError) as error:
        raise CheckpointError(why_unreadable(path, error)) from error


def _read_upstream(path: Path, config: ModelConfig) -> dict[str, Tensor]:
    """Read upstream's layout strictly; only aliases may be missing."""
    weights = read_weights(path)
    with torch.device('meta'):
        network = SimLingoNetwork(config, image_id=0, target_id=0)
    expected = {key: weight.shape for key, weight in to_upstream(network.state_dict()).items()}
    for alias, source in ALIASES.items():
        if alias not in weights:
            expected.pop(alias, None)
        elif source in weights and not _is_same(weights[alias], weights[source]):
            raise CheckpointError(
                f'{alias} differs from {source}; expected the same tensor under both names: the '
                'file is damaged'
            )
    check_names(weights, expected)
    check_finite(weights)
    _check_hydra(path)
    return from_upstream(weights)


def _is_same(one: Tensor, other: Tensor) -> bool:
    return one.data_ptr() == other.data_ptr() or (
        one.shape == other.shape and bool(torch.equal(one, other))
    )


def _check_hydra(path: Path) -> None:
    """Refuse a checkpoint whose training settings are those of another network."""
    folder = path if path.is_dir() else path.parent
    file = folder.parent.parent / '.hydra' / 'config.yaml'
    if not file.is_file():
        return
    try:
        settings = yaml.safe_load(file.read_text(encoding='utf-8'))
    except (OSError, ValueError, yaml.YAMLError) as error:
        raise CheckpointError(why_unreadable(file, error)) from error
    for keys, wanted in _HYDRA_EXPECTED:
        value = settings
        for key in keys:
            value = value.get(key) if isinstance(value, Mapping) else None
        if value is not None and value != wanted:
            raise CheckpointError(
                f'{file}: {".".join(keys)} is {value!r}; expected {wanted!r}: this variant of '
                'SimLingo is not supported'
            )


def _fill_network(
    config: ModelConfig,
    processor: Processor,
    weights: Mapping[str, Tensor],
    dtype: torch.dtype,
    device: torch.device,
) -> SimLingoNetwork:
    with torch.device('meta'):
        network = SimLingoNetwork(
            config,
            image_id=processor.encoder.image_id,
            target_id=processor.encoder.target_id,
        )
    check_names(weights, {name: weight.shape for name, weight in network.state_dict().items()})
    placed = {name: weight.to(device=device, dtype=dtype) for name, weight in weights.items()}
    network.load_state_dict(placed, assign=True)
    restore_rotary_buffers(network.language, device)
    return network.eval()
