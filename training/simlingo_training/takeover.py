# SPDX-License-Identifier: Apache-2.0
"""Takeover collection: a learner and the expert take turns, and the expert's turns are recorded.

A model trained on the expert's own states does not know what to do in the states that its own
mistakes lead to.  Here the learner drives until it errs or its turn is over; then the expert takes
over, and what it does is recorded (DAgger, Ross et al. 2011, with whole turns instead of single
frames, so that the labels are what the expert really drove).  Each turn of the expert is stored as
a part of its own; nothing is kept of the learner's turns.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from simlingo_core.frame import TICK_PERIOD_S, Frame
from simlingo_core.types import VehicleCommand
from simlingo_evaluation.agents import Agent
from simlingo_sim.expert.dense_route import SPACING_M
from simlingo_sim.expert.driver import Expert
from simlingo_sim.expert.intent import Intent
from simlingo_sim.score.infractions import Infraction
from simlingo_sim.score.scorer import EpisodeScore
from simlingo_sim.world import SimWorld
from simlingo_training.episodes import EpisodeFolder
from simlingo_training.recorded_parts import RecordedParts

LEARNER_S = (4.0, 14.0)
EXPERT_S = (4.5, 8.0)
"""Range from which the length of a turn is drawn."""
LONGEST_STANDING_S = 15.0
"""The expert hands over a moving car, or one that has stood for so long."""
PATIENCE_S = (0.1, 0.9)
STANDING_PATIENCE_S = (1.0, 3.0)
"""Range from which it is drawn how long a learner may drive too fast, or not set off."""
STANDING_MPS = 0.3
MAX_LATERAL_OFFSET_M = 1.0
NEAR_BEHIND_M, NEAR_AHEAD_M = 2.0, 4.0
"""Stretch of the route around the car that its lateral offset is measured to."""


class Turns:
    """Decides who drives.

    Args:
        rng: draws who begins and how long each turn lasts.

    Attributes:
        is_learner: whether the learner drives this tick.
    """

    def __init__(self, rng: np.random.Generator) -> None:
        self._rng = rng
        self._driven_s = self._wrong_s = self._idle_s = 0.0
        self._begin(is_learner=bool(rng.random() < 0.5))

    def advance(
        self, *, intent: Intent, speed_mps: float, lateral_offset_m: float, brakes: bool
    ) -> bool:
        """Take note of a tick; returns whether the turn is over and the other one drives next.

        Args:
            intent: the expert's.
            speed_mps: of the car.
            lateral_offset_m: from the car to the route.
            brakes: whether the command that was given brakes.
        """
        self._driven_s += TICK_PERIOD_S
        if self.is_learner:
            is_over = self._learner_is_done(intent, speed_mps, lateral_offset_m, brakes)
        else:
            may_hand_over = speed_mps > STANDING_MPS or self._driven_s > LONGEST_STANDING_S
            is_over = self._driven_s >= self._turn_s and may_hand_over
        if is_over:
            self._begin(is_learner=not self.is_learner)
        return is_over

    def _learner_is_done(
        self, intent: Intent, speed_mps: float, lateral_offset_m: float, brakes: bool
    ) -> bool:
        is_standing = speed_mps < STANDING_MPS
        is_too_fast = intent.is_hazard or intent.target_mps < 0.75 * speed_mps - 0.5
        is_wrong = is_too_fast and not brakes and not is_standing
        is_idle = is_standing and intent.target_mps > 2.0 and not intent.is_hazard
        self._wrong_s = self._wrong_s + TICK_PERIOD_S if is_wrong else 0.0
        self._idle_s = self._idle_s + TICK_PERIOD_S if is_idle else 0.0
        return (
            self._wrong_s > self._patience_s
            or self._idle_s > self._standing_patience_s
            or self._driven_s > self._turn_s
            or lateral_offset_m > MAX_LATERAL_OFFSET_M
        )

    def _begin(self, *, is_learner: bool) -> None:
        self.is_learner = is_learner
        self._turn_s = self._rng.uniform(*(LEARNER_S if is_learner else EXPERT_S))
        self._patience_s = self._rng.uniform(*PATIENCE_S)
        self._standing_patience_s = self._rng.uniform(*STANDING_PATIENCE_S)
        self._driven_s = self._wrong_s = self._idle_s = 0.0


class TakeoverEpisode:
    """One episode in which learner and expert take turns.

    Args:
        folder: of the episode; its parts lie beside it.
        world: just reset.
        expert: reset to the world's route.
        learner: drives until each takeover.
        rng: draws turns and cameras.
    """

    def __init__(
        self,
        folder: EpisodeFolder,
        world: SimWorld,
        expert: Expert,
        learner: Agent,
        rng: np.random.Generator,
    ) -> None:
        self._world, self._expert, self._learner = world, expert, learner
        self._parts = RecordedParts(folder, world, expert, rng)
        self._turns = Turns(rng)
        learner.reset(world.route)

    @property
    def frame_count(self) -> int:
        """Frames recorded."""
        return self._parts.frame_count

    def needs_image(self, tick: int) -> bool:
        """Tell whether the frame of this tick must hold an image."""
        return self._turns.is_learner and self._learner.needs_image(tick)

    def note(self, frame: Frame, infractions: Sequence[Infraction]) -> None:
        """Take note of the infractions of a tick: those of the expert's turns count."""
        if not self._turns.is_learner:
            self._parts.note(infractions)

    def step(self, frame: Frame) -> VehicleCommand:
        """Return the command for the world's present."""
        expert_command, intent = self._expert.drive(frame), self._expert.decide()
        is_learner = self._turns.is_learner
        self._parts.look(expert_command, is_kept=not is_learner)
        if is_learner:
            given = self._learner.step(frame)
        else:
            given = expert_command
            self._learner.watch(frame)
        is_over = self._turns.advance(
            intent=intent,
            speed_mps=frame.ego.speed_mps,
            lateral_offset_m=self._lateral_offset_m(),
            brakes=given.brake > 0.0,
        )
        if is_over and not is_learner:
            self._parts.close()
        return given

    def finish(self, score: EpisodeScore) -> None:
        """Close the last part and write the result of the whole episode, which has no frames."""
        self._parts.finish(score)

    def _lateral_offset_m(self) -> float:
        route, here = self._expert.route, self._world.state.ego.pose_map.position_m
        first = max(0, route.index - round(NEAR_BEHIND_M / SPACING_M))
        near = route.points_map_m[first : route.index + round(NEAR_AHEAD_M / SPACING_M)]
        return float(np.linalg.norm(near - here, axis=1).min())
