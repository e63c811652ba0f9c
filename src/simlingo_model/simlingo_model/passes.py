# SPDX-License-Identifier: Apache-2.0
"""How a policy runs its network: as it comes, or in recorded passes of fixed shape."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Protocol

import torch
from torch import Tensor

from simlingo_model.fixed_passes import ActionPass, EncodePass
from simlingo_model.network import SimLingoNetwork
from simlingo_model.reading import Reading
from simlingo_model.recording import Recorder
from simlingo_model.token_steps import TokenSteps

Points = tuple[Tensor, Tensor]


class Passes(Protocol):
    """What a policy needs; for several threads."""

    def encode(self, tiles: Tensor) -> Tensor:
        """Map uint8 tiles (1, tiles, side, side, 3) to image tokens (1, tokens, width)."""

    def begin(self, features: Tensor, target_points_m: Tensor, capacity: int) -> Reading:
        """Return a reading of nothing yet; see ``Reading.begin``."""

    def act(
        self,
        features: Tensor,
        target_points_m: Tensor,
        prompt: Sequence[int],
        said: Sequence[int],
    ) -> tuple[Points, Reading]:
        """Read prompt, said tokens and queries in one pass.

        Returns:
            Path (20, 2) and speed waypoints (10, 2), checkpoint frame, and the reading of prompt
            and said tokens.
        """


class PlainPasses:
    """The network's passes as they come, each of the shape it needs.

    Args:
        network: in eval mode.
    """

    def __init__(self, network: SimLingoNetwork) -> None:
        self._network = network

    @torch.inference_mode()
    def encode(self, tiles: Tensor) -> Tensor:
        """See ``Passes``."""
        return self._network.encode_tiles(tiles)

    def begin(self, features: Tensor, target_points_m: Tensor, capacity: int) -> Reading:
        """See ``Passes``."""
        return Reading.begin(self._network, features, target_points_m, capacity)

    def act(
        self,
        features: Tensor,
        target_points_m: Tensor,
        prompt: Sequence[int],
        said: Sequence[int],
    ) -> tuple[Points, Reading]:
        """See ``Passes``."""
        capacity = len(prompt) + len(said) + self._network.config.action.queries
        reading = self.begin(features, target_points_m, capacity)
        return reading.read_and_act(prompt, said), reading


class RecordedPasses:
    """Passes of fixed shape: on a GPU nothing but their record is run (CUDA graphs).

    Longer sequences than it was made for are read as they come.  All is recorded here, nothing
    while driving.

    Args:
        network: in eval mode.
        shortest, longest: tokens of an action pass, queries included.
        text_tokens: longest text behind a prompt.
    """

    STEP = 32

    def __init__(
        self, network: SimLingoNetwork, *, shortest: int, longest: int, text_tokens: int
    ) -> None:
        self._network = network
        self._plain = PlainPasses(network)
        self._lock = threading.Lock()
        recorder = Recorder(network.device)
        lengths = range(_round_up(shortest, self.STEP), longest + self.STEP, self.STEP)
        self._encode = EncodePass(network, recorder)
        self._actions = [ActionPass(network, length, recorder) for length in lengths]
        self._steps = TokenSteps(network, lengths[-1] + text_tokens, recorder)

    def encode(self, tiles: Tensor) -> Tensor:
        """See ``Passes``."""
        with self._lock:
            return self._encode.run(tiles)

    def begin(self, features: Tensor, target_points_m: Tensor, capacity: int) -> Reading:
        """See ``Passes``."""
        return Reading.begin(self._network, features, target_points_m, capacity, self._steps)

    @torch.inference_mode()
    def act(
        self,
        features: Tensor,
        target_points_m: Tensor,
        prompt: Sequence[int],
        said: Sequence[int],
    ) -> tuple[Points, Reading]:
        """See ``Passes``."""
        ids = [*prompt, *said]
        needed = len(ids) + self._network.config.action.queries
        fitting = next((one for one in self._actions if one.length >= needed), None)
        if fitting is None:
            return self._plain.act(features, target_points_m, prompt, said)
        with self._lock:
            points, hidden = fitting.run(features, target_points_m, prompt, said)
            # The next run overwrites them.
            points, hidden = points.clone(), hidden.clone()
            cache = fitting.copy_cache(len(ids), needed)
        reading = Reading(
            self._network,
            features,
            target_points_m,
            cache,
            ids,
            steps=self._steps,
            last_hidden=hidden,
        )
        path_points = self._network.config.action.path_points
        return (points[:path_points], points[path_points:]), reading


def _round_up(number: int, step: int) -> int:
    return -(-number // step) * step
