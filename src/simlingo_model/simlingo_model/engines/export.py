# SPDX-License-Identifier: Apache-2.0
"""Export a model as ONNX graphs and compare them with PyTorch."""

from __future__ import annotations

import logging
import shutil
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import torch

from simlingo_core.errors import BackendError, ConfigError
from simlingo_core.types import Observation
from simlingo_model.checkpoint import (
    CARD_FILE,
    CONFIG_FILE,
    LoadedModel,
    is_own_folder,
    load_model,
)
from simlingo_model.engines.agreement import compare_passes
from simlingo_model.engines.graphs import GRAPHS, GraphSpec, example_inputs
from simlingo_model.engines.int8 import quantise_graphs
from simlingo_model.engines.manifest import (
    FOLDER,
    INT8_FOLDER,
    WEIGHT_FILE,
    EngineManifest,
    hash_file,
)
from simlingo_model.engines.onnxruntime_runner import OnnxRuntimeRunner
from simlingo_model.engines.openvino_runner import OpenVinoRunner
from simlingo_model.engines.plain_attention import plain_attention
from simlingo_model.engines.precisions import FLOAT32, INT8
from simlingo_model.engines.runner import GraphRunner
from simlingo_model.engines.runner_passes import RunnerPasses
from simlingo_model.engines.shared_weights import share_weights
from simlingo_model.mean_image import MEAN_IMAGE_FILE
from simlingo_model.network import SimLingoNetwork
from simlingo_model.passes import EagerPasses
from simlingo_model.tokenizer import OWN_FILE

OPSET = 20
TOLERANCE = 1e-4
_LIBRARIES = ('torch', 'onnx', 'onnxscript', 'onnxruntime')
_LONGEST = 4096


def export_model(
    source: Path, folder: Path, frames: Sequence[Observation] = ()
) -> dict[str, EngineManifest]:
    """Export a model folder as ONNX graphs, in float32 with merged adapters.

    Args:
        source: model folder in our format.
        folder: where the export goes; may be ``source``.  It gets a copy of configuration, card,
            tokenizer and mean image, so that it is a model folder for every engine but torch.
        frames: of the camera; with them, 8-bit graphs are written too.  The first two thirds
            set their scales, with the others they are compared with PyTorch.

    Returns:
        What was written, by number format.

    Raises:
        BackendError: a library of ``requirements/export.txt`` is missing, or the float32 graphs
            do not give the same as PyTorch.
        CheckpointError: the model cannot be read.
        ConfigError: ``source`` is not a model folder, or there are too few frames.
    """
    if not is_own_folder(source):
        raise ConfigError(
            f'{source} is not a model folder; expected {CONFIG_FILE} and {WEIGHT_FILE}: convert '
            'a released checkpoint with "simlingo model convert" first'
        )
    check_libraries()
    model = load_model(source, dtype=torch.float32)
    graphs = folder / FOLDER
    graphs.mkdir(parents=True, exist_ok=True)
    write_graphs(model.network, graphs)
    errors = compare(OnnxRuntimeRunner(graphs), model.network)
    if folder.resolve() != source.resolve():
        for name in (CONFIG_FILE, CARD_FILE, OWN_FILE, MEAN_IMAGE_FILE):
            if (source / name).is_file():
                shutil.copyfile(source / name, folder / name)
    weights = hash_file(source / WEIGHT_FILE)
    written = {FLOAT32: _manifest(graphs, weights, errors=errors)}
    if frames:
        small = folder / INT8_FOLDER
        agreement = write_int8_graphs(model, graphs, small, frames)
        written[INT8] = _manifest(small, weights, precision=INT8, agreement=agreement)
    return written


def write_int8_graphs(
    model: LoadedModel, graphs: Path, folder: Path, frames: Sequence[Observation]
) -> dict[str, float]:
    """Write 8-bit graphs of float32 ones; return their agreement with PyTorch.

    Args:
        model: the graphs' own, in float32.
        graphs: folder of the float32 graphs.
        folder: where the others go.
        frames: see ``export_model``.
    """
    split = len(frames) * 2 // 3
    tiles = [model.processor.tiles(frame.image_jpeg) for frame in frames[:split]]
    quantise_graphs(graphs, folder, tiles)
    runner = OpenVinoRunner if find_spec('openvino') else OnnxRuntimeRunner
    ours = RunnerPasses(runner(folder, precision=INT8), model.processor)
    reference = EagerPasses(model.network.eval())
    return compare_passes(ours, reference, model.processor, frames[split:])


def _manifest(graphs: Path, weights: str, **facts: Any) -> EngineManifest:
    """Write the manifest of a folder of graphs."""
    manifest = EngineManifest(
        weights=weights,
        files={
            path.name: path.stat().st_size
            for path in sorted(graphs.iterdir())
            if path.suffix in ('.onnx', '.bin')
        },
        versions={name: version(name) for name in (*_LIBRARIES, 'nncf') if find_spec(name)},
        **facts,
    )
    manifest.write(graphs)
    return manifest


def check_libraries() -> None:
    """Check that everything that an export needs is installed.

    Raises:
        BackendError: names what is missing.
    """
    missing = [name for name in _LIBRARIES if find_spec(name) is None]
    if missing:
        raise BackendError(
            f'an export needs {missing}, which are not installed; run "pip install -c '
            'constraints.txt -r requirements/export.txt"'
        )


def write_graphs(network: SimLingoNetwork, folder: Path) -> list[Path]:
    """Write all graphs of a network in float32 and the file of their weights."""
    network.eval()
    paths = []
    with plain_attention(network), _quiet_exporter(), torch.no_grad():
        for spec in GRAPHS:
            paths.append(folder / spec.file)
            _write_graph(network, spec, paths[-1])
    return [*paths, share_weights(paths)]


def _write_graph(network: SimLingoNetwork, spec: GraphSpec, path: Path) -> None:
    module = spec.module(network).eval()
    inputs = example_inputs(network, spec)
    # The first run fills caches of the network with real tensors instead of the exporter's.
    module(**inputs)
    axes: dict[str, dict[int, object] | None] = dict.fromkeys(spec.inputs)
    for name, names in spec.dynamic.items():
        axes[name] = {axis: torch.export.Dim(label, max=_LONGEST) for axis, label in names.items()}
    program = torch.onnx.export(
        module,
        kwargs=inputs,
        dynamo=True,
        input_names=list(spec.inputs),
        output_names=list(spec.outputs),
        dynamic_shapes=axes,
        opset_version=OPSET,
        external_data=True,
        verbose=False,
    )
    if program is None:
        raise BackendError(f'PyTorch returned no ONNX program for the graph {spec.name!r}')
    program.save(str(path), external_data=True)


def compare(runner: GraphRunner, network: SimLingoNetwork) -> dict[str, float]:
    """Return the largest difference of each output between an engine and PyTorch.

    Each graph is run with tokens before it and, where it may have none, without.

    Raises:
        BackendError: a difference exceeds ``TOLERANCE``, absolute or relative.
    """
    errors: dict[str, float] = {}
    for spec in GRAPHS:
        for past_tokens in (7, 0) if 'features' in spec.inputs else (7,):
            inputs = example_inputs(network, spec, text_tokens=11, past_tokens=past_tokens)
            with torch.inference_mode(), network.stock_attention():
                results = spec.module(network)(**inputs)
            expected = [results] if isinstance(results, torch.Tensor) else results
            found = runner.run(spec.name, {name: t.numpy() for name, t in inputs.items()})
            for name, ours, theirs in zip(spec.outputs, expected, found, strict=True):
                key, exact = f'{spec.name}/{name}', ours.numpy()
                errors[key] = max(errors.get(key, 0.0), float(np.abs(exact - theirs).max()))
                if not np.allclose(theirs, exact, rtol=TOLERANCE, atol=TOLERANCE):
                    raise BackendError(
                        f'{runner.name} differs from PyTorch by {errors[key]:.2g} in {key}; '
                        f'expected at most {TOLERANCE:g}: do not use this export'
                    )
    return errors


@contextmanager
def _quiet_exporter() -> Iterator[None]:
    """Hide the exporter's notes on optional libraries and its own deprecations."""
    logger = logging.getLogger('torch.onnx')
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter('ignore')
            yield
    finally:
        logger.setLevel(level)
