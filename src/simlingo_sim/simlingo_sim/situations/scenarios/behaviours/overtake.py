# SPDX-License-Identifier: Apache-2.0
"""Vehicles on a motorway that come close: an ambulance from behind, a car that cuts in."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from simlingo_sim.situations.scenarios.arguments import Span
from simlingo_sim.situations.scenarios.behaviours.junction_stream import speed_behind_ego
from simlingo_sim.situations.scenarios.behaviours.lane_stream import FREE_SHARE, arrival_s
from simlingo_sim.situations.scenarios.behaviours.ways import lane_change_way
from simlingo_sim.situations.scenarios.description import Part
from simlingo_sim.situations.scenarios.spot import make_path
from simlingo_sim.situations.stage import Stage

TAIL_TO_FRONT = Span(6.0, 9.0)
SHARE_AFTERWARDS = Span(0.5, 0.6)
CLOSE_M, CLOSE_S = 50.0, 10.0
AHEAD_M = 8.0
ROOM_BEHIND_M = 12.0
FASTEST_MPS = 32.0


@dataclass(frozen=True, kw_only=True)
class ComeFromBehind:
    """Come from behind in the ego's lane, faster than the ego, and wait there for a free lane.

    Done when it is in front of the ego, or has been close for ten seconds.  How far behind the ego
    it starts is the argument ``distance``.

    Attributes:
        faster_mps: how much faster it wants to be.
    """

    faster_mps: float = 25.0 / 3.6

    def enter(self, part: Part, stage: Stage) -> None:
        """Draw where it will start."""
        part.memory['behind_m'] = part.values.spans['distance'].draw(stage.rng)

    def step(self, part: Part, stage: Stage) -> None:
        """Start behind the ego when it passes the place, then press on."""
        if not part.actors:
            self._start(part, stage)
            return
        (actor,) = part.actors
        part.has_begun = True
        ahead_m = actor.arc_m + part.memory['offset_m'] - stage.ego_arc_m
        free_mps = stage.ego.speed_mps + self.faster_mps
        actor.target_mps = min(free_mps, speed_behind_ego(actor, stage))
        close_s = part.memory.get('close_s', 0.0)
        if -ahead_m < CLOSE_M:
            part.memory['close_s'] = close_s + 0.05
        if ahead_m > AHEAD_M or close_s > CLOSE_S or actor.is_at_end:
            actor.target_mps = free_mps if ahead_m > 0.0 else actor.target_mps
            part.is_done = True

    def _start(self, part: Part, stage: Stage) -> None:
        if stage.ego_arc_m < part.spot.arc_m:
            return
        start_m = stage.ego_arc_m - part.memory['behind_m']
        if start_m < 1.0:
            return
        route = part.spot.planned.route
        arcs = np.arange(start_m, route.length_m, 1.0)
        path = make_path(route.position_at(arcs))
        if 'is_clear' not in part.memory:
            # What SUMO removes is gone from the stage at the next tick.
            part.memory['is_clear'] = 1.0
            if stage.traffic is not None:
                behind = np.arange(start_m - 10.0, start_m + ROOM_BEHIND_M, 2.0)
                stage.traffic.clear(route.position_at(np.maximum(behind, 0.0)), 5.0)
            return
        actor = stage.spawn(part.kind(stage), stage.ego.pose_map, path=path, arc_m=0.05)
        actor.speed_mps = stage.ego.speed_mps
        actor.has_blue_lights = True
        actor.keeps_distance = True
        actor.acceleration_mps2 = 4.0
        part.memory['offset_m'] = start_m
        part.actors.append(actor)


@dataclass(frozen=True, kw_only=True)
class CutInFromRamp:
    """Drive beside the ego's lane, change into it just before the ego, and slow down.

    Attributes:
        gap_m: from its tail to the ego's front when it begins to change.
        merge_m: way of the change.
        slower_share: its speed afterwards, as a share of the ego's.
    """

    gap_m: Span = TAIL_TO_FRONT
    merge_m: float = 20.0
    slower_share: Span = SHARE_AFTERWARDS
    before_m: float = 90.0
    after_m: float = 160.0

    def enter(self, part: Part, stage: Stage) -> None:
        """Place the vehicle on the lane beside."""
        left_m = part.left_m(stage)
        profile = np.array(
            [
                [-self.before_m, left_m],
                [0.0, left_m],
                [self.merge_m, 0.0],
                [self.after_m, 0.0],
            ]
        )
        path = lane_change_way(part.spot, profile)
        actor = stage.spawn(part.kind(stage), stage.ego.pose_map, path=path, arc_m=0.05)
        actor.acceleration_mps2 = 4.0
        part.actors.append(actor)
        part.memory['gap_m'] = self.gap_m.draw(stage.rng) + actor.extent_m[0]
        part.memory['share'] = self.slower_share.draw(stage.rng)
        part.memory['inwards'] = -np.sign(left_m)
        limit_mps = float(part.spot.planned.limits_mps[round(part.spot.arc_m)])
        part.memory['ego_mps'] = FREE_SHARE * limit_mps

    def step(self, part: Part, stage: Stage) -> None:
        """Reach the change just before the ego, then slow down."""
        (actor,) = part.actors
        left_m = self.before_m - actor.arc_m
        if left_m > 0.0:
            actor.target_mps = self._speed_to_change(part, stage, left_m)
            actor.blinks_left = left_m < 25.0 and part.memory['inwards'] > 0.0
            actor.blinks_right = left_m < 25.0 and part.memory['inwards'] < 0.0
            return
        if not part.has_begun:
            part.has_begun = True
            part.memory['speed_mps'] = max(part.memory['share'] * stage.ego.speed_mps, 4.0)
        actor.target_mps = part.memory['speed_mps'] + (4.0 if part.since_s > 4.0 else 0.0)
        actor.blinks_left = actor.blinks_right = False
        if actor.is_at_end:
            part.leave(stage)

    def _speed_to_change(self, part: Part, stage: Stage, left_m: float) -> float:
        """Return the speed at which the change begins just before the ego is there."""
        (actor,) = part.actors
        until_m, free_mps = part.left_to_go_m(stage) - part.memory['gap_m'], part.memory['ego_mps']
        until_s = arrival_s(until_m, stage.ego.speed_mps, free_mps)
        needed_s = left_m / free_mps + 0.5 * free_mps / actor.acceleration_mps2
        if actor.speed_mps == 0.0 and until_s > needed_s:
            return 0.0
        return float(np.clip(left_m / max(until_s, 0.2), 0.0, FASTEST_MPS))
