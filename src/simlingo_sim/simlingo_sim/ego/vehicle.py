# SPDX-License-Identifier: Apache-2.0
"""Dynamics of the ego car: from pedals and steering to motion.

A single-track model with tyre slip (CommonRoad's ST) above 2 m/s, a kinematic bicycle below, where
ST is stiff and diverges.  Size and pedals are those of CARLA's Lincoln MKZ: throttle follows the
regression that PDM-Lite fitted to it, steering gives the yaw rate of upstream's bicycle model.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from types import SimpleNamespace

import numpy as np
from numpy.typing import NDArray
from vehiclemodels.vehicle_dynamics_st import vehicle_dynamics_st

from simlingo_core.checks import finite_number
from simlingo_core.config import parameter, validate
from simlingo_core.errors import WorldError
from simlingo_core.frame import TICK_PERIOD_S
from simlingo_core.geometry import Pose2, Pose3
from simlingo_core.types import EgoState, VehicleCommand
from simlingo_core.vehicle_model import MotionState, advance_ego

KINEMATIC_BELOW_MPS = 2.0
SUBSTEPS = 5
LEAST_THROTTLE = 0.3
COASTING_MPS2 = 0.5
HIGHEST_SPEED_MPS = 40.0
HIGHEST_REVERSE_MPS = 5.0
REVERSE_ACCELERATION_MPS2 = 2.0
HAND_BRAKE_MPS2 = 5.0
TYRE_GRIP_MPS2 = 8.5
# CARLA's steering curve of the car: share of the wheel angle by speed in km/h.
STEERING_CURVE_KMH = (0.0, 20.0, 60.0, 120.0)
STEERING_CURVE_SHARE = (1.0, 0.9, 0.8, 0.7)


@dataclass(frozen=True, kw_only=True)
class VehicleConfig:
    """Size and dynamics of the ego car."""

    length_m: float = parameter(4.9, unit='m', low=1.0, high=20.0, description='Length.')
    width_m: float = parameter(
        1.84, unit='m', low=0.5, high=3.0, description='Width without mirrors.'
    )
    height_m: float = parameter(1.49, unit='m', low=0.5, high=5.0, description='Height.')
    wheelbase_m: float = parameter(
        2.86,
        unit='m',
        low=1.0,
        high=8.0,
        description='Distance of the axles; the origin is half-way.',
    )
    mass_kg: float = parameter(1890.0, unit='kg', low=200.0, high=2e4, description='Kerb weight.')
    yaw_inertia_kgm2: float = parameter(
        3100.0, unit='kg m^2', low=100.0, high=1e5, description='Inertia about the vertical axis.'
    )
    wheel_angle_rad: float = parameter(
        1.22,
        unit='rad',
        low=0.1,
        high=1.4,
        description='Angle of the inner wheel at full lock, as in CARLA.',
    )
    single_wheel_share: float = parameter(
        0.72,
        low=0.1,
        high=1.0,
        description='Angle of the single-track front wheel over that of the inner wheel; fitted '
        "to the yaw rate of upstream's bicycle model.",
    )
    steering_rate_radps: float = parameter(
        3.0, unit='rad/s', low=0.1, high=20.0, description='Fastest turn of the front wheel.'
    )
    brake_mps2: float = parameter(
        7.5, unit='m/s^2', low=1.0, high=10.0, description='Deceleration at full brake.'
    )

    def __post_init__(self) -> None:
        validate(self)

    @property
    def extent_m(self) -> tuple[float, float, float]:
        """Half length, half width, half height."""
        return self.length_m / 2, self.width_m / 2, self.height_m / 2


class EgoVehicle:
    """The ego car; its origin is the centre of the bounding box on the ground.

    Args:
        config: size and dynamics.

    Attributes:
        grip_share: grip over that of a dry road; limits brakes and steering.
    """

    def __init__(self, config: VehicleConfig) -> None:
        self.config = config
        self.grip_share = 1.0
        half = config.wheelbase_m / 2
        lock = config.wheel_angle_rad * config.single_wheel_share
        self._parameters = SimpleNamespace(
            a=half,
            b=half,
            h_s=0.55,
            m=config.mass_kg,
            I_z=config.yaw_inertia_kgm2,
            tire=SimpleNamespace(p_dy1=1.05, p_ky1=-21.9),
            steering=SimpleNamespace(
                min=-lock,
                max=lock,
                v_min=-config.steering_rate_radps,
                v_max=config.steering_rate_radps,
            ),
            longitudinal=SimpleNamespace(
                v_min=-HIGHEST_REVERSE_MPS, v_max=HIGHEST_SPEED_MPS, v_switch=50.0, a_max=11.0
            ),
        )
        self.reset(Pose2(0.0, 0.0, 0.0))

    def reset(self, pose_map: Pose2, speed_mps: float = 0.0) -> None:
        """Place the car at a pose, with straight wheels."""
        # CommonRoad's order: x, y, wheel angle, speed, yaw, yaw rate, slip angle.
        speed = finite_number('speed_mps', speed_mps)
        self._state = np.array([pose_map.x_m, pose_map.y_m, 0.0, speed, pose_map.yaw_rad, 0, 0])
        self._acceleration_base_mps2 = np.zeros(3)

    @property
    def pose_map(self) -> Pose2:
        """Pose in map."""
        return Pose2(float(self._state[0]), float(self._state[1]), float(self._state[4]))

    @property
    def speed_mps(self) -> float:
        """Speed along the car's x axis, negative backwards."""
        return float(self._state[3]) * math.cos(float(self._state[6]))

    @property
    def wheel_angle_rad(self) -> float:
        """Angle of the single-track front wheel, positive to the left."""
        return float(self._state[2])

    def ego_state(self, t_s: float) -> EgoState:
        """Return the state at a time as the stack receives it."""
        return EgoState(
            t_s=t_s,
            pose_map=Pose3.from_planar(self.pose_map),
            speed_mps=self.speed_mps,
            yaw_rate_radps=float(self._state[5]),
            acceleration_base_mps2=self._acceleration_base_mps2,
        )

    def step(self, command: VehicleCommand) -> None:
        """Advance one tick with a command.

        Raises:
            WorldError: the model diverged; the state is unchanged.
        """
        state = self._state.copy()
        wheel = self._wheel_target_rad(command.steer, float(state[3]))
        start_mps = float(state[3])
        acceleration = self._acceleration_mps2(command, start_mps)
        is_slowing = acceleration * start_mps < 0.0
        dt_s = TICK_PERIOD_S / SUBSTEPS
        for _ in range(SUBSTEPS):
            rate = np.clip(
                (wheel - state[2]) / dt_s,
                -self.config.steering_rate_radps,
                self.config.steering_rate_radps,
            )
            # Backwards the tyre model is unstable.
            if state[3] > KINEMATIC_BELOW_MPS:
                state = self._step_single_track(state, float(rate), acceleration, dt_s)
            else:
                state = self._step_kinematic(state, float(rate), acceleration, dt_s)
            if is_slowing and state[3] * start_mps <= 0.0:
                # Brakes and drag stop the car; they do not move it backwards.
                state[3] = acceleration = 0.0
        if not np.isfinite(state).all():
            raise WorldError(f'the vehicle model diverged at {self.pose_map}; reset the world')
        self._acceleration_base_mps2 = _acceleration_base(self._state, state)
        self._state = state

    def _wheel_target_rad(self, steer: float, speed_mps: float) -> float:
        curve = np.interp(abs(speed_mps) * 3.6, STEERING_CURVE_KMH, STEERING_CURVE_SHARE)
        lock = self.config.wheel_angle_rad * self.config.single_wheel_share
        # The model's tyres have unlimited grip, so the wheel angle is limited instead.
        grip = math.atan2(
            self.config.wheelbase_m * TYRE_GRIP_MPS2 * self.grip_share, max(speed_mps**2, 1e-6)
        )
        return min(max(steer * lock * float(curve), -grip), grip)

    def _acceleration_mps2(self, command: VehicleCommand, speed_mps: float) -> float:
        """Return the acceleration commanded by the pedals, along the car's x axis."""
        brake = self.config.brake_mps2 * command.brake
        if command.hand_brake:
            brake = max(brake, HAND_BRAKE_MPS2)
        brake = min(brake, max(self.config.brake_mps2, HAND_BRAKE_MPS2) * self.grip_share)
        direction = -1.0 if command.reverse else 1.0
        if speed_mps * direction < -0.1:
            # The gear and the motion disagree: the gearbox brakes first.
            return math.copysign(max(brake, HAND_BRAKE_MPS2), -speed_mps)
        if brake > 0.0:
            return 0.0 if speed_mps == 0.0 else math.copysign(brake, -speed_mps)
        if command.reverse:
            return _reverse_mps2(command.throttle, speed_mps)
        return throttle_acceleration_mps2(command.throttle, speed_mps)

    def _step_single_track(
        self, state: NDArray[np.float64], rate: float, acceleration: float, dt_s: float
    ) -> NDArray[np.float64]:
        def slope(at: NDArray[np.float64]) -> NDArray[np.float64]:
            return np.array(vehicle_dynamics_st(at, [rate, acceleration], self._parameters))

        k1 = slope(state)
        k2 = slope(state + dt_s / 2 * k1)
        k3 = slope(state + dt_s / 2 * k2)
        k4 = slope(state + dt_s * k3)
        return state + dt_s / 6 * (k1 + 2 * k2 + 2 * k3 + k4)

    def _step_kinematic(
        self, state: NDArray[np.float64], rate: float, acceleration: float, dt_s: float
    ) -> NDArray[np.float64]:
        x_m, y_m, wheel, speed, yaw, _, _ = state
        wheel = wheel + rate * dt_s
        after = speed + acceleration * dt_s
        if speed * after < 0.0:
            after = 0.0
        mean = (speed + after) / 2
        slip = math.atan(0.5 * math.tan(wheel))
        yaw_rate = after * math.cos(slip) * math.tan(wheel) / self.config.wheelbase_m
        course = yaw + slip
        return np.array(
            [
                x_m + mean * math.cos(course) * dt_s,
                y_m + mean * math.sin(course) * dt_s,
                wheel,
                after,
                yaw + yaw_rate * dt_s,
                yaw_rate,
                slip,
            ]
        )


def throttle_acceleration_mps2(throttle: float, speed_mps: float) -> float:
    """Return the acceleration of CARLA's car without brake.

    Source: PDM-Lite's regression, which holds from a throttle of 0.3 on; below, engine drag fades
    in until at no throttle the car loses another 0.5 m/s^2.
    """
    used = max(throttle, LEAST_THROTTLE)
    speed = min(max(speed_mps, 0.0), HIGHEST_SPEED_MPS)
    state = MotionState(Pose2(0.0, 0.0, 0.0), speed)
    after = advance_ego(state, VehicleCommand(throttle=used)).speed_mps
    acceleration = (after - speed) / TICK_PERIOD_S
    if throttle >= LEAST_THROTTLE:
        return acceleration
    coasting = min(acceleration, 0.0) - COASTING_MPS2
    share = throttle / LEAST_THROTTLE
    return share * acceleration + (1.0 - share) * (coasting if speed_mps > 0.0 else 0.0)


def _reverse_mps2(throttle: float, speed_mps: float) -> float:
    if throttle > 0.0:
        room = 1.0 + speed_mps / HIGHEST_REVERSE_MPS
        return -REVERSE_ACCELERATION_MPS2 * throttle * room
    return COASTING_MPS2 if speed_mps < 0.0 else 0.0


def _acceleration_base(
    before: NDArray[np.float64], after: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the mean acceleration of the tick in base_link, shape (3,)."""
    velocities = []
    for state in (before, after):
        course = state[4] + state[6]
        velocities.append(state[3] * np.array([math.cos(course), math.sin(course)]))
    planar = (velocities[1] - velocities[0]) / TICK_PERIOD_S
    c, s = math.cos(after[4]), math.sin(after[4])
    return np.array([c * planar[0] + s * planar[1], c * planar[1] - s * planar[0], 0.0])
