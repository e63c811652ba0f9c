# SPDX-License-Identifier: Apache-2.0
"""Which device and which number format a model drives with."""

from __future__ import annotations

from pathlib import Path

import torch

from simlingo_core.errors import BackendError

# Below this a CPU is faster in float32 and memory does not matter (measured on the mini: 10.0 ms
# a plan in float32, 10.7 ms in bfloat16); the full model needs bfloat16 to stay under 8 GB.
_SMALL_MODEL_BYTES = 400_000_000


def choose_device(name: str) -> torch.device:
    """Return the device called ``name``; ``auto`` takes a GPU if there is one.

    Raises:
        BackendError: a GPU is asked for and there is none.
    """
    if name == 'auto':
        return torch.device('cuda' if torch.cuda.is_available() else 'cpu')
    if name.startswith('cuda') and not torch.cuda.is_available():
        raise BackendError(f'device is {name!r} and PyTorch sees no GPU; use "cpu" or "auto"')
    return torch.device(name)


def choose_dtype(device: torch.device, model_path: Path) -> torch.dtype:
    """Return bfloat16 on GPUs that have it (else float16), and for large models on a CPU."""
    if device.type == 'cuda':
        return torch.bfloat16 if torch.cuda.is_bf16_supported() else torch.float16
    files = [model_path] if model_path.is_file() else list(model_path.glob('*'))
    size = sum(file.stat().st_size for file in files if file.is_file())
    return torch.bfloat16 if size > _SMALL_MODEL_BYTES else torch.float32
