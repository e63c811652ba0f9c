# SPDX-License-Identifier: Apache-2.0
"""Roll-outs of the vehicle model, many at once (upstream_spec §6.3, §3.5).

The numbers are those of ``vehicle_model``, ``LateralPid`` and ``pedals_for``, for a batch;
tests compare them with each other and with upstream's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from simlingo_core.frame import TICK_PERIOD_S
from simlingo_core.types import SPEED_WAYPOINTS
from simlingo_core.vehicle_model import (
    BRAKE_POLYNOMIAL,
    FRONT_LENGTH_M,
    LEAST_THROTTLE,
    REAR_LENGTH_M,
    THROTTLE_WEIGHTS,
    WHEEL_ANGLE_RAD,
)
from simlingo_sim.expert import longitudinal
from simlingo_sim.expert.lateral import LateralGains

TICKS_PER_WAYPOINT = 5
ROLLOUT_TICKS = TICKS_PER_WAYPOINT * SPEED_WAYPOINTS
_KMH = 3.6
_GAINS = LateralGains()

Array = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Drive:
    """One roll-out to make.

    Attributes:
        path_base_m: points about 1 m apart from the car on, shape (N, 2).
        speed_mps: at the start.
        first: steer, throttle and brake (0 or 1) already on their way; for the first tick.
        targets_mps: target speed of each tick, shape (50,); None: pedals are given.
        throttles: of each tick, shape (50,), where no targets are given.
        brakes: whether to brake at each tick, shape (50,); beats throttles, not targets.
    """

    path_base_m: Array
    speed_mps: float
    first: tuple[float, float, float] = (0.0, 0.0, 0.0)
    targets_mps: Array | None = None
    throttles: Array = field(default_factory=lambda: np.zeros(ROLLOUT_TICKS))
    brakes: NDArray[np.bool_] = field(default_factory=lambda: np.zeros(ROLLOUT_TICKS, bool))


@dataclass(frozen=True, kw_only=True)
class Motion:
    """States of one roll-out after each tick, in the base_link of the start.

    Attributes:
        positions_m: shape (50, 2).
        yaws_rad: shape (50,).
        speeds_mps: shape (50,).
    """

    positions_m: Array
    yaws_rad: Array
    speeds_mps: Array

    def at_waypoints(self, first_tick: int = TICKS_PER_WAYPOINT - 1) -> Motion:
        """Return every fifth state: 0.25, 0.5, ... 2.5 s where the first tick is 4."""
        return Motion(
            positions_m=self.positions_m[first_tick::TICKS_PER_WAYPOINT],
            yaws_rad=self.yaws_rad[first_tick::TICKS_PER_WAYPOINT],
            speeds_mps=self.speeds_mps[first_tick::TICKS_PER_WAYPOINT],
        )


def constant(value: float) -> Array:
    """Return the same value for each tick."""
    return np.full(ROLLOUT_TICKS, value)


def roll_out(drives: Sequence[Drive]) -> list[Motion]:
    """Drive along paths for 50 ticks of 0.05 s."""
    if not drives:
        return []
    state = _Batch(drives)
    for tick in range(ROLLOUT_TICKS):
        state.step(tick)
    return state.motions()


class _Batch:
    def __init__(self, drives: Sequence[Drive]) -> None:
        count = len(drives)
        longest = max(len(drive.path_base_m) for drive in drives)
        self._paths = np.empty((count, longest, 2))
        self._counts = np.array([len(drive.path_base_m) for drive in drives])
        for row, drive in enumerate(drives):
            self._paths[row, : len(drive.path_base_m)] = drive.path_base_m
            self._paths[row, len(drive.path_base_m) :] = drive.path_base_m[-1]
        self._first = np.array([drive.first for drive in drives], dtype=np.float64)
        none = constant(np.nan)
        targets = [none if d.targets_mps is None else d.targets_mps for d in drives]
        self._targets = np.array(targets)
        self._has_target = ~np.isnan(self._targets[:, 0])
        self._throttles = np.array([drive.throttles for drive in drives])
        self._brakes = np.array([drive.brakes for drive in drives])
        self._rows = np.arange(count)
        self._x, self._y, self._yaw = np.zeros(count), np.zeros(count), np.zeros(count)
        self._speed = np.array([drive.speed_mps for drive in drives], dtype=np.float64)
        self._errors = np.zeros((_GAINS.window, count))
        self._history = np.empty((ROLLOUT_TICKS, 4, count))

    def step(self, tick: int) -> None:
        steer = self._steer(tick)
        throttle, brakes = self._pedals(tick)
        if tick == 0:
            steer = self._first[:, 0]
            throttle, brakes = self._first[:, 1], self._first[:, 2] > 0.0
        slip = np.arctan(
            REAR_LENGTH_M / (FRONT_LENGTH_M + REAR_LENGTH_M) * np.tan(WHEEL_ANGLE_RAD * steer)
        )
        way = self._speed * TICK_PERIOD_S
        self._x = self._x + way * np.cos(self._yaw + slip)
        self._y = self._y + way * np.sin(self._yaw + slip)
        self._yaw = self._yaw + way / REAR_LENGTH_M * np.sin(slip)
        self._speed = _speed_after_tick(self._speed, throttle, brakes)
        self._history[tick] = self._x, self._y, self._yaw, self._speed

    def motions(self) -> list[Motion]:
        return [
            Motion(
                positions_m=self._history[:, :2, row].copy(),
                yaws_rad=self._history[:, 2, row].copy(),
                speeds_mps=self._history[:, 3, row].copy(),
            )
            for row in self._rows
        ]

    def _steer(self, tick: int) -> Array:
        dx = self._paths[:, :, 0] - self._x[:, None]
        dy = self._paths[:, :, 1] - self._y[:, None]
        nearest = np.argmin(dx * dx + dy * dy, axis=1)
        last = self._counts - 1
        start = np.minimum(nearest + 1, last)
        wanted = _GAINS.lookahead_per_kmh * self._speed + _GAINS.lookahead_offset
        wanted = np.clip(wanted, _GAINS.shortest_lookahead, _GAINS.longest_lookahead) / 10.0 - 2.0
        aim = start + np.minimum(wanted, last - start).astype(int)
        heading = np.arctan2(dy[self._rows, aim], dx[self._rows, aim])
        turn = heading - self._yaw
        error = (np.arctan2(np.sin(turn), np.cos(turn))) * 180.0 / np.pi / 90.0
        change = error - self._errors[(tick - 1) % _GAINS.window] if tick else np.zeros_like(error)
        self._errors[tick % _GAINS.window] = error
        mean = self._errors[: tick + 1].sum(axis=0) / min(tick + 1, _GAINS.window)
        steer = _GAINS.proportional * error + _GAINS.derivative * change + _GAINS.integral * mean
        return np.asarray(np.clip(steer, -1.0, 1.0))

    def _pedals(self, tick: int) -> tuple[Array, NDArray[np.bool_]]:
        throttle = np.where(self._brakes[:, tick], 0.0, self._throttles[:, tick])
        brakes = self._brakes[:, tick]
        if not self._has_target.any():
            return throttle, brakes
        target = self._targets[:, tick]
        speed_kmh = self._speed * _KMH
        target_kmh = np.maximum(target, longitudinal.LOWEST_TARGET_MPS) * _KMH
        error_kmh = target_kmh - speed_kmh
        is_full = error_kmh > longitudinal.FULL_THROTTLE_ERROR_KMH
        is_braking = (target < longitudinal.SMALLEST_TARGET_MPS) | (
            ~is_full & (speed_kmh > longitudinal.BRAKE_RATIO * target_kmh)
        )
        error, speed = np.maximum(error_kmh, 0.0) / 100.0, speed_kmh / 100.0
        w = longitudinal.WEIGHTS
        wanted = speed * (w[0] + w[1] * speed + error * (w[4] + w[5] * speed))
        wanted = np.clip(wanted + error * (100.0 * w[2] + w[3] * error), 0.0, 1.0)
        wanted = np.where(is_braking, 0.0, np.where(is_full, 1.0, wanted))
        return (
            np.where(self._has_target, wanted, throttle),
            np.where(self._has_target, is_braking, brakes),
        )


def _speed_after_tick(speed_mps: Array, throttle: Array, brakes: NDArray[np.bool_]) -> Array:
    v, t = speed_mps * _KMH, throttle
    w = THROTTLE_WEIGHTS
    rolling = v * (w[0] + w[1] * v + t * (w[4] + w[5] * t + v * (w[6] + w[7] * t)))
    rolling = rolling + t * (w[2] + w[3] * t)
    braking = np.zeros_like(v)
    for weight in reversed(BRAKE_POLYNOMIAL):
        braking = (braking + weight) * v
    after = np.where(brakes, braking, np.where(t >= LEAST_THROTTLE, rolling, v))
    return np.maximum(0.0, after / _KMH)
