# SPDX-License-Identifier: Apache-2.0
from simlingo_core.route import Route
from simlingo_core.target_points import TargetPointTracker
from simlingo_core.types import RoadOption
from simlingo_training.command_queue import CommandQueue

FOLLOW, LEFT, RIGHT = RoadOption.LANE_FOLLOW, RoadOption.LEFT, RoadOption.RIGHT


def test_labels_hold_the_command_of_the_target_before() -> None:
    options = [FOLLOW, LEFT, FOLLOW, RIGHT, FOLLOW]
    tracker = TargetPointTracker(Route([[x, 0.0] for x in (0, 20, 40, 60, 80)], options))
    queue, commands = CommandQueue(), []
    for x in (0.0, 15.0, 16.0, 35.0, 55.0):
        tracker.update([x, 0.0])
        commands.append(queue.update(tracker))
    assert commands == [
        (FOLLOW, LEFT), (LEFT, FOLLOW), (LEFT, FOLLOW), (FOLLOW, RIGHT), (RIGHT, FOLLOW),
    ]  # fmt: skip
