# SPDX-License-Identifier: Apache-2.0
"""Forecast collisions with other vehicles."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from simlingo_sim.expert.config import ExpertConfig
from simlingo_sim.expert.forecast import (
    STRIDE_TICKS,
    BoxTrack,
    first_overlap,
    forecast_actor,
    forecast_ego,
)
from simlingo_sim.expert.lateral import LateralPid
from simlingo_sim.expert.leaders import is_leading
from simlingo_sim.expert.scene import Neighbour, Scene

TRAILING_M = 1.5
STANDING_MPS = 0.2
CLEAR_M = 0.3
MORE_ROOM_M = (0.5, 0.25)
PERIOD_S = STRIDE_TICKS * 0.05


@dataclass(frozen=True, kw_only=True)
class ForecastCollision:
    """A forecast collision.

    Attributes:
        neighbour: the other vehicle.
        t_s: time until the collision.
    """

    neighbour: Neighbour
    t_s: float


def forecast_collisions(
    scene: Scene,
    lateral: LateralPid,
    target_mps: float,
    config: ExpertConfig,
    horizon_s: float,
    priority_ids: frozenset[int] = frozenset(),
) -> list[ForecastCollision]:
    """Return the collisions within the horizon, the earliest first.

    More room is given to vehicles with ``priority_ids`` and to those whose ways are known: they
    do not brake for the ego.
    """
    candidates = [n for n in scene.neighbours if _is_candidate(scene, n, config)]
    if not candidates:
        return []
    ego_track = forecast_ego(scene.ego, scene.route, lateral, target_mps, horizon_s)
    collisions = []
    for neighbour in candidates:
        track = _forecast(scene, neighbour, len(ego_track.yaws_rad))
        if neighbour.actor.id in scene.ways or neighbour.actor.id in priority_ids:
            track = replace(track, halves_m=track.halves_m + MORE_ROOM_M)
        step = first_overlap(ego_track, track)
        if step is not None:
            collisions.append(ForecastCollision(neighbour=neighbour, t_s=(step + 1) * PERIOD_S))
    return sorted(collisions, key=lambda found: (found.t_s, found.neighbour.actor.id))


def _is_candidate(scene: Scene, neighbour: Neighbour, config: ExpertConfig) -> bool:
    """Return whether a collision is possible: not with leaders, followers or standing vehicles."""
    actor, ego = neighbour.actor, scene.ego
    distance_m = math.hypot(
        actor.pose_map.x_m - ego.pose_map.x_m, actor.pose_map.y_m - ego.pose_map.y_m
    )
    if not actor.kind.is_vehicle or distance_m > config.detection_radius_m:
        return False
    if actor.speed_mps < STANDING_MPS or is_leading(scene, neighbour, config):
        return False
    if actor.id in scene.passable_ids and _is_clear(scene, neighbour):
        return False
    is_behind = neighbour.ahead_m < 0.0 and neighbour.is_same_way
    return not (is_behind and abs(neighbour.left_m - scene.offset_at(0.0)) < TRAILING_M)


def _is_clear(scene: Scene, neighbour: Neighbour) -> bool:
    """Return whether the expert's shifted way keeps clear of an actor that it passes."""
    offset_m = scene.offset_at(max(neighbour.ahead_m, 0.0))
    return neighbour.gap_beside_m(offset_m, scene.ego.extent_m[1]) > CLEAR_M


def _forecast(scene: Scene, neighbour: Neighbour, count: int) -> BoxTrack:
    """Forecast a vehicle; one that brakes continues to brake, since SUMO's drivers give way."""
    actor, way = neighbour.actor, scene.ways.get(neighbour.actor.id)
    track = forecast_actor(actor, neighbour.yaw_rate_radps, count)
    if way is None and neighbour.acceleration_mps2 > -0.5:
        return track
    times = PERIOD_S * np.arange(1, count + 1)
    travelled_m = actor.speed_mps * times
    if neighbour.acceleration_mps2 <= -0.5:
        moving_s = np.minimum(times, actor.speed_mps / -neighbour.acceleration_mps2)
        travelled_m = actor.speed_mps * moving_s + 0.5 * neighbour.acceleration_mps2 * moving_s**2
    if way is not None:
        arcs_m = np.minimum(way.arc_m + travelled_m, way.path.length_m)
        return BoxTrack(
            centres_map_m=way.path.position_at(arcs_m),
            yaws_rad=np.unwrap(way.path.heading_at(arcs_m)),
            halves_m=track.halves_m,
        )
    share = travelled_m / np.maximum(actor.speed_mps * times, 1e-6)
    steps_m = track.centres_map_m - actor.pose_map.position_m
    return BoxTrack(
        centres_map_m=actor.pose_map.position_m + share[:, None] * steps_m,
        yaws_rad=actor.pose_map.yaw_rad + share * (track.yaws_rad - actor.pose_map.yaw_rad),
        halves_m=track.halves_m,
    )
