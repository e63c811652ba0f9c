# SPDX-License-Identifier: Apache-2.0
"""The stretches of an episode that are worth keeping, each stored as a part of its own."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from simlingo_core.types import VehicleCommand
from simlingo_sim.expert.driver import Expert
from simlingo_sim.score.infractions import Infraction
from simlingo_sim.score.scorer import EpisodeScore
from simlingo_sim.world import SimWorld
from simlingo_training.episodes import EpisodeFolder
from simlingo_training.recorder import EpisodeRecorder


class RecordedParts:
    """Records parts of an episode; a part ends where ``close`` is called.

    Args:
        folder: of the episode; its parts lie beside it.
        world: just reset.
        expert: reset to the world's route.
        rng: draws the cameras.

    Attributes:
        frame_count: frames of the closed parts.
    """

    def __init__(
        self, folder: EpisodeFolder, world: SimWorld, expert: Expert, rng: np.random.Generator
    ) -> None:
        self._folder = folder
        self._recorder = EpisodeRecorder(folder.part(0), world, expert, rng)
        self._infractions: list[Infraction] = []
        self._parts, self.frame_count = 0, 0

    def note(self, infractions: Sequence[Infraction]) -> None:
        """Take note of infractions during this part."""
        self._infractions += infractions

    def look(self, command: VehicleCommand, *, is_kept: bool) -> None:
        """Take note of a tick; call it on every one.

        Args:
            command: of the expert.
            is_kept: whether this tick belongs to the part.
        """
        self._recorder.look(command, is_kept=is_kept)

    def close(self) -> None:
        """End the part; one without frames leaves nothing."""
        if self._recorder.frame_count:
            self._recorder.finish_part(self._infractions)
            self.frame_count += self._recorder.frame_count
            self._parts += 1
        self._infractions = []
        self._recorder.begin(self._folder.part(self._parts))

    def finish(self, score: EpisodeScore) -> None:
        """Close the last part and write the result of the whole episode, which has no frames."""
        self.close()
        self._recorder.begin(self._folder)
        self._recorder.finish(score)
