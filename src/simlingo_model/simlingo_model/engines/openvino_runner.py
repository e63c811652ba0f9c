# SPDX-License-Identifier: Apache-2.0
"""Run exported graphs with OpenVINO."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from simlingo_core.errors import BackendError, CheckpointError
from simlingo_model.engines.graphs import GRAPHS
from simlingo_model.engines.precisions import BFLOAT16, FLOAT32
from simlingo_model.engines.runner import Arrays

_DEVICES = {'cpu': 'CPU', 'gpu': 'GPU', 'npu': 'NPU'}


class OpenVinoRunner:
    """Exported graphs in OpenVINO.

    Args:
        folder: of the graphs.
        device: ``cpu``, or ``gpu`` or ``npu`` of Intel.
        precision: float32, bfloat16, or int8 for 8-bit graphs.

    Raises:
        BackendError: OpenVINO is not installed, or not for this device or precision.
        CheckpointError: a graph cannot be loaded.
    """

    def __init__(self, folder: Path, device: str = 'cpu', precision: str = FLOAT32) -> None:
        try:
            import openvino
        except ImportError as error:
            raise BackendError(
                'engine is openvino and the package openvino is not installed; run "pip install '
                '-c constraints.txt -r requirements/export.txt", or use engine onnxruntime or '
                'torch'
            ) from error
        core = openvino.Core()
        target = _DEVICES.get(device, device.upper())
        if target not in core.available_devices:
            raise BackendError(
                f'engine openvino has no device {target}; it has {core.available_devices}: use '
                'device cpu'
            )
        self._label = f'openvino on {device} in {precision}'
        multiplies_bfloat16 = 'BF16' in core.get_property(target, 'OPTIMIZATION_CAPABILITIES')
        if precision == BFLOAT16 and not multiplies_bfloat16:
            raise BackendError(
                f'precision is bfloat16 and {target} has no units for it; use float32 or int8'
            )
        # By default OpenVINO computes float32 graphs in bfloat16 where it can.  What is left of
        # float32 in 8-bit graphs may be.
        is_exact = precision == FLOAT32 or not multiplies_bfloat16
        settings = {
            'INFERENCE_PRECISION_HINT': 'f32' if is_exact else 'bf16',
            'INFERENCE_NUM_THREADS': torch.get_num_threads(),
            'PERFORMANCE_HINT': 'LATENCY',
        }
        self._requests: dict[str, Any] = {}
        self._locks = {graph.name: threading.Lock() for graph in GRAPHS}
        for graph in GRAPHS:
            path = folder / graph.file
            try:
                compiled = core.compile_model(path, target, settings)
            except RuntimeError as error:
                raise CheckpointError(
                    f'{path} cannot be loaded by openvino: {_last_line(error)}; export the model '
                    'again'
                ) from error
            self._requests[graph.name] = compiled.create_infer_request()

    @property
    def name(self) -> str:
        """See ``GraphRunner``."""
        return self._label

    def run(self, graph: str, inputs: Arrays) -> list[NDArray[np.float32]]:
        """See ``GraphRunner``."""
        request = self._requests[graph]
        try:
            with self._locks[graph]:
                request.infer(dict(inputs), share_inputs=True)
                # Copies, because the next run overwrites the outputs.
                return [output.data.copy() for output in request.output_tensors]
        except RuntimeError as error:
            raise BackendError(
                f'openvino failed in the graph {graph!r}: {_last_line(error)}'
            ) from error


def _last_line(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    return lines[-1] if lines else type(error).__name__
