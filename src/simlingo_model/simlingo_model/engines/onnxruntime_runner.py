# SPDX-License-Identifier: Apache-2.0
"""Run exported graphs with ONNX Runtime."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from simlingo_core.errors import BackendError, CheckpointError
from simlingo_model.engines.graphs import GRAPHS
from simlingo_model.engines.precisions import BFLOAT16, FLOAT32
from simlingo_model.engines.runner import Arrays

_PROVIDERS = {'cpu': 'CPUExecutionProvider', 'cuda': 'CUDAExecutionProvider'}


class OnnxRuntimeRunner:
    """Exported graphs in ONNX Runtime.

    Args:
        folder: of the graphs.
        device: ``cpu`` or ``cuda``.
        precision: float32, or int8 for 8-bit graphs; their decoder is computed in float32.

    Raises:
        BackendError: ONNX Runtime is not installed, or not for this device or precision.
        CheckpointError: a graph cannot be loaded.
    """

    def __init__(self, folder: Path, device: str = 'cpu', precision: str = FLOAT32) -> None:
        try:
            import onnxruntime
        except ImportError as error:
            raise BackendError(
                'engine is onnxruntime and the package onnxruntime is not installed; run "pip '
                'install -c constraints.txt -r requirements/export.txt", or use engine torch'
            ) from error
        if precision == BFLOAT16:
            raise BackendError(
                'engine onnxruntime computes in float32 or int8 here; expected one of these as '
                'precision, or engine openvino or torch for bfloat16'
            )
        provider = _PROVIDERS.get(device.partition(':')[0], device)
        available = onnxruntime.get_available_providers()
        if provider not in available:
            raise BackendError(
                f'engine onnxruntime has no provider {provider} for device {device!r}; it has '
                f'{available}: use device cpu, or install onnxruntime-gpu'
            )
        self._label = f'onnxruntime on {device} in {precision}'
        self._sessions: dict[str, Any] = {}
        for graph in GRAPHS:
            path = folder / graph.file
            options = onnxruntime.SessionOptions()
            options.intra_op_num_threads = torch.get_num_threads()
            options.log_severity_level = 3
            if graph.name != 'vision':
                # Weights of 8 bits are made float32 once, at the beginning, and not in every run.
                options.add_session_config_entry('session.disable_quant_qdq', '1')
            try:
                session = onnxruntime.InferenceSession(path, options, providers=[provider])
            except Exception as error:  # its errors share no base class
                raise CheckpointError(
                    f'{path} cannot be loaded by onnxruntime: {_first_line(error)}; export the '
                    'model again'
                ) from error
            self._sessions[graph.name] = session

    @property
    def name(self) -> str:
        """See ``GraphRunner``."""
        return self._label

    def run(self, graph: str, inputs: Arrays) -> list[NDArray[np.float32]]:
        """See ``GraphRunner``."""
        try:
            outputs: list[NDArray[np.float32]] = self._sessions[graph].run(None, dict(inputs))
        except Exception as error:  # its errors share no base class
            raise BackendError(
                f'onnxruntime failed in the graph {graph!r}: {_first_line(error)}'
            ) from error
        return outputs


def _first_line(error: Exception) -> str:
    return str(error).strip().partition('\n')[0] or type(error).__name__
