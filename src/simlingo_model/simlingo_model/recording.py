# SPDX-License-Identifier: Apache-2.0
"""Work that is recorded once and run again from the record.

A GPU is done with the small kernels of a network sooner than Python can ask for them; a CUDA graph
asks for all of them at once.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

import torch

_WARM_UP_RUNS = 3


class Recorder:
    """Records work on one device; the records share their scratch memory.

    Args:
        device: where the work is done.  Without CUDA work is run as it is.
    """

    def __init__(self, device: torch.device) -> None:
        self._device = device
        self._pool = torch.cuda.graph_pool_handle() if device.type == 'cuda' else None

    @torch.inference_mode()
    def record(self, work: Callable[[], None]) -> Callable[[], None]:
        """Return what does the same as ``work``, without Python in between.

        Args:
            work: reads and writes tensors that stay where they are, of fixed shape; it never asks
                for a value on the host.  Run a few times here.
        """
        if self._pool is None:
            return work
        side = cast(Any, torch.cuda).Stream(self._device)
        side.wait_stream(torch.cuda.current_stream(self._device))
        with torch.cuda.stream(side):
            for _ in range(_WARM_UP_RUNS):
                work()
        torch.cuda.current_stream(self._device).wait_stream(side)
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph, pool=self._pool):
            work()
        return graph.replay
