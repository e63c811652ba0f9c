# SPDX-License-Identifier: Apache-2.0
"""Somebody else commands the car: by a second publisher, or by what the vehicle echoes."""

import pytest

from simlingo_control.command_watch import CommandWatch
from simlingo_control.core import ControlCore
from simlingo_core.geometry import Pose3
from simlingo_core.status import SafetyLevel
from simlingo_core.types import EgoState, VehicleCommand

OWN = '/simlingo/control'
GAS = VehicleCommand(throttle=0.5, steer=0.1)
FOREIGN = VehicleCommand(throttle=1.0, steer=-0.3)


@pytest.fixture
def watch() -> CommandWatch:
    return CommandWatch(OWN)


def test_another_publisher_is_named_at_the_second_look_and_forgotten_when_it_is_gone(watch):
    watch.look_at_publishers([OWN])
    watch.look_at_publishers([OWN, '/rogue'])
    assert watch.faults == ()
    watch.look_at_publishers([OWN, '/rogue'])
    assert watch.faults == ('other_commander:/rogue',)
    watch.look_at_publishers([OWN])
    assert watch.faults == ()


def test_a_second_entry_of_our_own_name_alone_is_no_fault(watch):
    for _ in range(3):
        watch.look_at_publishers([OWN, OWN])
    assert watch.faults == ()


def test_echoes_that_are_none_of_ours_are_noticed_within_a_second_and_until_they_end(watch):
    """Case R8: noticed by the echo of the vehicle."""
    watch.compare_echo(FOREIGN)
    assert watch.faults == (), 'nothing has been sent yet'
    for _ in range(20):
        watch.note_sent(GAS)
        watch.compare_echo(GAS)
    assert watch.faults == ()
    for tick in range(10):  # half a second in which every second tick is somebody else's
        watch.note_sent(GAS)
        watch.compare_echo(FOREIGN if tick % 2 else GAS)
    assert watch.faults == ('other_commander:unknown',)
    for _ in range(20):
        watch.note_sent(GAS)
        watch.compare_echo(GAS)
    assert watch.faults == ()


def test_a_world_that_brakes_and_a_person_who_drives_are_no_fault(watch):
    watch.note_sent(GAS)
    for _ in range(20):
        watch.compare_echo(VehicleCommand.full_brake())
        watch.compare_echo(FOREIGN, is_handed_over=True)
    assert watch.faults == ()


@pytest.mark.parametrize('speed_mps', [0.0, 8.0])
def test_another_commander_is_an_emergency_at_any_speed(speed_mps):
    """Case R8: the car stops, however fast."""
    ego = EgoState(t_s=0.0, pose_map=Pose3.identity(), speed_mps=speed_mps)
    output = ControlCore().step(0.0, ego, None, ('other_commander:/rogue',))
    assert output.safety_level is SafetyLevel.EMERGENCY
    assert output.reasons[0] == 'other_commander:/rogue'
    assert output.command.brake == 1.0
