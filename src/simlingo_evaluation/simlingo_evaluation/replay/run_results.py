# SPDX-License-Identifier: Apache-2.0
"""What comes out when the stack is run on a recording."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from simlingo_control.safety import ControlOutput
from simlingo_core.types import DrivingPlan, Observation
from simlingo_evaluation.replay.driven import LONGEST_GAP_S


@dataclass(frozen=True, kw_only=True)
class PlannedFrame:
    """One image that was planned on.

    Attributes:
        observation: without its image.
        plan: made from it, or the plan to stop.
        error: why the policy made none; empty: it did.
        wall_s: how long the plan took; of a recorded one what it says itself.
        commentary: of the policy; empty: it was not asked, or has none.
    """

    observation: Observation
    plan: DrivingPlan
    error: str
    wall_s: float
    commentary: str = ''


@dataclass(frozen=True, kw_only=True)
class ControlTick:
    """One command.

    Attributes:
        t_s: stamp of the ego state.
        plan_t_s: stamp of the plan in force; NaN: there was none.
        output: of control.
    """

    t_s: float
    plan_t_s: float
    output: ControlOutput


@dataclass
class StackRun:
    """What came out.

    Attributes:
        frames, ticks: plans and commands, in order.
        images: number of images in the recording.
        images_without_pose: wanted images that no odometry fits.
        refused: messages that could not be used by topic, with the first reason.
        wall_s: real time it took.
    """

    frames: list[PlannedFrame] = field(default_factory=list)
    ticks: list[ControlTick] = field(default_factory=list)
    images: int = 0
    images_wanted: int = 0
    refused: dict[str, tuple[int, str]] = field(default_factory=dict)
    wall_s: float = 0.0
    newest_image_s: float = float('nan')

    @property
    def driven_s(self) -> float:
        """Time between the first and the last command, pauses and jumps of the clock left out."""
        steps = np.diff([tick.t_s for tick in self.ticks])
        return float(steps[(steps > 0.0) & (steps <= LONGEST_GAP_S)].sum())

    @property
    def images_missed(self) -> int:
        """Number of images that were to be planned on and were not."""
        return self.images_wanted - len(self.frames)
