# SPDX-License-Identifier: Apache-2.0
"""Slow road users who ride along the ego's lane."""

from __future__ import annotations

from dataclasses import dataclass

from simlingo_sim.situations.scenarios.arguments import Span
from simlingo_sim.situations.scenarios.description import Part
from simlingo_sim.situations.stage import Stage

SPEED_MPS = Span(2.0, 3.0)
LENGTH_M = Span(30.0, 30.0)


@dataclass(frozen=True, kw_only=True)
class Ride:
    """Ride along the lane from when the ego is near, and stop at the end of the way.

    Attributes:
        within_m: way of the ego's front at which they start.
        speed_mps: where the scenario has no argument ``bicycle_speed``.
        length_m: where it has no argument ``bicycle_drive_distance``.
    """

    within_m: float = 45.0
    speed_mps: Span = SPEED_MPS
    length_m: Span = LENGTH_M

    def enter(self, part: Part, stage: Stage) -> None:
        """Place the riders behind each other."""
        spans = part.values.spans
        part.memory['speed_mps'] = spans.get('bicycle_speed', self.speed_mps).draw(stage.rng)
        length_m = spans.get('bicycle_drive_distance', self.length_m).draw(stage.rng)
        ahead_m = part.role.ahead_m.draw(stage.rng)
        for _ in range(part.role.count):
            path = part.spot.path(ahead_m, ahead_m + length_m, part.left_m(stage))
            actor = stage.spawn(part.kind(stage), stage.ego.pose_map, path=path, arc_m=0.05)
            actor.acceleration_mps2 = 1.0
            part.actors.append(actor)
            ahead_m += part.role.spacing_m.draw(stage.rng)

    def step(self, part: Part, stage: Stage) -> None:
        """Ride."""
        part.has_begun = part.has_begun or part.left_to_go_m(stage) < self.within_m
        for actor in part.actors:
            rides = part.has_begun and not actor.is_at_end
            actor.target_mps = part.memory['speed_mps'] if rides else 0.0
