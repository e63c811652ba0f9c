# SPDX-License-Identifier: Apache-2.0
"""Choose device, number format and threads for a model."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import torch

from simlingo_core.errors import BackendError

# Smaller models run in float32, which takes no longer (the mini on a CPU: 10.0 ms a plan in
# float32, 10.7 in bfloat16) and gives the same plans on every machine.  The released size needs
# bfloat16 to stay below 8 GB and to be fast on a GPU.
_SMALL_MODEL_BYTES = 400_000_000
# Read before anything changes it: a large model may follow a small one in the same process.
_ALL_THREADS = torch.get_num_threads()


def choose_device(name: str) -> torch.device:
    """Return the device called ``name``; ``auto`` takes a GPU if there is one.

    Raises:
        BackendError: a GPU is asked for and there is none.
    """
    if name == 'auto':
        return torch.device('cuda' if torch.cuda.is_available() else 'cpu')
    if name.startswith('cuda') and not torch.cuda.is_available():
        raise BackendError(f'device is {name!r} and PyTorch finds no GPU; use "cpu" or "auto"')
    return torch.device(name)


def choose_dtype(device: torch.device, model_path: Path) -> torch.dtype:
    """Return float32 for a small model, else bfloat16, or float16 on a GPU without bfloat16."""
    if _is_small(model_path):
        return torch.float32
    lacks_bfloat16 = device.type == 'cuda' and not torch.cuda.is_bf16_supported()
    return torch.float16 if lacks_bfloat16 else torch.bfloat16


def multiplies_bfloat16() -> bool:
    """Whether this machine has units for bfloat16: a GPU, or a CPU with AMX or AVX-512.

    A CPU without them imitates the format: a step of training the mini then takes twelve times as
    long as in float32.
    """
    if torch.cuda.is_available():
        return True
    has_library = bool(cast(Any, torch.backends.mkldnn).is_available())
    return has_library and bool(torch.ops.mkldnn._is_mkldnn_bf16_supported())


def choose_threads(model_path: Path) -> int:
    """Return one for a small model, else the default of torch.

    On an idle machine of two cores the mini plans in 10 ms with two threads and in 14 ms with
    one.  Beside a world that renders images the two threads wait for each other, and with one
    thread a plan takes three quarters of the time.
    """
    return 1 if _is_small(model_path) else _ALL_THREADS


def _is_small(model_path: Path) -> bool:
    files = [model_path] if model_path.is_file() else list(model_path.glob('*'))
    return sum(file.stat().st_size for file in files if file.is_file()) <= _SMALL_MODEL_BYTES
