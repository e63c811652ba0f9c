# SPDX-License-Identifier: Apache-2.0
"""What an engine has to offer: run an exported graph."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

Arrays = Mapping[str, NDArray[Any]]


class GraphRunner(Protocol):
    """Runs the exported graphs of one model; thread-safe."""

    @property
    def name(self) -> str:
        """Name of the engine and its device."""

    def run(self, graph: str, inputs: Arrays) -> list[NDArray[np.float32]]:
        """Return the outputs of a graph (see ``graphs.GRAPHS``).

        Raises:
            BackendError: the engine failed.
        """
