# SPDX-License-Identifier: Apache-2.0
"""Drives on which a model and the expert take turns: the expert shows how to go on from there.

A model that has only seen the expert's own states does not know what to do in the states that its
own mistakes lead to.  Here the model drives until it errs or its time is up; the expert takes
over, and what it does then is recorded (Ross et al. 2011, with stretches instead of single frames,
so that the labels are what the expert really drove).  Each stretch of the expert is a part of its
own; nothing is kept of the stretches of the model.
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
from simlingo_training.recorder import EpisodeRecorder

LEARNER_S = (4.0, 14.0)
EXPERT_S = (4.5, 8.0)
"""A turn is drawn to be so long."""
LONGEST_STANDING_S = 15.0
"""The expert hands over a moving car, or one that has stood for so long."""
PATIENCE_S = (0.1, 0.9)
STANDING_PATIENCE_S = (1.0, 3.0)
"""A learner who goes too fast, or does not set off, is relieved after so long."""
STANDING_MPS = 0.3
MAX_LATERAL_OFFSET_M = 1.0
NEAR_BEHIND_M, NEAR_AHEAD_M = 2.0, 4.0
"""The stretch of the route, about the expert's place on it, that the car is compared with."""


class Turns:
    """Says who drives.

    Args:
        rng: draws who begins and how long each turn is.

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
        """Take note of a tick; returns whether the other one drives from the next one on.

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
    """One drive with turns.

    Args:
        folder: of the drive; its parts lie beside it.
        world: just reset.
        expert: knows the world's route.
        learner: who drives the other stretches.
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
        self._folder, self._world, self._expert, self._learner = folder, world, expert, learner
        self._recorder = EpisodeRecorder(folder.part(0), world, expert, rng)
        self._turns = Turns(rng)
        self._parts, self.frame_count = 0, 0
        self._infractions: list[Infraction] = []
        learner.reset(world.route)

    def needs_image(self, tick: int) -> bool:
        """Tell whether the frame of this tick must hold an image."""
        return self._turns.is_learner and self._learner.needs_image(tick)

    def note(self, frame: Frame, infractions: Sequence[Infraction]) -> None:
        """Take note of the infractions of a tick: those of the expert's stretches count."""
        if not self._turns.is_learner:
            self._infractions += infractions

    def step(self, frame: Frame) -> VehicleCommand:
        """Return the command for the world's present."""
        expert_command, intent = self._expert.drive(frame), self._expert.decide()
        is_learner = self._turns.is_learner
        self._recorder.look(expert_command, is_kept=not is_learner)
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
            self._finish_part()
        return given

    def finish(self, score: EpisodeScore) -> None:
        """Close the last part and write the result of the whole drive, which has no frames."""
        if not self._turns.is_learner:
            self._finish_part()
        self._recorder.begin(self._folder)
        self._recorder.finish(score)

    def _finish_part(self) -> None:
        if self._recorder.frame_count:
            self._recorder.finish_part(self._infractions)
            self.frame_count += self._recorder.frame_count
            self._parts += 1
        self._infractions = []
        self._recorder.begin(self._folder.part(self._parts))

    def _lateral_offset_m(self) -> float:
        route, here = self._expert.route, self._world.state.ego.pose_map.position_m
        first = max(0, route.index - round(NEAR_BEHIND_M / SPACING_M))
        near = route.points_map_m[first : route.index + round(NEAR_AHEAD_M / SPACING_M)]
        return float(np.linalg.norm(near - here, axis=1).min())
