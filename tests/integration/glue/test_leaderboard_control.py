# SPDX-License-Identifier: Apache-2.0
"""What the leaderboard's ROS 2 agent asks of control: when it is ready, and its stamps."""

from dataclasses import replace

import numpy as np
import pytest
from carla_msgs.msg import CarlaEgoVehicleControl
from nav_msgs.msg import Odometry
from std_msgs.msg import Bool

from simlingo_core.baselines import plan_along
from simlingo_core.geometry import Pose3
from simlingo_core.types import EgoState, Observation
from simlingo_ros import interfaces
from simlingo_ros.conversions.driving import plan_to_message
from simlingo_ros.conversions.time import stamp_to_seconds
from simlingo_ros.conversions.vehicle import ego_state_to_odometry
from simlingo_ros.endpoints import create_publisher, qos_profile

pytestmark = pytest.mark.ros
ROLE = 'hero'
EGO = EgoState(t_s=0.0, pose_map=Pose3.identity(), speed_mps=0.0)
# CARLA's time: a multiple of the tick after something that is none, in single precision.
FIRST_S, TICK_S = 3.4312345, 0.05000000074505806


def plan_at(t_s):
    observation = Observation(
        t_s=t_s,
        image_jpeg=b'',
        pose_map=Pose3.identity(),
        speed_mps=0.0,
        target_points_base_m=np.array([[30.0, 0.0], [60.0, 0.0]]),
    )
    return plan_along(observation, np.array([[0.0, 0.0], [30.0, 0.0]]), 5.0, 'test')


def test_ready_with_the_planner_and_one_command_with_the_stamp_of_each_tick(start, observer):
    arguments = ('role_name:=hero', 'ready:=planner', 'lockstep:=true')
    schedule = ('plan_period_ticks:=1', 'plan_latency_ticks:=0')
    flags = [part for text in (*arguments, *schedule) for part in ('-p', text)]
    start('-m', 'simlingo_control', '--ros-args', *flags)
    node, ready, commands = observer.node, [], []
    status = interfaces.STACK_READY
    profile = qos_profile(status.qos)
    node.create_subscription(Bool, status.resolve(ROLE), lambda m: ready.append(m.data), profile)
    command = interfaces.CONTROL_COMMAND.resolve(ROLE)
    heard = node.create_subscription(CarlaEgoVehicleControl, command, commands.append, 10)
    odometry = node.create_publisher(Odometry, interfaces.ODOMETRY.resolve(ROLE), 10)
    observer.spin_until(lambda: ready == [False])

    plans = create_publisher(node, interfaces.PLAN)  # a planner that has not planned yet
    observer.spin_until(lambda: ready == [False, True])
    observer.spin_until(lambda: plans.get_subscription_count() == 1)
    observer.spin_until(lambda: odometry.get_subscription_count() == 1)
    observer.spin_until(lambda: heard.get_publisher_count() == 1)

    for tick in range(7):  # the first number of a tick is no multiple of anything
        t_s = FIRST_S + tick * TICK_S
        odometry.publish(ego_state_to_odometry(replace(EGO, t_s=t_s), ROLE))
        plans.publish(plan_to_message(plan_at(t_s)))
        observer.spin_until(lambda count=tick + 1: len(commands) >= count)
        assert len(commands) == tick + 1
        assert stamp_to_seconds(commands[-1].header.stamp) == pytest.approx(t_s, abs=0.001)
        assert commands[-1].throttle > 0.0
