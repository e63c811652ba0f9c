# SPDX-License-Identifier: Apache-2.0
"""Dreams: what the car would do under an instruction, rolled out with the vehicle model.

As upstream's dreamer (upstream_spec §6.3), with two of its faults mended: the waypoints lie at
0.25 ... 2.5 s like those of recorded episodes, and the trajectory shows what was asked for.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from simlingo_core.geometry import Pose2
from simlingo_core.resampling import resample_equidistant
from simlingo_core.types import PATH_POINTS, SPEED_WAYPOINTS, VehicleCommand
from simlingo_core.vehicle_model import MotionState, advance_ego
from simlingo_core.wordings import WORDINGS, ManoeuvreKind, speed_words
from simlingo_sim.expert.lateral import LateralPid
from simlingo_sim.expert.longitudinal import pedals_for
from simlingo_training.measurements import Measurement

TICKS_PER_WAYPOINT = 5
ROLLOUT_TICKS = TICKS_PER_WAYPOINT * SPEED_WAYPOINTS
LANE_WIDTH_M = 3.5
LOWEST_TARGET_MPS = 1.0

SpeedRule = Callable[[int, float], tuple[float, bool]]
"""Maps tick and speed to throttle and whether to brake."""


@dataclass(frozen=True, kw_only=True)
class Dream:
    """An instruction and the trajectory that follows it.

    Attributes:
        kind: what is asked for.
        text: the instruction.
        path_base_m: shape (20, 2).
        speed_waypoints_base_m: shape (10, 2).
    """

    kind: ManoeuvreKind
    text: str
    path_base_m: NDArray[np.float64]
    speed_waypoints_base_m: NDArray[np.float64]


def roll_out(
    path_base_m: ArrayLike, speed_mps: float, rule: SpeedRule, first: VehicleCommand
) -> list[MotionState]:
    """Drive along a path for 50 ticks of 0.05 s.

    Args:
        path_base_m: points about 1 m apart from the car on, shape (N, 2).
        speed_mps: at the start.
        rule: pedals for each tick but the first.
        first: the command already on its way; it holds for the first tick.

    Returns:
        The state after each tick, in the base_link of the start.
    """
    path = np.asarray(path_base_m, dtype=np.float64)
    steering = LateralPid()
    state = MotionState(Pose2(0.0, 0.0, 0.0), speed_mps)
    states = []
    for tick in range(ROLLOUT_TICKS):
        position = state.pose_map.position_m
        nearest = int(np.argmin(np.linalg.norm(path - position, axis=1)))
        ahead = path[min(nearest + 1, len(path) - 1) :]
        aim = ahead[steering.lookahead_index(state.speed_mps, len(ahead), spacing_m=1.0)]
        steer = steering.steer_for(aim, position, state.pose_map.yaw_rad)
        throttle, is_braking = rule(tick, state.speed_mps)
        command = VehicleCommand(steer=steer, throttle=throttle, brake=float(is_braking))
        state = advance_ego(state, command if tick else first)
        states.append(state)
    return states


def shift_path(
    path_base_m: ArrayLike, start_m: float, length_m: float, side_m: float
) -> NDArray[np.float64]:
    """Move a path sideways, linearly between ``start_m`` and ``start_m + length_m`` of its arc.

    Args:
        path_base_m: points 1 m apart from the car on, shape (N, 2).
        start_m: where it begins to leave.
        length_m: how long the transition is.
        side_m: how far, positive left.

    Returns:
        20 points 1 m apart along the shifted path.
    """
    path = np.asarray(path_base_m, dtype=np.float64)
    heading = np.gradient(path, axis=0)
    heading /= np.maximum(np.linalg.norm(heading, axis=1, keepdims=True), 1e-6)
    left = np.column_stack([-heading[:, 1], heading[:, 0]])
    share = np.clip((np.arange(len(path)) - start_m) / length_m, 0.0, 1.0)
    return resample_equidistant(path + left * (share * side_m)[:, None], PATH_POINTS)


def target_speed_rule(target_mps: float) -> SpeedRule:
    """Pedals that reach a speed and hold it."""
    return lambda _tick, speed_mps: pedals_for(target_mps, speed_mps, is_hazard=False)


def throttle_rule(throttle: float) -> SpeedRule:
    """Pedals that always accelerate."""
    return lambda _tick, _speed_mps: (throttle, False)


def dream(
    measurement: Measurement,
    path_base_m: NDArray[np.float64],
    expert_waypoints_base_m: NDArray[np.float64],
    kind: ManoeuvreKind,
    rng: np.random.Generator,
) -> Dream | None:
    """Make one dream of a frame, or None where it would make no sense.

    Args:
        measurement: of the frame.
        path_base_m: path label of the expert, shape (20, 2); must be 1 m apart.
        expert_waypoints_base_m: speed label of the expert, shape (10, 2).
        kind: what to ask for.
        rng: chooses strength and wording.
    """
    speed_mps = measurement.speed_mps
    path, words = path_base_m, ''
    match kind:
        case ManoeuvreKind.STOP if speed_mps > LOWEST_TARGET_MPS:
            rule = target_speed_rule(0.0)
        case ManoeuvreKind.SLOWER if speed_mps > 2.0:
            rule = target_speed_rule(speed_mps * rng.uniform(0.4, 0.7))
        case ManoeuvreKind.FASTER:
            rule = throttle_rule(rng.uniform(0.6, 1.0))
        case ManoeuvreKind.TARGET_SPEED:
            target_mps = round(float(rng.uniform(LOWEST_TARGET_MPS, 14.0)), 1)
            words = speed_words(target_mps, in_kmh=bool(rng.random() < 0.5))
            rule = target_speed_rule(target_mps)
        case ManoeuvreKind.LANE_LEFT | ManoeuvreKind.LANE_RIGHT if (
            _may_change_lane(measurement, kind) and speed_mps > 2.0
        ):
            side_m = LANE_WIDTH_M if kind is ManoeuvreKind.LANE_LEFT else -LANE_WIDTH_M
            start_m = rng.uniform(0.0, 2.0)
            path = shift_path(path, start_m, max(6.0, 1.8 * speed_mps), side_m)
            arcs = np.concatenate([[0.0], np.cumsum(_steps(expert_waypoints_base_m))])[1:]
            return _finish(kind, words, path, _along(path, arcs), rng)
        case _:
            return None
    first = VehicleCommand(
        steer=measurement.steer, throttle=measurement.throttle, brake=float(measurement.brake)
    )
    states = roll_out(path, speed_mps, rule, first)
    waypoints = np.array([s.pose_map.position_m for s in states[TICKS_PER_WAYPOINT - 1 :: 5]])
    return _finish(kind, words, path, waypoints, rng)


def _may_change_lane(measurement: Measurement, kind: ManoeuvreKind) -> bool:
    lanes = measurement.expert.get('lanes', {})
    side = 'left' if kind is ManoeuvreKind.LANE_LEFT else 'right'
    return bool(lanes.get(side)) and not (measurement.is_in_junction or measurement.changed_route)


def _steps(waypoints_base_m: NDArray[np.float64]) -> NDArray[np.float64]:
    steps = np.diff(np.vstack([np.zeros(2), waypoints_base_m]), axis=0)
    lengths_m: NDArray[np.float64] = np.linalg.norm(steps, axis=1)
    return lengths_m


def _along(path_base_m: NDArray[np.float64], arcs_m: NDArray[np.float64]) -> NDArray[np.float64]:
    lengths_m = np.linalg.norm(np.diff(path_base_m, axis=0), axis=1)
    grid_m = np.concatenate([[0.0], np.cumsum(lengths_m)])
    return np.stack([np.interp(arcs_m, grid_m, path_base_m[:, axis]) for axis in (0, 1)], axis=1)


def _finish(
    kind: ManoeuvreKind,
    words: str,
    path: NDArray[np.float64],
    waypoints: NDArray[np.float64],
    rng: np.random.Generator,
) -> Dream:
    wordings = WORDINGS[kind].train
    text = wordings[int(rng.integers(len(wordings)))].format(speed=words)
    return Dream(text=text, kind=kind, path_base_m=path, speed_waypoints_base_m=waypoints)
