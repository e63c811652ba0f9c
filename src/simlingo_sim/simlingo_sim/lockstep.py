# SPDX-License-Identifier: Apache-2.0
"""Lockstep: the world waits for the command of each frame (CARLA's synchronous mode)."""

from __future__ import annotations

from enum import StrEnum

from simlingo_core.errors import StaleInputError


class LockstepAction(StrEnum):
    """What the world does next."""

    WAIT = 'wait'
    ADVANCE = 'advance'
    REPEAT_FRAME = 'repeat_frame'
    BRAKE = 'brake'


class Lockstep:
    """Decides when the world advances.

    It advances as soon as the command of its newest frame arrives.  A frame that is not answered
    is published again; after the limit the car brakes for one tick.  Before the first command of
    all there is no limit, because the stack may still be starting.

    Args:
        repeat_after_s: publish an unanswered frame again after this time.
        command_wait_limit_s: brake for one tick after this time.

    Attributes:
        is_paused: whether the world stands still even if commands arrive.
        timeouts: how many ticks were braked because no command came in time.
    """

    def __init__(self, repeat_after_s: float, command_wait_limit_s: float) -> None:
        self.is_paused = False
        self.timeouts = 0
        self._repeat_after_s = repeat_after_s
        self._command_wait_limit_s = command_wait_limit_s
        self._has_command = False
        self._first_published_s = self._last_published_s = 0.0

    def note_frame(self, now_s: float, *, is_repeated: bool = False) -> None:
        """Record that a frame was published at ``now_s``."""
        self._last_published_s = now_s
        if not is_repeated:
            self._first_published_s = now_s

    def note_command(self) -> None:
        """Record that the stack has sent a command, for whichever frame."""
        self._has_command = True

    def is_answer(self, command_tick: int, frame_tick: int) -> bool:
        """Return whether a command lets the world advance.

        Args:
            command_tick: tick of the frame that the command was made from.
            frame_tick: tick of the newest frame.
        """
        return command_tick == frame_tick and not self.is_paused

    def poll(self, now_s: float, *, awaits_command: bool) -> LockstepAction:
        """Return what to do while no command has come.

        Args:
            now_s: wall time.
            awaits_command: whether the stack drives; the expert and a person are not waited for.
        """
        if self.is_paused:
            return LockstepAction.WAIT
        if not awaits_command:
            return LockstepAction.ADVANCE
        if now_s - self._last_published_s < self._repeat_after_s:
            return LockstepAction.WAIT
        is_late = now_s - self._first_published_s >= self._command_wait_limit_s
        if not self._has_command or not is_late:
            return LockstepAction.REPEAT_FRAME
        self.timeouts += 1
        return LockstepAction.BRAKE

    def late_error(self, tick: int) -> StaleInputError:
        """Return the error of a tick that is braked because no command has come."""
        return StaleInputError(
            f'no command for tick {tick} within {self._command_wait_limit_s:g} s; '
            'the car braked for one tick'
        )
