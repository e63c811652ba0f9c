# SPDX-License-Identifier: Apache-2.0
"""Forecast of bounding boxes, and whether they overlap.

The ego is simulated with its own controllers on upstream's kinematic model; other actors keep
their speed and yaw rate.  Boxes grow with the horizon (reference facts: upstream_spec §5.2).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simlingo_core.frame import TICK_PERIOD_S
from simlingo_core.types import VehicleCommand
from simlingo_core.vehicle_model import MotionState, advance_ego
from simlingo_sim.expert.dense_route import SPACING_M, DenseRoute
from simlingo_sim.expert.lateral import LateralPid
from simlingo_sim.expert.longitudinal import forecast_throttle_for
from simlingo_sim.state import ActorState

STRIDE_TICKS = 2
FAST_EGO_MPS = 5.0
FAST_EGO_GROWTH = (1.3, 1.2)
MOVING_MPS = 1.0
LENGTH_GROWTH = 1.2
WIDTH_GROWTH = 1.3
LARGEST_YAW_RATE_RADPS = 0.8


@dataclass(frozen=True, kw_only=True)
class BoxTrack:
    """One bounding box at several times.

    Attributes:
        centres_map_m: centres, shape (T, 2).
        yaws_rad: headings, shape (T,).
        halves_m: half length and half width, shape (T, 2).
    """

    centres_map_m: NDArray[np.float64]
    yaws_rad: NDArray[np.float64]
    halves_m: NDArray[np.float64]


def forecast_ego(
    ego: ActorState,
    route: DenseRoute,
    lateral: LateralPid,
    target_mps: float,
    horizon_s: float,
) -> BoxTrack:
    """Forecast the ego along its route at its target speed; a box every 0.1 s."""
    pid, index = lateral.copy(), route.index
    state = MotionState(ego.pose_map, max(0.0, ego.speed_mps))
    centres, yaws = [], []
    for tick in range(round(horizon_s / TICK_PERIOD_S)):
        aim = min(
            index + pid.lookahead_index(state.speed_mps, 10**6, spacing_m=SPACING_M),
            len(route) - 1,
        )
        steer = pid.steer_for(
            route.points_map_m[aim], state.pose_map.position_m, state.pose_map.yaw_rad
        )
        throttle = forecast_throttle_for(target_mps, state.speed_mps)
        is_braking = throttle == 0.0 and target_mps < 0.5
        command = VehicleCommand(steer=steer, throttle=throttle, brake=float(is_braking))
        state = advance_ego(state, command)
        index = min(index + round(state.speed_mps * TICK_PERIOD_S / SPACING_M), len(route) - 1)
        if tick % STRIDE_TICKS == STRIDE_TICKS - 1:
            centres.append(state.pose_map.position_m)
            yaws.append(state.pose_map.yaw_rad)
    growth = FAST_EGO_GROWTH if ego.speed_mps >= FAST_EGO_MPS else (1.0, 1.0)
    halves = np.array(ego.extent_m[:2]) * growth
    return BoxTrack(
        centres_map_m=np.array(centres),
        yaws_rad=np.array(yaws),
        halves_m=np.tile(halves, (len(yaws), 1)),
    )


def forecast_actor(
    actor: ActorState, yaw_rate_radps: float, count: int, *, least_half_m: float = 0.0
) -> BoxTrack:
    """Forecast an actor at constant speed and yaw rate; ``count`` boxes, 0.1 s apart."""
    period_s = STRIDE_TICKS * TICK_PERIOD_S
    times = period_s * np.arange(1, count + 1)
    rate = min(max(yaw_rate_radps, -LARGEST_YAW_RATE_RADPS), LARGEST_YAW_RATE_RADPS)
    yaws = np.asarray(actor.pose_map.yaw_rad + rate * times, dtype=np.float64)
    steps = actor.speed_mps * period_s * np.stack([np.cos(yaws), np.sin(yaws)], axis=-1)
    halves = np.maximum(np.tile(np.array(actor.extent_m[:2]), (count, 1)), least_half_m)
    if actor.speed_mps >= MOVING_MPS and least_half_m == 0.0:
        share = np.arange(1, count + 1) / count
        halves[:, 0] *= np.maximum(1.0, LENGTH_GROWTH * share)
        halves[:, 1] *= np.maximum(1.0, WIDTH_GROWTH * share)
    return BoxTrack(
        centres_map_m=actor.pose_map.position_m + np.cumsum(steps, axis=0),
        yaws_rad=yaws,
        halves_m=halves,
    )


def first_overlap(a: BoxTrack, b: BoxTrack) -> int | None:
    """Return the index of the first step at which two tracks overlap, None if there is none."""
    count = min(len(a.yaws_rad), len(b.yaws_rad))
    offset = b.centres_map_m[:count] - a.centres_map_m[:count]
    reach = np.hypot(*a.halves_m[:count].T) + np.hypot(*b.halves_m[:count].T)
    near = np.hypot(*offset.T) < reach
    if not near.any():
        return None
    overlap = near & boxes_overlap(
        offset, a.yaws_rad[:count], a.halves_m[:count], b.yaws_rad[:count], b.halves_m[:count]
    )
    return int(np.argmax(overlap)) if overlap.any() else None


def boxes_overlap(
    offset: NDArray[np.float64],
    yaw_a: NDArray[np.float64],
    half_a: NDArray[np.float64],
    yaw_b: NDArray[np.float64],
    half_b: NDArray[np.float64],
) -> NDArray[np.bool_]:
    """Separating-axis test of many pairs of boxes at once; all arrays share the first axis."""
    turn = yaw_b - yaw_a
    cosine, sine = np.abs(np.cos(turn)), np.abs(np.sin(turn))
    result = np.ones(len(offset), dtype=bool)
    for yaw, own, other in ((yaw_a, half_a, half_b), (yaw_b, half_b, half_a)):
        along = offset[:, 0] * np.cos(yaw) + offset[:, 1] * np.sin(yaw)
        across = -offset[:, 0] * np.sin(yaw) + offset[:, 1] * np.cos(yaw)
        result &= np.abs(along) <= own[:, 0] + cosine * other[:, 0] + sine * other[:, 1]
        result &= np.abs(across) <= own[:, 1] + sine * other[:, 0] + cosine * other[:, 1]
    return result


def brake_distance_m(speed_mps: float) -> float:
    """Return upstream's braking distance: (v in km/h / 10)^2 / 2 + 10 m."""
    return math.pow(speed_mps * 0.36, 2) / 2.0 + 10.0
