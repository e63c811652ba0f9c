# SPDX-License-Identifier: Apache-2.0
"""The decision of the expert at one tick."""

from __future__ import annotations

from dataclasses import dataclass

from simlingo_sim.expert.leaders import Leader
from simlingo_sim.expert.reason import ExpertReason
from simlingo_sim.expert.scene import Scene


@dataclass(frozen=True, kw_only=True)
class Intent:
    """The decision of the expert at one tick; commands and plans are made from it.

    Attributes:
        scene: the scene it was made for.
        target_mps: target speed.
        is_hazard: whether to brake whatever the target speed is.
        leaders: vehicles, pedestrians, stop lines and obstacles to stay behind.
        reason: why it was made.
    """

    scene: Scene
    target_mps: float
    is_hazard: bool
    leaders: tuple[Leader, ...]
    reason: ExpertReason
