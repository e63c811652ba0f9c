# SPDX-License-Identifier: Apache-2.0
"""Copy data from the host into tensors of fixed address."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, cast

import numpy as np
import torch
from numpy.typing import NDArray


class StagingBuffer:
    """A tensor on the device and the array on the host that it is filled from.

    On a GPU the array is pinned memory and the copy is asynchronous.  On a CPU tensor and array
    share their memory.

    Args:
        shape: of both.
        dtype: of both.
        device: where the tensor is.
    """

    def __init__(self, shape: tuple[int, ...], dtype: torch.dtype, device: torch.device) -> None:
        self.tensor = torch.zeros(shape, dtype=dtype, device=device)
        self._host = self.tensor
        self._copied: torch.cuda.Event | None = None
        if device.type == 'cuda':
            self._host = torch.zeros(shape, dtype=dtype, pin_memory=True)
            self._copied = cast(Any, torch.cuda).Event()

    @contextmanager
    def open(self) -> Iterator[NDArray[np.generic]]:
        """Yield the host array for writing and copy it to the device afterwards."""
        if self._copied is not None:
            # The previous copy may not have finished yet.
            self._copied.synchronize()
        yield self._host.numpy()
        if self._copied is not None:
            self.tensor.copy_(self._host, non_blocking=True)
            self._copied.record()
