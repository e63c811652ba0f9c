# SPDX-License-Identifier: Apache-2.0
"""When the world advances: lockstep, the watchdog of real time, and who commands the car."""

import pytest

from simlingo_core.types import VehicleCommand
from simlingo_sim.command_watchdog import SILENCE_LIMIT_TICKS, CommandWatchdog
from simlingo_sim.control_authority import ControlAuthority
from simlingo_sim.lockstep import Lockstep, LockstepAction


@pytest.fixture
def lockstep():
    lockstep = Lockstep(repeat_after_s=0.5, command_wait_limit_s=10.0)
    lockstep.note_frame(100.0)
    return lockstep


def poll(lockstep, now_s):
    return lockstep.poll(now_s, awaits_command=True)


def test_a_command_answers_its_own_frame_only(lockstep):
    assert lockstep.is_answer(7, 7)
    assert not lockstep.is_answer(6, 7)
    lockstep.is_paused = True
    assert not lockstep.is_answer(7, 7)


def test_an_unanswered_frame_is_repeated_and_then_braked_for_once(lockstep):
    lockstep.note_command()
    assert poll(lockstep, 100.4) is LockstepAction.WAIT
    assert poll(lockstep, 100.5) is LockstepAction.REPEAT_FRAME
    lockstep.note_frame(100.5, is_repeated=True)
    assert poll(lockstep, 100.9) is LockstepAction.WAIT
    assert poll(lockstep, 109.9) is LockstepAction.REPEAT_FRAME
    assert poll(lockstep, 110.0) is LockstepAction.BRAKE
    lockstep.note_frame(110.0)
    assert poll(lockstep, 110.5) is LockstepAction.REPEAT_FRAME
    assert lockstep.timeouts == 1


def test_the_first_frame_waits_without_limit(lockstep):
    assert poll(lockstep, 100.0 + 3600.0) is LockstepAction.REPEAT_FRAME
    assert lockstep.timeouts == 0


def test_expert_and_person_are_not_waited_for(lockstep):
    assert lockstep.poll(100.0, awaits_command=False) is LockstepAction.ADVANCE
    lockstep.is_paused = True
    assert lockstep.poll(100.0, awaits_command=False) is LockstepAction.WAIT
    assert poll(lockstep, 1000.0) is LockstepAction.WAIT


def test_a_silent_stack_is_noticed_once_and_so_is_its_return():
    watchdog = CommandWatchdog()
    assert not any(watchdog.tick() for _ in range(5 * SILENCE_LIMIT_TICKS)), 'not before the first'
    assert not watchdog.note_command()
    ticks = [watchdog.tick() for _ in range(3 * SILENCE_LIMIT_TICKS)]
    assert [k for k, is_late in enumerate(ticks) if is_late] == [SILENCE_LIMIT_TICKS]
    assert watchdog.note_command()
    assert not watchdog.note_command()


def test_a_person_comes_before_the_expert_and_the_expert_before_the_stack():
    stack, manual = VehicleCommand(throttle=0.5), VehicleCommand(throttle=0.2)
    authority = ControlAuthority(stack_command=stack, manual_command=manual)
    assert authority.is_stack
    assert authority.received_command is stack
    authority.is_autopilot = True
    assert (authority.is_stack, authority.is_expert) == (False, True)
    authority.is_overridden = True
    assert (authority.is_stack, authority.is_expert) == (False, False)
    assert authority.received_command is manual


def test_without_any_command_the_car_brakes_fully():
    authority = ControlAuthority()
    assert authority.stack_command == authority.manual_command == VehicleCommand.full_brake()
