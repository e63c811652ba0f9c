# SPDX-License-Identifier: Apache-2.0
"""Position from noisy satellite fixes: the unscented Kalman filter of upstream's agent.

Needed only where there is no odometry (leaderboard sensors, a car).  State and measurement are x,
y, yaw and speed; the prediction is the bicycle model under the last command.  Only the filtered
position is used: yaw and speed are taken as measured, as upstream does.

Upstream spreads its sigma points by 1e-5, where rounding errors grow to millimetres; a wider
spread gives the same filter without them (golden data ``filter_and_frames``).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from simlingo_core.checks import finite_array
from simlingo_core.geometry import Pose2, wrap_angle_rad
from simlingo_core.types import VehicleCommand
from simlingo_core.vehicle_model import MotionState, advance_vehicle

_YAW = 2
_SIZE = 4
_SPREAD = 1e-2
_PRIOR_OF_SPREAD = 2.0
_START_VARIANCE = np.diag([0.5, 0.5, 1e-6, 1e-6])
_MEASUREMENT_VARIANCE = np.diag([0.5, 0.5, 1e-15, 1e-15])
_PROCESS_VARIANCE = np.diag([1e-4, 1e-4, 1e-3, 1e-3])

Vector = NDArray[np.float64]


class PoseFilter:
    """Filters one episode, one step each 0.05 s."""

    def __init__(self) -> None:
        scale = _SPREAD**2 * _SIZE
        self._scale = scale
        self._mean_weights = np.full(2 * _SIZE + 1, 0.5 / scale)
        self._mean_weights[0] = 1.0 - _SIZE / scale
        self._variance_weights = self._mean_weights.copy()
        self._variance_weights[0] += 1.0 - _SPREAD**2 + _PRIOR_OF_SPREAD
        self.reset()

    def reset(self) -> None:
        """Forget everything: the next measurement is where the car is."""
        self._state: Vector | None = None
        self._variance = _START_VARIANCE.copy()

    @property
    def state(self) -> Vector | None:
        """Filtered x, y [m], yaw [rad], speed [m/s] in map; None before the first step."""
        return None if self._state is None else self._state.copy()

    @property
    def variance(self) -> Vector:
        """Covariance of the state, shape (4, 4)."""
        return self._variance.copy()

    def step(
        self, position_map_m: ArrayLike, yaw_rad: float, speed_mps: float, command: VehicleCommand
    ) -> Pose2:
        """Take one measurement and return the pose: filtered position, measured yaw.

        Args:
            position_map_m: of the satellite fix, shape (2,).
            yaw_rad: from the compass, in map.
            speed_mps: from the speedometer.
            command: in force since the step before.

        Raises:
            NonFiniteError: a number is NaN or infinite; the filter has not changed.
        """
        x_m, y_m = finite_array('position_map_m', position_map_m, (2,))
        measurement = finite_array('measurement', [x_m, y_m, yaw_rad, speed_mps], (_SIZE,))
        state = measurement if self._state is None else self._state
        self._predict(state, command)
        filtered = self._update(measurement)
        return Pose2(float(filtered[0]), float(filtered[1]), float(measurement[_YAW]))

    def _predict(self, state: Vector, command: VehicleCommand) -> None:
        points = self._sigma_points(state, self._variance)
        moved = np.array([_advance(point, command) for point in points])
        self._state, self._variance = self._mean_and_variance(moved)

    def _update(self, measurement: Vector) -> Vector:
        if self._state is None:
            return measurement
        # The state itself is measured, so the update is linear; this form of it keeps the
        # variance positive although yaw and speed are measured all but exactly.  The process
        # noise counts from the next step on, as in upstream's filter library.
        gain = np.linalg.solve(self._variance + _MEASUREMENT_VARIANCE, self._variance).T
        self._state = self._state + gain @ _difference(measurement[None], self._state)[0]
        rest = np.eye(_SIZE) - gain
        corrected = rest @ self._variance @ rest.T + gain @ _MEASUREMENT_VARIANCE @ gain.T
        self._variance = corrected + _PROCESS_VARIANCE
        return self._state

    def _sigma_points(self, state: Vector, variance: Vector) -> Vector:
        root = np.linalg.cholesky(self._scale * variance).T
        return np.vstack([state[None], state + root, state - root])

    def _mean_and_variance(self, points: Vector) -> tuple[Vector, Vector]:
        # About the middle point, so that the huge weights meet small numbers only.
        offsets = _difference(points, points[0])
        mean = points[0] + self._mean_weights @ offsets
        mean[_YAW] = wrap_angle_rad(float(mean[_YAW]))
        offsets = _difference(points, mean)
        return mean, (self._variance_weights[:, None] * offsets).T @ offsets


def _difference(points: Vector, origin: Vector) -> Vector:
    """Return points minus origin, shape (N, 4), yaw the short way round."""
    difference = points - origin
    difference[:, _YAW] = [wrap_angle_rad(float(angle)) for angle in difference[:, _YAW]]
    return difference


def _advance(point: Vector, command: VehicleCommand) -> Vector:
    x_m, y_m, yaw_rad, speed_mps = (float(number) for number in point)
    after = advance_vehicle(MotionState(Pose2(x_m, y_m, yaw_rad), speed_mps), command)
    pose = after.pose_map
    return np.array([pose.x_m, pose.y_m, pose.yaw_rad, after.speed_mps])
