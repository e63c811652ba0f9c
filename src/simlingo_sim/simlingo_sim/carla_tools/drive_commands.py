# SPDX-License-Identifier: Apache-2.0
"""Vehicle commands from Ackermann and twist messages, as the nodes of CARLA's bridge make them."""

from __future__ import annotations

from simlingo_core.frame import TICK_PERIOD_S
from simlingo_core.types import VehicleCommand
from simlingo_ros.conversions.carla_tools import AckermannTarget
from simlingo_sim.ego.vehicle import VehicleConfig, throttle_acceleration_mps2

# As in carla_ackermann_control: greatest changes of speed, and how long a command holds.
ACCELERATION_MPS2, DECELERATION_MPS2 = 3.0, 8.0
HOLDS_S = 1.0
STANDING_MPS = 0.1
SPEED_TIME_S = 0.5
FULL_THROTTLE_MPS = 10.0
BISECTIONS = 12


class AckermannDriver:
    """Follows the newest Ackermann command for one second.

    Args:
        vehicle: of the car.
    """

    def __init__(self, vehicle: VehicleConfig) -> None:
        self._vehicle = vehicle
        self._target: AckermannTarget | None = None
        self._ticks = 0

    def take(self, target: AckermannTarget) -> None:
        """Take a command."""
        self._target, self._ticks = target, 0

    def step(self, speed_mps: float) -> VehicleCommand | None:
        """Return the command of this tick; None: there is none, or it is too old."""
        target = self._target
        if target is None:
            return None
        self._ticks += 1
        if self._ticks * TICK_PERIOD_S > HOLDS_S:
            self._target = None
            return None
        steer = _share(target.wheel_angle_rad, self._vehicle)
        if target.speed_mps == 0.0 and abs(speed_mps) < STANDING_MPS:
            return VehicleCommand(steer=steer, brake=1.0, hand_brake=True)
        wanted = self._acceleration_mps2(target, speed_mps)
        reverse = target.speed_mps < 0.0 and speed_mps < STANDING_MPS
        ahead = -wanted if reverse else wanted
        if ahead >= 0.0 or (reverse is False and ahead > throttle_acceleration_mps2(0, speed_mps)):
            return VehicleCommand(
                steer=steer, throttle=_throttle(ahead, abs(speed_mps)), reverse=reverse
            )
        brake = min(-ahead / self._vehicle.brake_mps2, 1.0)
        return VehicleCommand(steer=steer, brake=brake, reverse=reverse)

    @staticmethod
    def _acceleration_mps2(target: AckermannTarget, speed_mps: float) -> float:
        wanted = (target.speed_mps - speed_mps) / SPEED_TIME_S
        most = target.acceleration_mps2 or float('inf')
        return min(max(wanted, -min(most, DECELERATION_MPS2)), min(most, ACCELERATION_MPS2))


def twist_command(linear_x: float, angular_z: float, vehicle: VehicleConfig) -> VehicleCommand:
    """Return what carla_twist_to_control makes of a twist.

    Args:
        linear_x: share of the throttle times 10; negative: backwards.
        angular_z: wheel angle in radians, positive to the left.
        vehicle: of the car.
    """
    if linear_x == 0.0 and angular_z == 0.0:
        return VehicleCommand(brake=1.0)
    return VehicleCommand(
        steer=_share(angular_z, vehicle),
        throttle=min(abs(linear_x), FULL_THROTTLE_MPS) / FULL_THROTTLE_MPS,
        reverse=linear_x < 0.0,
    )


def _share(angle_rad: float, vehicle: VehicleConfig) -> float:
    return min(max(angle_rad / vehicle.wheel_angle_rad, -1.0), 1.0)


def _throttle(acceleration_mps2: float, speed_mps: float) -> float:
    """Return the throttle that gives an acceleration; more throttle never gives less."""
    low, high = 0.0, 1.0
    for _ in range(BISECTIONS):
        middle = 0.5 * (low + high)
        if throttle_acceleration_mps2(middle, speed_mps) < acceleration_mps2:
            low = middle
        else:
            high = middle
    return high
