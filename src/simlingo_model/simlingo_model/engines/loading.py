# SPDX-License-Identifier: Apache-2.0
"""Load a model with the engine that runs it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType

import torch

from simlingo_core.errors import ConfigError
from simlingo_core.memory import keep_large_blocks
from simlingo_model.checkpoint import LoadedModel, load_model, read_description
from simlingo_model.engines.manifest import FOLDER, read_manifest
from simlingo_model.engines.onnxruntime_runner import OnnxRuntimeRunner
from simlingo_model.engines.openvino_runner import OpenVinoRunner
from simlingo_model.engines.runner import GraphRunner
from simlingo_model.engines.runner_passes import RunnerPasses
from simlingo_model.network import SimLingoNetwork
from simlingo_model.packed import can_pack, pack_weights
from simlingo_model.passes import Passes, choose_passes
from simlingo_model.precision import choose_device, choose_dtype
from simlingo_model.processor import Processor
from simlingo_model.tokenizer import TextTokenizer

RUNNERS: Mapping[str, Callable[[Path, str], GraphRunner]] = MappingProxyType(
    {'onnxruntime': OnnxRuntimeRunner, 'openvino': OpenVinoRunner}
)
ENGINES = ('auto', 'torch', *RUNNERS)


def load_for_driving(
    path: Path, *, tokenizer_folder: Path | None = None, device: str = 'auto', engine: str = 'auto'
) -> tuple[LoadedModel, Passes]:
    """Load a model and the passes of an engine: adapters merged, precision fit for the device.

    Args:
        path: model folder, or upstream's file for PyTorch.
        tokenizer_folder: needed for upstream's files only.
        device: ``auto``, ``cpu``, ``cuda``, or one that the engine has.
        engine: one of ``ENGINES``; ``auto`` is PyTorch.

    Raises:
        BackendError: the engine is not installed, or not for this device.
        CheckpointError: the model or its export cannot be read.
        ConfigError: there is no such engine.
    """
    if engine not in ENGINES:
        raise ConfigError(f'engine is {engine!r}; expected one of {", ".join(ENGINES)}')
    if engine in RUNNERS:
        runner = load_runner(engine, path, device)
        model = load_without_weights(path)
        return model, RunnerPasses(runner, model.processor)
    where = choose_device(device)
    dtype = choose_dtype(where, path)
    model = load_model(path, tokenizer_folder=tokenizer_folder, dtype=dtype, device=where)
    keep_large_blocks()
    if can_pack(model.network):
        pack_weights(model.network)
    return model, choose_passes(model.network.eval(), model.processor)


def load_runner(engine: str, model_folder: Path, device: str) -> GraphRunner:
    """Load the exported graphs of a model into an engine.

    Args:
        engine: one of ``RUNNERS``.
        model_folder: with an export.
        device: ``auto`` is ``cpu``.

    Raises:
        BackendError: the engine is not installed, or not for this device.
        CheckpointError: there is no export, or it cannot be used.
    """
    read_manifest(model_folder)
    return RUNNERS[engine](model_folder / FOLDER, 'cpu' if device == 'auto' else device)


def load_without_weights(model_folder: Path) -> LoadedModel:
    """Load configuration, tokenizer and card of a model; its network has no weights.

    Raises:
        CheckpointError: one of them cannot be read.
    """
    config, card = read_description(model_folder)
    processor = Processor(config.with_lora(None), TextTokenizer.load(model_folder))
    with torch.device('meta'):
        network = SimLingoNetwork(
            processor.config,
            image_id=processor.encoder.image_id,
            target_id=processor.encoder.target_id,
        )
    return LoadedModel(network, processor, card)
