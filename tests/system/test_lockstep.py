# SPDX-License-Identifier: Apache-2.0
"""In lockstep the drive depends on the seed alone, never on how fast anything is."""

import subprocess
import sys

import pytest
from rclpy.serialization import deserialize_message, serialize_message
from stack_run import read_summary

from simlingo_bringup.fixture.course import plan_along_course
from simlingo_bringup.fixture.planner.node import POLICY
from simlingo_bringup.fixture.steering import follow_plan
from simlingo_bringup.fixture.world.course_world import CourseWorld
from simlingo_core.plan_buffer import PlanBuffer
from simlingo_core.schedule import Schedule
from simlingo_core.types import VehicleCommand
from simlingo_ros.conversions.driving import message_to_plan, plan_to_message
from simlingo_ros.conversions.time import tick_to_stamp
from simlingo_ros.conversions.vehicle import (
    command_to_message,
    ego_state_to_odometry,
    message_to_command,
    odometry_to_ego_state,
)

pytestmark = pytest.mark.ros
TICKS = 60
TARGET_SPEED_MPS = 7.0


@pytest.fixture
def busy():
    """Keep the machine busy."""
    processes = [subprocess.Popen([sys.executable, '-c', 'while True: pass']) for _ in range(3)]
    yield
    for process in processes:
        process.kill()
        process.wait()


def send(message):
    """Return what arrives when a message is sent: floats of 32 bits are rounded on the way."""
    return deserialize_message(serialize_message(message), type(message))


def run_in_process(seed, ticks, schedule):
    """Drive in one process; what would travel is packed and unpacked, since that rounds it."""
    world, buffer = CourseWorld(seed), PlanBuffer(schedule)
    for tick in range(ticks):
        ego = odometry_to_ego_state(send(ego_state_to_odometry(world.ego, 'ego_vehicle')))
        if schedule.is_planning_tick(tick):
            plan = plan_along_course(ego, TARGET_SPEED_MPS, POLICY)
            buffer.add(message_to_plan(send(plan_to_message(plan))))
        plan = buffer.due(tick).plan
        command = VehicleCommand.full_brake() if plan is None else follow_plan(ego, plan)
        world.step(message_to_command(send(command_to_message(command, tick_to_stamp(tick)))))
    return world.trajectory_hash


def drive(up, tmp_path, *arguments):
    path = tmp_path / 'summary.json'
    path.unlink(missing_ok=True)
    run = up(f'episode_ticks:={TICKS}', f'summary_path:={path}', 'lockstep:=true', *arguments)
    assert run.wait() == 0, run.text
    summary = read_summary(path)
    assert summary['timeouts'] == 0
    assert 'has not come' not in run.text, run.text
    return summary


def test_a_slow_planner_on_a_busy_machine_drives_the_same(up, tmp_path, busy):
    slow = drive(up, tmp_path, 'planning_time_s:=0.12', 'seed:=3')

    assert slow['trajectory_sha256'] == run_in_process(3, TICKS, Schedule())
    assert slow['wall_time_s'] > TICKS / 4 * 0.12


def test_a_fast_planner_drives_the_same(up, tmp_path):
    fast = drive(up, tmp_path, 'seed:=3')

    assert fast['trajectory_sha256'] == run_in_process(3, TICKS, Schedule())
    assert fast['trajectory_sha256'] != run_in_process(4, TICKS, Schedule())


@pytest.mark.parametrize('planning_time_s', [0.0, 0.3])
def test_the_schedule_decides_though_several_plans_are_under_way(up, tmp_path, planning_time_s):
    """The world may not run so far ahead of a slow planner that frames are lost."""
    schedule = ('plan_period_ticks:=5', 'plan_latency_ticks:=19')
    summary = drive(up, tmp_path, *schedule, f'planning_time_s:={planning_time_s}')

    assert summary['trajectory_sha256'] == run_in_process(0, TICKS, Schedule(5, 19))
    assert summary['trajectory_sha256'] != run_in_process(0, TICKS, Schedule())
