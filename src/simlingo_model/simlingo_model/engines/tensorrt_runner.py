# SPDX-License-Identifier: Apache-2.0
"""Run exported graphs with TensorRT, from engines built on this device."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any, cast

import numpy as np
import torch
from numpy.typing import NDArray

from simlingo_core.errors import BackendError, CheckpointError
from simlingo_model.engines.build_stamp import check_stamp
from simlingo_model.engines.graphs import GRAPHS
from simlingo_model.engines.precisions import FLOAT32
from simlingo_model.engines.runner import Arrays
from simlingo_model.engines.tensorrt_build import built_folder, import_tensorrt, stamp_here


class TensorRtRunner:
    """Engines of TensorRT; keys and values pass through the host between two runs.

    Args:
        folder: of the exported graphs; the engines are beside it.
        device: ``cuda``.
        precision: of the engines.

    Raises:
        BackendError: TensorRT is not installed, or there is no GPU.
        CheckpointError: no engines were built, or for other hardware, of other graphs or in
            another precision, or one cannot be loaded.
    """

    def __init__(self, folder: Path, device: str = 'cuda', precision: str = FLOAT32) -> None:
        if not device.startswith('cuda'):
            raise BackendError(f'engine tensorrt runs on cuda; device is {device!r}: use cuda')
        tensorrt = import_tensorrt()
        built = built_folder(folder, precision)
        remedy = f'run "simlingo export {folder.parent} --build-tensorrt {precision}" here'
        check_stamp(built, stamp_here(folder, precision), remedy)
        self._label = f'tensorrt on {torch.cuda.get_device_name()} in {precision}'
        runtime = tensorrt.Runtime(tensorrt.Logger(tensorrt.Logger.ERROR))
        self._stream = cast(Any, torch.cuda).Stream()
        # An empty tensor has no address, and TensorRT wants one.
        self._nothing = torch.empty(16, device='cuda')
        self._engines: dict[str, Any] = {}
        self._contexts: dict[str, Any] = {}
        self._locks = {spec.name: threading.Lock() for spec in GRAPHS}
        for spec in GRAPHS:
            path = built / f'{spec.name}.plan'
            data = path.read_bytes() if path.is_file() else b''
            engine = runtime.deserialize_cuda_engine(data) if data else None
            if engine is None:
                raise CheckpointError(f'{path} cannot be loaded by TensorRT; {remedy}')
            self._engines[spec.name] = engine
            self._contexts[spec.name] = engine.create_execution_context()
        self._outputs = {spec.name: spec.outputs for spec in GRAPHS}

    @property
    def name(self) -> str:
        """See ``GraphRunner``."""
        return self._label

    def run(self, graph: str, inputs: Arrays) -> list[NDArray[np.float32]]:
        """See ``GraphRunner``."""
        context = self._contexts[graph]
        with self._locks[graph], torch.cuda.stream(self._stream):
            held = {name: torch.from_numpy(array).cuda() for name, array in inputs.items()}
            for name, tensor in held.items():
                if not context.set_input_shape(name, tuple(tensor.shape)):
                    raise BackendError(
                        f'tensorrt: {name} has shape {tuple(tensor.shape)} in the graph '
                        f'{graph!r}, which is outside of what the engine was built for'
                    )
                address = (tensor if tensor.numel() else self._nothing).data_ptr()
                context.set_tensor_address(name, address)
            results = [
                torch.empty(tuple(context.get_tensor_shape(name)), device='cuda')
                for name in self._outputs[graph]
            ]
            for name, tensor in zip(self._outputs[graph], results, strict=True):
                context.set_tensor_address(name, tensor.data_ptr())
            if not context.execute_async_v3(self._stream.cuda_stream):
                raise BackendError(f'tensorrt failed in the graph {graph!r}; its log says why')
            self._stream.synchronize()
            return [tensor.cpu().numpy() for tensor in results]
