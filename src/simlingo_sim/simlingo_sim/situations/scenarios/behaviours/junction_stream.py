# SPDX-License-Identifier: Apache-2.0
"""Vehicles that go straight through a junction and meet the ego there."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from simlingo_core.errors import WorldError
from simlingo_core.geometry import wrap_angle_rad
from simlingo_sim.situations.places import guarded_arcs
from simlingo_sim.situations.scenarios.arguments import Span
from simlingo_sim.situations.scenarios.description import Part
from simlingo_sim.situations.scenarios.junction_places import Stream, meeting_at
from simlingo_sim.situations.scenarios.passages import Meeting, Origin
from simlingo_sim.situations.scenarios.spot import Spot
from simlingo_sim.situations.stage import ScriptedActor, Stage, edges_along
from simlingo_sim.state import LightState

TOWN_FLOW = Span(8.0, 9.0)
COMMITTED_WITHIN_M = 12.0
WAITING_WITHIN_M, WAITING_MPS = 30.0, 1.0
EARLIEST_S = 6.0
FIRST_CAR_S = 4.5
WAITS_WITHIN_M = 25.0
BEHIND_M = 8.0
LIGHT_AHEAD_M = 45.0
SEES_WITHIN_M = 60.0
SAME_LANE_M, SAME_WAY_RAD = 1.3, 0.6


@dataclass(frozen=True, kw_only=True)
class JunctionStream:
    """Drive through a junction without braking for the ego that crosses.

    The first vehicle arrives together with the ego.  Speed and distances are the arguments
    ``flow_speed`` and ``source_dist_interval``, or those here.  Vehicles behind an ego that is
    already in their lane keep their distance.

    Attributes:
        stream: which way they take; with an argument ``direction`` it is the side they come from.
        speed_mps: their speed.
        late_s: so much later than the ego the first one arrives.
    """

    stream: Stream
    speed_mps: Span = TOWN_FLOW
    late_s: float = 0.0

    def streets(self, spot: Spot, words: Mapping[str, str]) -> tuple[str, ...]:
        """Return the ids of the edges that they need for themselves."""
        return edges_along(spot.town, self._way(spot, words).path.points_map_m)

    def enter(self, part: Part, stage: Stage) -> None:
        """Place the vehicles behind each other on their way; give the ego a green light."""
        way = self._way(part.spot, part.values.words)
        if stage.traffic is not None:
            stage.traffic.clear(way.path.points_map_m[::3], 6.0)
            for arc, light in guarded_arcs(stage.planned, stage.town.traffic_lights):
                if 0.0 < way.route_arc_m - arc < LIGHT_AHEAD_M:
                    stage.traffic.hold_light(light, LightState.GREEN)
        spans = part.values.spans
        speed_mps = spans.get('flow_speed', self.speed_mps).draw(stage.rng)
        spacing = spans.get('source_dist_interval', part.role.spacing_m)
        part.memory.update(
            speed_mps=speed_mps, path_arc_m=way.path_arc_m, route_arc_m=way.route_arc_m
        )
        arc_m = max(way.path_arc_m - FIRST_CAR_S * speed_mps, 4.0)
        for _ in range(part.role.count):
            if arc_m < 3.0:
                break
            actor = stage.spawn(part.kind(stage), stage.ego.pose_map, path=way.path, arc_m=arc_m)
            actor.keeps_distance = True
            actor.has_blue_lights = actor.kind.is_emergency
            part.actors.append(actor)
            arc_m -= spacing.draw(stage.rng)

    def step(self, part: Part, stage: Stage) -> None:
        """Let the first meet the ego, then let all pass."""
        for actor in [actor for actor in part.actors if actor.is_at_end]:
            part.actors.remove(actor)
            stage.remove(actor)
        left_m = part.memory['route_arc_m'] - stage.ego_arc_m
        if left_m < -BEHIND_M or not part.actors:
            self._release_lights(part, stage)
        if not part.actors:
            part.is_done = part.has_begun = True
            return
        # An ego that waits for the first of several streams waits for all of them.
        first_m = min(left_m, part.spot.arc_m - stage.ego_arc_m)
        is_waiting = first_m < WAITING_WITHIN_M and stage.ego.speed_mps < WAITING_MPS
        part.has_begun = part.has_begun or is_waiting or left_m < COMMITTED_WITHIN_M
        speed_mps = part.memory['speed_mps']
        if not part.has_begun:
            speed_mps = self._speed_to_meet(part, stage, left_m)
        for actor in part.actors:
            actor.target_mps = min(speed_mps, speed_behind_ego(actor, stage))

    def _speed_to_meet(self, part: Part, stage: Stage, left_m: float) -> float:
        arrival_s = left_m / max(stage.ego.speed_mps, 0.5) + self.late_s
        own_m = part.memory['path_arc_m'] - part.actors[0].arc_m
        if own_m < WAITS_WITHIN_M and arrival_s > EARLIEST_S:
            return 0.0
        return min(part.memory['speed_mps'], own_m / max(arrival_s, 0.1))

    def _way(self, spot: Spot, words: Mapping[str, str]) -> Meeting:
        stream = self.stream
        if words.get('direction', 'either') != 'either':
            stream = Stream(origins=(Origin(words['direction']),), merges=stream.merges)
        way = meeting_at(spot.town, spot.planned, spot.arc_m, stream)
        if way is None:
            raise WorldError(
                f'nobody can come from {" or ".join(stream.origins)} to the junction at '
                f'{spot.arc_m:.0f} m of the route; choose another place or direction'
            )
        return way

    @staticmethod
    def _release_lights(part: Part, stage: Stage) -> None:
        if stage.traffic is not None and 'are_lights_free' not in part.memory:
            part.memory['are_lights_free'] = 1.0
            for _, light in guarded_arcs(part.spot.planned, stage.town.traffic_lights):
                stage.traffic.release_light(light)


def speed_behind_ego(actor: ScriptedActor, stage: Stage) -> float:
    """Return the highest speed that keeps an actor behind an ego in its lane."""
    path, ego = actor.path, stage.ego
    away_m = float(np.hypot(*(ego.pose_map.position_m - actor.pose_map.position_m)))
    if path is None or away_m > SEES_WITHIN_M:
        return math.inf
    arc_m, left_m = path.project(ego.pose_map.position_m, actor.arc_m, 65.0)
    turn = wrap_angle_rad(ego.pose_map.yaw_rad - float(path.heading_at(arc_m)))
    if arc_m <= actor.arc_m or abs(left_m) > SAME_LANE_M or abs(turn) > SAME_WAY_RAD:
        return math.inf
    gap_m = arc_m - actor.arc_m - ego.extent_m[0] - actor.extent_m[0]
    return max(0.0, ego.speed_mps + 0.5 * (gap_m - 6.0))
