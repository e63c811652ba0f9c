# SPDX-License-Identifier: Apache-2.0
"""The delayed commands of SimLingo's data set; they exist in training labels only.

The data set stores the command of the target *before* the present one.  The agent drives with the
command of the target itself (``simlingo_core.target_points``).
"""

from __future__ import annotations

from collections import deque

from simlingo_core.target_points import TargetPointTracker
from simlingo_core.types import RoadOption


class CommandQueue:
    """Holds two commands and begins with twice *lane follow*.

    The command of the target is pushed whenever the target changes; the older of the two is
    stored as ``command``, the newer one as ``next_command``.  (Upstream pushes only if the height
    of the target changes too, which on flat roads it never does; that is not repeated here.)
    """

    def __init__(self) -> None:
        self._commands = deque([RoadOption.LANE_FOLLOW, RoadOption.LANE_FOLLOW], maxlen=2)
        self._target_index: int | None = None

    def update(self, tracker: TargetPointTracker) -> tuple[RoadOption, RoadOption]:
        """Take note of the tracker's target; return the stored command and next command."""
        if tracker.target_index != self._target_index:
            self._target_index = tracker.target_index
            self._commands.append(tracker.remaining_options[1])
        return self._commands[0], self._commands[1]
