# SPDX-License-Identifier: Apache-2.0
"""What makes it hard to leave a parking slot: parked cars around it, traffic beside it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from simlingo_sim.situations.places import trace_lane
from simlingo_sim.situations.scenarios.arguments import Span
from simlingo_sim.situations.scenarios.description import Part
from simlingo_sim.situations.scenarios.spot import make_path
from simlingo_sim.situations.stage import Stage

APPROACH_M = 90.0
FRONT_M = Span(9.0, 11.0)
BEHIND_M = Span(3.0, 5.0)
SPACING_M = Span(13.0, 17.0)
FIRST_M = Span(7.0, 12.0)
"""Beside the car that pulls out without looking."""


@dataclass(frozen=True)
class ParkAround:
    """Park in front of the ego and behind it.

    The gaps are the arguments ``front_vehicle_distance`` and ``behind_vehicle_distance``.
    """

    def enter(self, part: Part, stage: Stage) -> None:
        """Park both cars."""
        spans = part.values.spans
        gaps = (
            (1.0, spans.get('front_vehicle_distance', FRONT_M).draw(stage.rng)),
            (-1.0, spans.get('behind_vehicle_distance', BEHIND_M).draw(stage.rng)),
        )
        for sign, gap_m in gaps:
            kind, left_m = part.kind(stage), part.left_m(stage)
            ahead_m = sign * (gap_m + 2.0 * stage.ego.extent_m[0])
            part.actors.append(stage.spawn(kind, part.spot.pose(ahead_m, left_m)))

    def step(self, part: Part, stage: Stage) -> None:
        """Do nothing."""


@dataclass(frozen=True, kw_only=True)
class PassingStream:
    """A few vehicles pass along the ego's lane from behind; they never brake for the ego.

    Their distances are the argument ``flow_distance``.

    Attributes:
        speed_mps: their speed.
        first_m: how far behind the place the first one starts.
    """

    speed_mps: float = 9.0
    first_m: Span = FIRST_M

    def enter(self, part: Part, stage: Stage) -> None:
        """Place the vehicles behind each other, as far as the lane goes."""
        spot = part.spot
        behind = trace_lane(spot.town.map, spot.lane, APPROACH_M, is_forward=False)
        ahead_m = np.arange(0.0, spot.stretch_m[1] - spot.arc_m, 1.0)
        ahead = spot.points(ahead_m, np.zeros(len(ahead_m)))
        path = make_path(np.array([*(p.pose_map.position_m for p in reversed(behind)), *ahead]))
        if stage.traffic is not None:
            stage.traffic.clear(path.points_map_m[::3], 5.0)
        spacing = part.values.spans.get('flow_distance', SPACING_M)
        arc_m = path.project(spot.pose(0.0, 0.0).position_m)[0] - self.first_m.draw(stage.rng)
        for _ in range(part.role.count):
            if arc_m < 3.0:
                break
            actor = stage.spawn(part.kind(stage), stage.ego.pose_map, path=path, arc_m=arc_m)
            actor.keeps_distance = True
            actor.speed_mps = self.speed_mps
            part.actors.append(actor)
            arc_m -= spacing.draw(stage.rng)

    def step(self, part: Part, stage: Stage) -> None:
        """Let them pass, and leave at the next junction."""
        part.has_begun = True
        for actor in part.actors:
            actor.target_mps = self.speed_mps
        for actor in [actor for actor in part.actors if actor.is_at_end]:
            part.actors.remove(actor)
            stage.remove(actor)
