# SPDX-License-Identifier: Apache-2.0
"""Control ends: the car receives the last brake, or control reports that it may not have."""

import signal
import time
from pathlib import Path

import pytest
from carla_msgs.msg import CarlaEgoVehicleControl
from nav_msgs.msg import Odometry

from simlingo_core.geometry import Pose3
from simlingo_core.types import EgoState
from simlingo_msgs.msg import SafetyState
from simlingo_ros.conversions.vehicle import ego_state_to_odometry
from simlingo_ros.interfaces import CONTROL_COMMAND, ODOMETRY

pytestmark = pytest.mark.ros
LISTENER = Path(__file__).with_name('command_listener.py')
COMMANDS = CONTROL_COMMAND.resolve()


@pytest.fixture
def control(start):
    process = start('-m', 'simlingo_control')
    process.wait_for_output(': active')
    return process


def show_a_car(observer):
    """Publish odometry until control has answered one."""
    ego = EgoState(t_s=7.0, pose_map=Pose3.identity(), speed_mps=5.0, yaw_rate_radps=0.0)
    odometry = observer.node.create_publisher(Odometry, ODOMETRY.resolve(), 10)
    states = []
    observer.node.create_subscription(SafetyState, 'safety_state', states.append, 10)

    def is_seen():
        odometry.publish(ego_state_to_odometry(ego, 'ego_vehicle'))
        return any(state.header.stamp.sec == 7 for state in states)

    observer.spin_until(is_seen)
    return odometry


def test_a_car_that_control_does_not_reach_yet_receives_the_last_brake(start, observer):
    """Control receives from the car; the other direction is connected while control ends."""
    control = start('-m', 'simlingo_control', '--ros-args', '-p', 'shutdown_limit_s:=60.0')
    show_a_car(observer)
    commands = []
    control.signal_group(signal.SIGINT)
    observer.node.create_subscription(CarlaEgoVehicleControl, COMMANDS, commands.append, 10)
    assert control.wait() == 0, control.output
    # Answers to the odometry may come before it.
    observer.spin_until(lambda: commands and commands[-1].brake == 1.0)
    assert commands[-1].throttle == 0.0
    assert 'nobody listens' not in control.output


def test_without_a_listener_control_says_that_the_car_may_roll_on(control, observer):
    show_a_car(observer)
    control.signal_group(signal.SIGINT)
    assert control.wait() == 0, control.output
    assert 'nobody listens to the vehicle commands' in control.output


def test_control_waits_quietly_for_the_first_odometry(control):
    control.wait_for_output('odometry_missing')
    time.sleep(1.0)
    assert control.popen.poll() is None, control.output
    assert 'ERROR' not in control.output
    assert 'WARN' not in control.output
    assert 'Traceback' not in control.output


def test_a_world_that_ends_in_order_is_no_error(control, observer):
    odometry = show_a_car(observer)
    observer.node.destroy_publisher(odometry)
    control.wait_for_output('odometry_missing')
    control.signal_group(signal.SIGINT)
    assert control.wait() == 0, control.output
    warnings = [line for line in control.output.splitlines() if 'WARN' in line]
    assert not [line for line in warnings if 'plan_missing' not in line], control.output
    assert 'no odometry for' not in control.output


def test_where_nothing_was_driven_control_ends_without_a_word(control):
    control.signal_group(signal.SIGINT)
    assert control.wait() == 0, control.output
    assert 'nobody listens' not in control.output


def test_a_subscriber_that_hangs_does_not_hold_control_and_is_reported(start, control):
    listener = start(LISTENER, COMMANDS)
    listener.wait_for_output('heard')
    listener.signal_group(signal.SIGSTOP)
    control.signal_group(signal.SIGINT)
    assert control.wait() == 0, control.output
    assert f'the last message on {COMMANDS} was not acknowledged' in control.output
    listener.signal_group(signal.SIGCONT)
