# SPDX-License-Identifier: Apache-2.0
"""Oncoming vehicles that reach a place together with the ego."""

from __future__ import annotations

from dataclasses import dataclass

from simlingo_sim.situations.scenarios.description import Part
from simlingo_sim.situations.stage import Stage

NEAR_M = 20.0
SEEN_M, STANDING_MPS = 45.0, 0.3
"""An ego that stands so near is not waited for."""
LATE_S = 5.0


@dataclass(frozen=True, kw_only=True)
class OncomingStream:
    """A few vehicles come along the oncoming lane, the first when the ego arrives.

    Their distances are the argument ``frequency``, or the role's spacing; they never brake for
    the ego.

    Attributes:
        speed_mps: their speed.
        meets_m: where the first one meets the ego, from the place along the route.
        starts_m: where the first one starts.
        ends_m: where they leave the scene.
    """

    speed_mps: float = 8.0
    meets_m: float = 0.0
    starts_m: float = 45.0
    ends_m: float = -60.0

    def enter(self, part: Part, stage: Stage) -> None:
        """Place the vehicles behind each other, as far as the lane goes."""
        path = part.spot.path(self.ends_m, 150.0, part.left_m(stage), is_oncoming=True)
        if stage.traffic is not None:
            stage.traffic.clear(path.points_map_m[::3], 5.0)
        end_m = min(self.ends_m, -1.0)
        first_ahead_m = max(end_m, part.spot.stretch_m[0] - part.spot.arc_m)
        arc_m = path.length_m + first_ahead_m - self.starts_m
        part.memory['meets_arc_m'] = path.length_m + first_ahead_m - self.meets_m
        spacing = part.values.spans.get('frequency', part.role.spacing_m)
        for number in range(part.role.count):
            if arc_m < 3.0:
                if number == 0:
                    arc_m = 3.0
                else:
                    break
            actor = stage.spawn(part.kind(stage), stage.ego.pose_map, path=path, arc_m=arc_m)
            actor.keeps_distance = True
            part.actors.append(actor)
            arc_m -= spacing.draw(stage.rng)

    def step(self, part: Part, stage: Stage) -> None:
        """Let the first meet the ego, then let all pass."""
        for actor in [actor for actor in part.actors if actor.is_at_end]:
            part.actors.remove(actor)
            stage.remove(actor)
        if not part.actors:
            part.is_done = True
            return
        speed_mps = self.speed_mps
        if not part.has_begun:
            speed_mps = self._speed_to_meet(part, stage)
            left_m = part.left_to_go_m(stage) + self.meets_m
            is_waited_for = left_m < SEEN_M and stage.ego.speed_mps < STANDING_MPS
            part.has_begun = left_m < NEAR_M or is_waited_for
        for actor in part.actors:
            actor.target_mps = speed_mps

    def _speed_to_meet(self, part: Part, stage: Stage) -> float:
        left_m = max(part.left_to_go_m(stage) + self.meets_m, 0.0)
        arrival_s = left_m / max(stage.ego.speed_mps, 0.5)
        own_m = part.memory['meets_arc_m'] - part.actors[0].arc_m
        if arrival_s > own_m / self.speed_mps + LATE_S:
            return 0.0
        return min(self.speed_mps, max(own_m / max(arrival_s, 0.1), 0.0))
