# SPDX-License-Identifier: Apache-2.0
"""What the expert wants at one tick."""

from __future__ import annotations

from dataclasses import dataclass

from simlingo_sim.expert.leaders import Leader
from simlingo_sim.expert.reason import ExpertReason
from simlingo_sim.expert.scene import Scene


@dataclass(frozen=True, kw_only=True)
class Intent:
    """What the expert wants at one tick; commands and plans are made from it.

    Attributes:
        scene: what it looked at.
        target_mps: wanted speed.
        is_hazard: brake whatever the target.
        leaders: what to stay behind.
        reason: why.
    """

    scene: Scene
    target_mps: float
    is_hazard: bool
    leaders: tuple[Leader, ...]
    reason: ExpertReason
