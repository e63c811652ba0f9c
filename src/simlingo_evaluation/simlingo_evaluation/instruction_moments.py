# SPDX-License-Identifier: Apache-2.0
"""When to give an instruction, chosen on the episode without one.

A moment suits a manoeuvre when the car would not have made it by itself: it goes on at about its
speed (slow down, stop), or stays in its lane beside a free one of its direction (change lane).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from simlingo_core.wordings import ManoeuvreKind
from simlingo_evaluation.instruction_following import (
    BEFORE_S,
    LANE_WINDOW_S,
    SLOWER_WINDOW_S,
    STOP_WINDOW_S,
    Track,
    mean_speed_mps,
)
from simlingo_sim.town.carla_map import CarlaMap, LanePoint
from simlingo_sim.world import SimWorld

KINDS = (
    ManoeuvreKind.SLOWER,
    ManoeuvreKind.STOP,
    ManoeuvreKind.LANE_LEFT,
    ManoeuvreKind.LANE_RIGHT,
)
WINDOW_S = max(SLOWER_WINDOW_S, STOP_WINDOW_S, LANE_WINDOW_S) + 0.5
EARLIEST_S = 3.0
SLOWEST_MPS = 4.0
STEADY_SHARES = (0.9, 1.15)
STAYS_WITHIN_M = 1.0
LANE_AHEAD_M, JUNCTION_AHEAD_M = 30.0, 45.0
GAP_M = 15.0
BESIDE_M = (1.5, 5.5)


@dataclass(frozen=True)
class Moment:
    """A planning tick of the episode without instruction.

    Attributes:
        t_s: simulation time.
        is_free: by kind of lane change, whether there is a lane and room in it.
    """

    t_s: float
    is_free: dict[ManoeuvreKind, bool] = field(default_factory=dict)


def look_around(world: SimWorld, t_s: float) -> Moment:
    """Return what the surroundings allow now."""
    pose, road = world.state.ego.pose_map, world.town.map
    arc = round(world.route_arc_m)
    near_junction = bool(world.planned.is_junction[arc : arc + round(JUNCTION_AHEAD_M)].any())
    here = road.lane_point(pose.x_m, pose.y_m)
    is_free = {
        kind: not near_junction
        and _has_lane(road, here, is_left=is_left)
        and not _is_taken(world, 1.0 if is_left else -1.0)
        for kind, is_left in ((ManoeuvreKind.LANE_LEFT, True), (ManoeuvreKind.LANE_RIGHT, False))
    }
    return Moment(t_s, is_free)


def choose_moment(kind: ManoeuvreKind, track: Track, moments: Sequence[Moment]) -> float | None:
    """Return the first time that suits a manoeuvre [s]; None: the episode has none.

    Args:
        kind: of the manoeuvre, one of ``KINDS``.
        track: of the episode without instruction.
        moments: its planning ticks, in order.
    """
    for moment in moments:
        given_s = moment.t_s
        if given_s < EARLIEST_S or not track.covers(given_s + WINDOW_S):
            continue
        if mean_speed_mps(track, given_s - BEFORE_S, given_s) < SLOWEST_MPS:
            continue
        if _suits(kind, track, moment):
            return given_s
    return None


def _suits(kind: ManoeuvreKind, track: Track, moment: Moment) -> bool:
    speeds, offsets = track.between(moment.t_s, moment.t_s + WINDOW_S)
    if kind in (ManoeuvreKind.SLOWER, ManoeuvreKind.STOP):
        before_mps = mean_speed_mps(track, moment.t_s - BEFORE_S, moment.t_s)
        lowest, highest = (share * before_mps for share in STEADY_SHARES)
        return bool(speeds.min() >= lowest and speeds.mean() <= highest)
    moved_m = float(np.ptp(offsets))
    return (
        moment.is_free.get(kind, False)
        and moved_m <= STAYS_WITHIN_M
        and bool(speeds.min() >= SLOWEST_MPS / 2)
    )


def _has_lane(road: CarlaMap, here: LanePoint, *, is_left: bool) -> bool:
    """Tell whether the lane beside goes the same way for as long as a change takes."""
    beside = road.left if is_left else road.right
    places = (here, *road.ahead(here, LANE_AHEAD_M / 2), *road.ahead(here, LANE_AHEAD_M))
    return len(places) >= 3 and all(beside(place) is not None for place in places)


def _is_taken(world: SimWorld, sign: float) -> bool:
    for actor in world.state.actors:
        x_m, y_m = world.state.ego.pose_map.inverse_transform(actor.pose_map.position_m)
        if abs(x_m) < GAP_M and BESIDE_M[0] < sign * y_m < BESIDE_M[1]:
            return True
    return False
