# SPDX-License-Identifier: Apache-2.0
"""Load a model with the engine that runs it."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from importlib.util import find_spec
from pathlib import Path
from types import MappingProxyType

import torch

from simlingo_core.errors import BackendError, CheckpointError, ConfigError
from simlingo_core.memory import keep_large_blocks
from simlingo_model.checkpoint import LoadedModel, load_model, read_description
from simlingo_model.engines.manifest import (
    FOLDERS,
    WEIGHT_FILE,
    exported_precisions,
    read_manifest,
)
from simlingo_model.engines.onnxruntime_runner import OnnxRuntimeRunner
from simlingo_model.engines.openvino_runner import OpenVinoRunner
from simlingo_model.engines.precisions import AUTO, BFLOAT16, FLOAT32, choose_precision
from simlingo_model.engines.runner import GraphRunner
from simlingo_model.engines.runner_passes import RunnerPasses
from simlingo_model.engines.tensorrt_runner import TensorRtRunner
from simlingo_model.network import SimLingoNetwork
from simlingo_model.packed import can_pack, pack_weights
from simlingo_model.passes import Passes, choose_passes
from simlingo_model.precision import choose_device, choose_dtype
from simlingo_model.processor import Processor
from simlingo_model.tokenizer import TextTokenizer

TORCH = 'torch'
RUNNERS: Mapping[str, Callable[[Path, str, str], GraphRunner]] = MappingProxyType(
    {
        'openvino': OpenVinoRunner,
        'onnxruntime': OnnxRuntimeRunner,
        'tensorrt': TensorRtRunner,
    }
)
ENGINES = (AUTO, TORCH, *RUNNERS)
_DTYPES = MappingProxyType({FLOAT32: torch.float32, BFLOAT16: torch.bfloat16})

_logger = logging.getLogger(__name__)


def load_for_driving(
    path: Path,
    *,
    tokenizer_folder: Path | None = None,
    device: str = AUTO,
    engine: str = AUTO,
    precision: str = AUTO,
    falls_back: bool = False,
) -> tuple[LoadedModel, Passes]:
    """Load a model and the passes of an engine: adapters merged, precision fit for the device.

    Args:
        path: model folder, or upstream's file for PyTorch.
        tokenizer_folder: needed for upstream's files only.
        device: ``auto``, ``cpu``, ``cuda``, or one that the engine has.
        engine: one of ``ENGINES``; see ``choose_engine``.
        precision: one of ``PRECISIONS``.
        falls_back: use PyTorch, with a warning, where the engine cannot be used.

    Raises:
        BackendError: the engine is not installed, or not for this device or precision.
        CheckpointError: the model or its export cannot be read.
        ConfigError: there is no such engine or precision.
    """
    chosen = choose_engine(engine, path)
    if chosen == TORCH:
        return _load_torch(path, tokenizer_folder, device, precision)
    try:
        runner = load_runner(chosen, path, device, precision)
    except (BackendError, CheckpointError) as error:
        if not falls_back:
            raise
        _logger.warning('PyTorch runs the model in place of %s: %s', chosen, error)
        return _load_torch(path, tokenizer_folder, device, AUTO)
    model = load_without_weights(path)
    return model, RunnerPasses(runner, model.processor)


def choose_engine(engine: str, path: Path) -> str:
    """Return the engine to use.

    Args:
        engine: one of ``ENGINES``; ``auto`` is PyTorch, but for a folder that holds an export and
            no weights: there it is the first of ``RUNNERS`` that is installed.
        path: of the model.

    Raises:
        ConfigError: there is no such engine.
    """
    if engine not in ENGINES:
        raise ConfigError(f'engine is {engine!r}; expected one of {", ".join(ENGINES)}')
    if engine != AUTO:
        return engine
    if path.is_dir() and exported_precisions(path) and not (path / WEIGHT_FILE).is_file():
        return next((name for name in RUNNERS if find_spec(name)), next(iter(RUNNERS)))
    return TORCH


def load_runner(
    engine: str, model_folder: Path, device: str = AUTO, precision: str = AUTO
) -> GraphRunner:
    """Load the exported graphs of a model into an engine.

    Args:
        engine: one of ``RUNNERS``.
        model_folder: with an export.
        device: ``auto`` is ``cpu``, and ``cuda`` for TensorRT.
        precision: one of ``PRECISIONS``.

    Raises:
        BackendError: the engine is not installed, or not for this device or precision.
        CheckpointError: there is no export, or it cannot be used.
        ConfigError: there is no such precision.
    """
    where = device if device != AUTO else ('cuda' if engine == 'tensorrt' else 'cpu')
    exported = exported_precisions(model_folder)
    chosen = choose_precision(precision, exported, on_cpu=where == 'cpu')
    read_manifest(model_folder, chosen)
    return RUNNERS[engine](model_folder / FOLDERS[chosen], where, chosen)


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


def _load_torch(
    path: Path, tokenizer_folder: Path | None, device: str, precision: str
) -> tuple[LoadedModel, Passes]:
    where = choose_device(device)
    if precision not in (AUTO, *_DTYPES):
        raise ConfigError(
            f'precision is {precision!r} and engine torch has {", ".join(_DTYPES)}; choose one of '
            'these, or engine openvino or onnxruntime'
        )
    dtype = choose_dtype(where, path) if precision == AUTO else _DTYPES[precision]
    model = load_model(path, tokenizer_folder=tokenizer_folder, dtype=dtype, device=where)
    keep_large_blocks()
    if can_pack(model.network):
        pack_weights(model.network)
    return model, choose_passes(model.network.eval(), model.processor)
