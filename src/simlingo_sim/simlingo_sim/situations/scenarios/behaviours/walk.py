# SPDX-License-Identifier: Apache-2.0
"""Walkers who cross the ego's way."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from simlingo_sim.situations.scenarios.arguments import Span
from simlingo_sim.situations.scenarios.behaviours.ways import crossing_way
from simlingo_sim.situations.scenarios.description import Part
from simlingo_sim.situations.stage import Stage

STANDING_MPS = 0.3
LET_BY_M = 18.0
"""They also start when the ego stands so near."""
EARLIEST_M = 6.0
"""With a very slow ego walkers would otherwise never start."""

WALKING_MPS = Span(1.3, 2.0)


@dataclass(frozen=True, kw_only=True)
class WalkAcross:
    """Wait, then cross so as to be in the middle of the lane together with the ego.

    Attributes:
        pace_mps: walking speed.
        on_zebra: along the zebra crossing at the place, else straight over the lane.
        apart_s: so much later each of several walkers starts.
    """

    pace_mps: Span = WALKING_MPS
    on_zebra: bool = False
    apart_s: float = 0.4

    def enter(self, part: Part, stage: Stage) -> None:
        """Place the walkers at the start of their way."""
        part.memory['pace_mps'] = self.pace_mps.draw(stage.rng)
        ahead_m = part.role.ahead_m.draw(stage.rng)
        for number in range(part.role.count):
            start_left_m = part.left_m(stage)
            way = crossing_way(part.spot, ahead_m, start_left_m, on_zebra=self.on_zebra)
            actor = stage.spawn(part.kind(stage), stage.ego.pose_map, path=way.path, arc_m=0.05)
            actor.acceleration_mps2 = 6.0
            part.memory.setdefault('to_middle_m', way.to_middle_m)
            part.memory[f'start_{number}_s'] = number * self.apart_s
            part.actors.append(actor)
            ahead_m += part.role.spacing_m.draw(stage.rng)

    def step(self, part: Part, stage: Stage) -> None:
        """Start in time, and walk to the other side."""
        pace_mps = part.memory['pace_mps']
        needed_s = part.memory['to_middle_m'] / pace_mps + 0.15
        reach_m = max(stage.ego.speed_mps * needed_s, EARLIEST_M)
        left_m = part.left_to_go_m(stage)
        is_let_by = left_m < LET_BY_M and stage.ego.speed_mps < STANDING_MPS
        part.has_begun = part.has_begun or left_m < reach_m or is_let_by
        for number, actor in enumerate(part.actors):
            walks = part.has_begun and part.since_s >= part.memory[f'start_{number}_s']
            actor.target_mps = pace_mps if walks and not actor.is_at_end else 0.0
        part.is_done = bool(np.all([actor.is_at_end for actor in part.actors]))
