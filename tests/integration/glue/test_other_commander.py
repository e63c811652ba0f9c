# SPDX-License-Identifier: Apache-2.0
"""Somebody else commands the car: control brakes fully and names who it is."""

import dataclasses

import pytest
from nav_msgs.msg import Odometry

from simlingo_core.geometry import Pose3
from simlingo_core.types import EgoState, VehicleCommand
from simlingo_msgs.msg import SafetyState
from simlingo_ros import interfaces
from simlingo_ros.conversions.vehicle import (
    VehicleStatus,
    ego_state_to_odometry,
    status_to_message,
)
from simlingo_ros.endpoints import create_publisher

pytestmark = pytest.mark.ros
EGO = EgoState(t_s=0.0, pose_map=Pose3.identity(), speed_mps=5.0)
FOREIGN = VehicleCommand(throttle=1.0, steer=0.5)


class Car:
    """Shows control a car, tick by tick, that obeys somebody else or nobody."""

    def __init__(self, observer):
        self.observer, self.tick, self.states = observer, 0, []
        node = observer.node
        self._odometry = node.create_publisher(Odometry, interfaces.ODOMETRY.resolve(), 10)
        self._status = create_publisher(node, interfaces.VEHICLE_STATUS)
        node.create_subscription(SafetyState, 'safety_state', self.states.append, 10)

    def drive_until(self, holds, echo=None):
        def is_reached():
            self.tick += 1
            t_s = 0.05 * self.tick
            ego = dataclasses.replace(EGO, t_s=t_s)
            self._odometry.publish(ego_state_to_odometry(ego, 'ego_vehicle'))
            if echo is not None:
                status = VehicleStatus(
                    t_s=t_s,
                    speed_mps=5.0,
                    acceleration_map_mps2=EGO.acceleration_base_mps2,
                    orientation_map=EGO.pose_map,
                    command=echo,
                )
                self._status.publish(status_to_message(status))
            return bool(self.states) and holds(self.states[-1])

        self.observer.spin_until(is_reached)


def is_emergency_for(name):
    def holds(state):
        return (
            state.level == SafetyState.LEVEL_EMERGENCY
            and f'other_commander:{name}' in state.reasons
        )

    return holds


def test_a_second_publisher_is_named_until_it_is_gone(start, observer):
    """Case R8: noticed by the publisher count."""
    start('-m', 'simlingo_control').wait_for_output(': active')
    car = Car(observer)
    car.drive_until(lambda state: state.level == SafetyState.LEVEL_MINIMAL_RISK_MANOEUVRE)
    rogue = create_publisher(observer.node, interfaces.CONTROL_COMMAND)
    car.drive_until(is_emergency_for(observer.node.get_fully_qualified_name()))
    observer.node.destroy_publisher(rogue)
    car.drive_until(lambda state: state.level == SafetyState.LEVEL_MINIMAL_RISK_MANOEUVRE)

    car.drive_until(is_emergency_for('unknown'), echo=FOREIGN)
