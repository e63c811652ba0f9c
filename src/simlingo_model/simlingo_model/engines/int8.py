# SPDX-License-Identifier: Apache-2.0
"""Make 8-bit graphs of exported ones with NNCF.

Of the image encoder weights and activations are stored in 8 bits, with scales measured on images,
but for pixels and the products of attention; of the decoder the weights, with a scale for each
row.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simlingo_core.errors import BackendError, ConfigError
from simlingo_model.engines.graphs import GRAPHS
from simlingo_model.engines.shared_weights import share_weights

LEAST_IMAGES = 8


def quantise_graphs(
    float_folder: Path, folder: Path, tiles: Sequence[NDArray[np.uint8]]
) -> list[Path]:
    """Write 8-bit graphs and the file of their weights.

    Args:
        float_folder: of the float32 graphs.
        folder: where they go.
        tiles: of images as the camera sees them, each uint8 (tiles, side, side, 3).

    Raises:
        BackendError: NNCF is not installed.
        ConfigError: there are too few images.
    """
    if len(tiles) < LEAST_IMAGES:
        raise ConfigError(
            f'8-bit graphs are calibrated on {len(tiles)} images; expected at least {LEAST_IMAGES}'
        )
    # It would report its use to a server.
    os.environ.setdefault('NNCF_CI', '1')
    try:
        with _quiet():
            import nncf  # noqa: F401
    except ImportError as error:
        raise BackendError(
            '8-bit graphs need the package nncf, which is not installed; run "pip install -c '
            'constraints.txt -r requirements/export.txt"'
        ) from error
    import onnx

    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for spec in GRAPHS:
        # Without its weights, of which NNCF would make many copies; it reads them from the file.
        model = onnx.load(float_folder / spec.file, load_external_data=False)
        where = {'external_data_dir': str(float_folder.resolve())}
        with _quiet():
            is_vision = spec.name == 'vision'
            smaller = _whole(model, tiles, where) if is_vision else _weights(model, where)
        paths.append(folder / spec.file)
        onnx.save(smaller, paths[-1], save_as_external_data=True, location=f'{spec.file}.data')
    return [*paths, share_weights(paths)]


def _whole(model: Any, tiles: Sequence[NDArray[np.uint8]], where: dict[str, str]) -> Any:
    """Quantise weights and activations."""
    import nncf

    samples = [{'tiles': one[None]} for one in tiles]
    return nncf.quantize(
        model,
        nncf.Dataset(samples),
        model_type=nncf.ModelType.TRANSFORMER,
        preset=nncf.QuantizationPreset.MIXED,
        subset_size=len(samples),
        ignored_scope=nncf.IgnoredScope(names=left_alone(model)),
        advanced_parameters=nncf.AdvancedQuantizationParameters(backend_params=where),
    )


def left_alone(model: Any) -> list[str]:
    """Return the names of what stays in float32: the first convolution, products of attention.

    OpenVINO 2026.4 computes an 8-bit convolution of pixels wrongly: features of the mini are off
    by 17 %, in place of 1 %.  The products of attention, in which neither factor is a weight, are
    a seventh of the work at the released size and 10 GB of activations to measure.
    """
    weights = {weight.name for weight in model.graph.initializer}
    products = [
        node.name
        for node in model.graph.node
        if node.op_type == 'MatMul' and not weights & set(node.input)
    ]
    return [*products, next(n.name for n in model.graph.node if n.op_type == 'Conv')]


def _weights(model: Any, where: dict[str, str]) -> Any:
    """Quantise weights only."""
    import nncf

    return nncf.compress_weights(
        model,
        mode=nncf.CompressWeightsMode.INT8_SYM,
        advanced_parameters=nncf.AdvancedCompressionParameters(backend_params=where),
    )


@contextmanager
def _quiet() -> Iterator[None]:
    """Hide progress bars and tables."""
    logging.getLogger('nncf').setLevel(logging.ERROR)
    with Path(os.devnull).open('w') as nowhere, redirect_stdout(nowhere), redirect_stderr(nowhere):
        yield
