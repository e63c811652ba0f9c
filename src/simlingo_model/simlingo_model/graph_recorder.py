# SPDX-License-Identifier: Apache-2.0
"""Record work on a GPU once as a CUDA graph and replay it.

The kernels of a small network run faster than Python can launch them one by one; a CUDA graph
launches all of them at once.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

import torch

_WARM_UP_RUNS = 3


class GraphRecorder:
    """Records work on one device; the graphs share their temporary memory.

    Args:
        device: where the work runs.  On a device without CUDA nothing is recorded and the work
            runs as usual.
    """

    def __init__(self, device: torch.device) -> None:
        self._device = device
        self._pool = torch.cuda.graph_pool_handle() if device.type == 'cuda' else None

    @torch.inference_mode()
    def record(self, work: Callable[[], None]) -> Callable[[], None]:
        """Return a function that does the same as ``work`` by replaying its kernels.

        Args:
            work: reads and writes tensors of fixed address and shape, and needs no value on the
                host.  It is run a few times here to warm up.
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
