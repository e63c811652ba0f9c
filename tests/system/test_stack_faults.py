# SPDX-License-Identifier: Apache-2.0
"""The car stops when something breaks, says why, and drives on when it is whole again."""

import signal
import subprocess

import pytest
from carla_msgs.msg import CarlaRoute
from stack_probe import BreakableWorld, StackProbe
from stack_run import SIMLINGO, pick_domain, wait_until

from simlingo_core.testing import straight_route
from simlingo_msgs.msg import Instruction, InstructionStatus, SafetyState

pytestmark = [pytest.mark.ros, pytest.mark.timeout(300)]
PARAMETERS = """
/**/planner:
  ros__parameters:
    instruction_duration_s: 12.0
/**/perception:
  ros__parameters:
    route_source: global_plan
"""


@pytest.fixture
def stack(up, tmp_path, monkeypatch):
    """Return world, probe and run of a stack that drives in a world of the test."""
    monkeypatch.setenv('ROS_AUTOMATIC_DISCOVERY_RANGE', 'LOCALHOST')
    parameters = tmp_path / 'parameters.yaml'
    parameters.write_text(PARAMETERS)
    domain_id = pick_domain(5)
    probe = StackProbe(domain_id)
    world = BreakableWorld(probe, straight_route(3000.0))
    run = up(
        'world:=carla',
        'policy:=route',
        f'params_file:={parameters}',
        domain_id=domain_id,
        options=('--graph', 'stack'),
    )
    probe.start()
    world.start()
    yield world, probe, run
    world.close()
    run.interrupt(signal.SIGINT)
    code = run.wait()
    probe.close()
    assert code == 0, run.text


def wait_until_moving(world, run):
    wait_until(lambda: world.speed_mps > 4.0, f'moving; {run.text}')


def wait_until_stopped(world, run):
    wait_until(lambda: world.speed_mps < 0.05, f'stopped; {run.text}')


def simlingo(run, *arguments):
    """Run a command against the stack and return what came of it."""
    command = [str(SIMLINGO), *arguments, '--domain-id', str(run.domain_id)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert 'Traceback' not in done.stderr, done.stderr
    return done


def test_every_fault_stops_the_car_and_it_recovers(stack):
    world, probe, run = stack
    wait_until_moving(world, run)
    assert True in probe.ready
    assert probe.states[-1].level == SafetyState.LEVEL_NOMINAL

    world.is_camera_frozen = True
    probe.wait_for_line('perception: inputs', 'the same image')
    wait_until_stopped(world, run)
    assert 'plan_stale' in probe.reasons
    probe.wait_for_line('control: car', 'plan_stale')
    world.is_camera_frozen = False
    wait_until_moving(world, run)

    world.is_odometry_nan = True
    wait_until_stopped(world, run)
    assert {'odometry_invalid', 'ego_stale'} <= probe.reasons
    assert probe.states[-1].level == SafetyState.LEVEL_EMERGENCY
    probe.wait_for_line('control: /carla/ego_vehicle/odometry', 'nan')
    world.is_odometry_nan = False
    wait_until_moving(world, run)

    world.publish_route(CarlaRoute())
    probe.wait_for_line('perception: inputs', 'route has 0 points, waiting')
    wait_until_stopped(world, run)
    assert probe.states[-1].level != SafetyState.LEVEL_NOMINAL
    world.publish_route()
    wait_until_moving(world, run)

    world.is_silent = True
    wait_until_stopped(world, run)
    assert 'odometry_missing' in probe.reasons
    world.is_silent = False
    wait_until_moving(world, run)


def test_a_killed_planner_stops_the_car_until_it_is_back(stack):
    world, probe, run = stack
    wait_until_moving(world, run)
    planner = run.find_node('simlingo_planner')

    # Held first, so that the supervisor cannot be faster than the brakes.
    planner.suspend()
    wait_until_stopped(world, run)
    assert 'plan_stale' in probe.reasons
    planner.kill()

    run.wait_for('planner was ended by SIGKILL; starting it again')
    wait_until_moving(world, run)
    assert probe.states[-1].level == SafetyState.LEVEL_NOMINAL


def test_an_instruction_is_reported_to_its_end(stack):
    world, probe, run = stack
    wait_until_moving(world, run)

    probe.instruct(Instruction(id='one', text='drive more slowly'))
    wait_until(lambda: len(probe.instructions) >= 4, 'four states of the instruction')
    *states, end = [(status.id, status.state) for status in probe.instructions]
    assert states == [
        ('one', state)
        for state in (
            InstructionStatus.STATE_RECEIVED,
            InstructionStatus.STATE_ACCEPTED,
            InstructionStatus.STATE_ACTIVE,
        )
    ]
    # The policy ignores it; whether the pedals under the speed cap go below 0.8 of the speed at
    # the beginning depends, in real time, on when it came.
    assert end in (
        ('one', InstructionStatus.STATE_DONE),
        ('one', InstructionStatus.STATE_NOT_FOLLOWED),
    )
    assert 'the lowest speed was' in probe.instructions[-1].reason
    assert any(plan.instruction_id == 'one' for plan in probe.plans.values())

    probe.instruct(Instruction(id='two', text=''))
    wait_until(lambda: len(probe.instructions) >= 5, 'a refusal')
    assert probe.instructions[-1].state == InstructionStatus.STATE_REJECTED
    assert 'empty' in probe.instructions[-1].reason

    # The same from a terminal.
    for arguments, code, text in (
        # It must last until the next command has started, on a busy machine too.
        (('say', 'slow down'), 0, 'accepted'),
        (('cancel',), 0, 'cancelled say-'),
        (('say', 'do not stop'), 1, 'rejected'),
        (('ask', 'What do you see?'), 1, ''),
        (('status',), 0, 'safety        '),
    ):
        done = simlingo(run, *arguments)
        found = (done.returncode, text in done.stdout)
        assert found == (code, True), (arguments, done.stdout, done.stderr)


def test_a_killed_control_node_stops_the_car_until_it_is_back(up, monkeypatch):
    monkeypatch.setenv('ROS_AUTOMATIC_DISCOVERY_RANGE', 'LOCALHOST')
    domain_id = pick_domain(11)
    probe = StackProbe(domain_id)
    probe.start()
    run = up(
        'policy:=route',
        'vehicles:=0',
        'pedestrians:=0',
        domain_id=domain_id,
        options=('--graph', 'stack'),
    )

    def newest_speed_mps():
        egos = dict(probe.egos)
        return egos[max(egos)].speed_mps if egos else 0.0

    try:
        wait_until(lambda: newest_speed_mps() > 3.0, f'moving; {run.text}', 90.0)
        control = run.find_node('simlingo_control')
        control.suspend()
        wait_until(lambda: newest_speed_mps() < 0.05, f'stopped; {run.text}')
        probe.wait_for_line('world: commands', 'the car brakes')
        control.kill()
        run.wait_for('control was ended by SIGKILL; starting it again')
        wait_until(lambda: newest_speed_mps() > 2.0, f'moving again; {run.text}')
        run.interrupt(signal.SIGINT)
        assert run.wait() == 0, run.text
    finally:
        probe.close()
