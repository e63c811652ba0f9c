# SPDX-License-Identifier: Apache-2.0
"""A standing vehicle pulls out in front of the ego."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from simlingo_sim.situations.scenarios.arguments import Span
from simlingo_sim.situations.scenarios.behaviours.ways import lane_change_way
from simlingo_sim.situations.scenarios.description import Part
from simlingo_sim.situations.stage import Stage

GAP_S = Span(2.2, 2.7)
SPEED_MPS = Span(4.0, 5.5)


@dataclass(frozen=True, kw_only=True)
class CutIn:
    """Stand beside the lane, pull out before the ego, drive ahead of it and turn aside again.

    Attributes:
        gap_s: time of the ego to the vehicle's tail at which it starts.
        merge_m: way from one lateral place to the other.
        ahead_m: way in the ego's lane.
        speed_mps: of the vehicle in that lane.
    """

    gap_s: Span = GAP_S
    merge_m: float = 11.0
    ahead_m: float = 25.0
    speed_mps: Span = SPEED_MPS

    def enter(self, part: Part, stage: Stage) -> None:
        """Place the vehicle."""
        left_m = part.left_m(stage)
        start_m = part.role.ahead_m.draw(stage.rng)
        inside_m = start_m + 1.0 + self.merge_m
        outside_m = inside_m + self.ahead_m
        profile = np.array(
            [
                [start_m, left_m],
                [start_m + 1.0, left_m],
                [inside_m, 0.0],
                [outside_m, 0.0],
                [outside_m + self.merge_m, left_m],
                [outside_m + self.merge_m + 2.0, left_m],
            ]
        )
        path = lane_change_way(part.spot, profile)
        actor = stage.spawn(part.kind(stage), stage.ego.pose_map, path=path, arc_m=0.05)
        part.actors.append(actor)
        part.memory['gap_s'] = self.gap_s.draw(stage.rng)
        part.memory['speed_mps'] = self.speed_mps.draw(stage.rng)
        part.memory['start_m'] = start_m - actor.extent_m[0]
        part.memory['inwards'] = -np.sign(left_m)
        part.memory['outside_m'] = outside_m - start_m

    def step(self, part: Part, stage: Stage) -> None:
        """Pull out in time."""
        (actor,) = part.actors
        gap_m = part.left_to_go_m(stage) + part.memory['start_m']
        if gap_m < max(stage.ego.speed_mps, 2.0) * part.memory['gap_s']:
            part.has_begun = True
        if not part.has_begun or actor.is_at_end:
            actor.target_mps = 0.0
            actor.blinks_left = actor.blinks_right = False
            part.is_done = part.has_begun
            return
        actor.target_mps = part.memory['speed_mps']
        leaves = actor.arc_m > part.memory['outside_m'] - 5.0
        actor.blinks_left = (part.memory['inwards'] > 0.0) is not leaves
        actor.blinks_right = not actor.blinks_left
