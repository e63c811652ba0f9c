# SPDX-License-Identifier: Apache-2.0
"""Vehicles on the lane that the route changes to."""

from __future__ import annotations

import math
from dataclasses import dataclass

from simlingo_core.errors import WorldError
from simlingo_sim.situations.scenarios.arguments import Span
from simlingo_sim.situations.scenarios.behaviours.junction_stream import speed_behind_ego
from simlingo_sim.situations.scenarios.description import Part
from simlingo_sim.situations.scenarios.lane_change_places import lane_changes, target_lane
from simlingo_sim.situations.stage import Stage

SLOW_FLOW = Span(9.0, 10.0)
REACH_M = 180.0
COMMITTED_WITHIN_M = 25.0
NEAREST_M = 30.0
SLOWEST_MPS = 3.0
FREE_SHARE, EGO_MPS2 = 0.72, 3.0
PLACE_WITHIN_M = 2.0
WAITING_MPS, ENTERING_M = 4.0, 1.7
CATCH_UP_PER_S, FASTER_MPS = 0.7, 2.5


@dataclass(frozen=True, kw_only=True)
class LaneStream:
    """Drive along the lane that the route changes to, so as to be beside the ego there.

    Speed and distances are the arguments ``flow_speed`` and ``source_dist_interval``, or those
    here.  They keep their distance to an ego that is in their lane, and drive on where it is not.

    Attributes:
        speed_mps: their speed.
        beside: which of them, counted from 0, is beside the ego in the middle of the change.
        stays_beside: whether it also adapts to an ego that slows down before the change, until
            the ego waits or comes into the lane.
    """

    speed_mps: Span = SLOW_FLOW
    beside: int = 2
    stays_beside: bool = False

    def enter(self, part: Part, stage: Stage) -> None:
        """Place the vehicles behind each other.

        Raises:
            WorldError: the route changes no lane there, or the lane is too short.
        """
        spot = part.spot
        near = [
            change
            for change in lane_changes(spot.planned)
            if abs(change.middle_m - spot.arc_m) < PLACE_WITHIN_M
        ]
        if not near:
            raise WorldError(f'the route changes no lane at {spot.arc_m:.0f} m; choose another')
        path = target_lane(spot.town, spot.planned, near[0], REACH_M)
        if stage.traffic is not None:
            stage.traffic.clear(path.points_map_m[::2], 5.0)
        spans = part.values.spans
        spacing = spans.get('source_dist_interval', part.role.spacing_m)
        meets_m = float(path.project(spot.planned.route.position_at(spot.arc_m))[0])
        part.memory['meets_arc_m'] = meets_m
        part.memory['speed_mps'] = spans.get('flow_speed', self.speed_mps).draw(stage.rng)
        gaps_m = [spacing.draw(stage.rng) for _ in range(part.role.count - 1)]
        # Where the vehicle that is to be beside the ego starts.
        limit_mps = float(spot.planned.limits_mps[round(spot.arc_m)])
        part.memory['ego_mps'] = FREE_SHARE * limit_mps
        own_m = part.memory['speed_mps'] * arrival_s(
            spot.arc_m - stage.ego_arc_m, stage.ego.speed_mps, part.memory['ego_mps']
        )
        arc_m = max(meets_m - max(own_m, NEAREST_M), 4.0) + sum(gaps_m[: self.beside])
        for number in range(part.role.count):
            if arc_m < 3.0:
                break
            actor = stage.spawn(part.kind(stage), stage.ego.pose_map, path=path, arc_m=arc_m)
            actor.keeps_distance = True
            part.actors.append(actor)
            arc_m -= gaps_m[number] if number < len(gaps_m) else 0.0

    def step(self, part: Part, stage: Stage) -> None:
        """Be beside the ego in the change, then drive on."""
        for actor in [actor for actor in part.actors if actor.is_at_end]:
            part.actors.remove(actor)
            stage.remove(actor)
        if not part.actors:
            part.is_done = part.has_begun = True
            return
        left_m = part.spot.arc_m - stage.ego_arc_m
        part.has_begun = part.has_begun or left_m < COMMITTED_WITHIN_M
        speed_mps = part.memory['speed_mps']
        if not part.has_begun:
            speed_mps = self._speed_to_meet(part, stage, left_m)
        elif self.stays_beside and 'drives_on' not in part.memory:
            speed_mps = self._speed_beside(part, stage)
        for actor in part.actors:
            actor.target_mps = min(speed_mps, speed_behind_ego(actor, stage))

    def _speed_to_meet(self, part: Part, stage: Stage, left_m: float) -> float:
        beside = part.actors[min(self.beside, len(part.actors) - 1)]
        needed_s = arrival_s(left_m, stage.ego.speed_mps, part.memory['ego_mps'])
        own_m = part.memory['meets_arc_m'] - beside.arc_m
        wanted_mps = own_m / max(needed_s, 0.1)
        return float(min(part.memory['speed_mps'], max(wanted_mps, SLOWEST_MPS)))

    def _speed_beside(self, part: Part, stage: Stage) -> float:
        beside, ego = part.actors[min(self.beside, len(part.actors) - 1)], stage.ego
        if beside.path is None:
            return 0.0
        ego_arc_m, ego_left_m = beside.path.project(ego.pose_map.position_m, beside.arc_m, 60.0)
        if ego.speed_mps < WAITING_MPS or abs(ego_left_m) < ENTERING_M:
            part.memory['drives_on'] = 1.0
        wanted_mps = ego.speed_mps + CATCH_UP_PER_S * (ego_arc_m - beside.arc_m)
        return float(min(max(wanted_mps, 0.0), part.memory['speed_mps'] + FASTER_MPS))


def arrival_s(left_m: float, speed_mps: float, free_mps: float) -> float:
    """Return the time to a place, when a car accelerates to its speed on a free road."""
    if left_m <= 0.0:
        return 0.0
    free_mps = max(free_mps, speed_mps, 1.0)
    gaining_s = (free_mps - speed_mps) / EGO_MPS2
    gaining_m = 0.5 * (free_mps + speed_mps) * gaining_s
    if gaining_m > left_m:
        return (math.sqrt(speed_mps**2 + 2.0 * EGO_MPS2 * left_m) - speed_mps) / EGO_MPS2
    return gaining_s + (left_m - gaining_m) / free_mps
