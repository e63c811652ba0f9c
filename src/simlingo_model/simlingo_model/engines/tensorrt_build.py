# SPDX-License-Identifier: Apache-2.0
"""Build TensorRT engines from exported graphs, on the device that will run them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch

from simlingo_core.errors import BackendError, CheckpointError
from simlingo_model.engines.build_stamp import BuildStamp, graph_hashes
from simlingo_model.engines.graphs import GRAPHS, GraphSpec
from simlingo_model.engines.precisions import BFLOAT16, FLOAT32
from simlingo_model.engines.shared_weights import SHARED_FILE

# Lengths that an engine is made for: least, typical, most.
TOKENS = (1, 600, 1024)
PAST_TOKENS = (0, 600, 1024)
WORKSPACE_BYTES = 4 << 30


def import_tensorrt() -> Any:
    """Import TensorRT.

    Raises:
        BackendError: it is not installed, or there is no GPU.
    """
    try:
        import tensorrt
    except ImportError as error:
        raise BackendError(
            'engine is tensorrt and the package tensorrt is not installed; run "pip install '
            'tensorrt" on the machine with the GPU, or use engine onnxruntime, openvino or torch'
        ) from error
    if not torch.cuda.is_available():
        raise BackendError(
            'engine is tensorrt and PyTorch finds no GPU; use engine openvino, onnxruntime or '
            'torch, or a CUDA build of PyTorch'
        )
    return tensorrt


def built_folder(graphs: Path, precision: str) -> Path:
    """Return where the engines of a folder of graphs belong."""
    return graphs.parent / f'tensorrt_{precision}'


def stamp_here(graphs: Path, precision: str) -> BuildStamp:
    """Return the stamp of engines built here and now.

    Raises:
        BackendError: TensorRT cannot be used here.
    """
    tensorrt = import_tensorrt()
    major, minor = torch.cuda.get_device_capability()
    weights = graphs / SHARED_FILE
    return BuildStamp(
        version=tensorrt.__version__,
        hardware=f'{torch.cuda.get_device_name()}, compute capability {major}.{minor}',
        precision=precision,
        graphs=graph_hashes(graphs),
        weights_bytes=weights.stat().st_size if weights.is_file() else 0,
    )


def build_engines(graphs: Path, precision: str) -> Path:
    """Build the engines of all graphs (minutes); return their folder.

    Args:
        graphs: folder of the exported graphs.
        precision: of the engines.

    Raises:
        BackendError: TensorRT cannot be used here, or does not have this precision.
        CheckpointError: TensorRT does not accept a graph.
    """
    tensorrt = import_tensorrt()
    folder = built_folder(graphs, precision)
    folder.mkdir(exist_ok=True)
    for spec in GRAPHS:
        plan = _build(tensorrt, graphs / spec.file, spec, precision)
        (folder / f'{spec.name}.plan').write_bytes(plan)
    stamp_here(graphs, precision).write(folder)
    return folder


def _build(tensorrt: Any, path: Path, spec: GraphSpec, precision: str) -> bytes:
    logger = tensorrt.Logger(tensorrt.Logger.ERROR)
    builder = tensorrt.Builder(logger)
    network = builder.create_network(0)
    parser = tensorrt.OnnxParser(network, logger)
    # By its path, because the weights are in a file beside it.
    if not parser.parse_from_file(str(path)):
        errors = '; '.join(parser.get_error(i).desc() for i in range(parser.num_errors))
        raise CheckpointError(f'{path} is refused by TensorRT: {errors}; export the model again')
    config = builder.create_builder_config()
    config.set_memory_pool_limit(tensorrt.MemoryPoolType.WORKSPACE, WORKSPACE_BYTES)
    if precision == FLOAT32:
        # TF32 would round as bfloat16 does.
        config.clear_flag(tensorrt.BuilderFlag.TF32)
    if precision == BFLOAT16:
        flag = getattr(tensorrt.BuilderFlag, 'BF16', None)
        if flag is None:
            raise BackendError(
                f'TensorRT {tensorrt.__version__} takes number formats from the graph only; use '
                'precision float32 or int8'
            )
        config.set_flag(flag)
    config.add_optimization_profile(_profile(builder, network, spec))
    plan = builder.build_serialized_network(network, config)
    if plan is None:
        raise BackendError(f'TensorRT built no engine of {path}; its log says why')
    return bytes(plan)


def _profile(builder: Any, network: Any, spec: GraphSpec) -> Any:
    profile = builder.create_optimization_profile()
    for index in range(network.num_inputs):
        tensor = network.get_input(index)
        axes = spec.dynamic.get(tensor.name, {})
        shapes = [
            tuple(
                (PAST_TOKENS if axes[axis] == 'past_tokens' else TOKENS)[which]
                if axis in axes
                else size
                for axis, size in enumerate(tensor.shape)
            )
            for which in range(3)
        ]
        profile.set_shape(tensor.name, *shapes)
    return profile
