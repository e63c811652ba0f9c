# SPDX-License-Identifier: Apache-2.0
"""All wordings of a group of labels are read as the same statement."""

from __future__ import annotations

import pytest

from simlingo_core.statements import Reason, RouteAction, SpeedAction, read_statement
from simlingo_training.text_labels.commentary_wordings import (
    OBSTACLE_ACTIONS,
    ROUTE_ACTIONS,
    SPEED_ACTIONS,
)
from simlingo_training.text_labels.reason_wordings import REASONS
from simlingo_training.text_labels.wording_groups import WordingGroup

SPEEDS = {
    'remain_stopped': SpeedAction.STAND,
    'stop_now': SpeedAction.STOP,
    'maintain_speed': SpeedAction.KEEP,
    'maintain_reduced_speed': SpeedAction.KEEP_REDUCED,
    'accelerate': SpeedAction.ACCELERATE,
    'decelerate': SpeedAction.DECELERATE,
}
ROUTES = {
    'follow_route': RouteAction.FOLLOW,
    'turn_left': RouteAction.LEFT,
    'turn_right': RouteAction.RIGHT,
    'go_straight': RouteAction.STRAIGHT,
    'change_lane_left': RouteAction.LANE_LEFT,
    'change_lane_right': RouteAction.LANE_RIGHT,
    'exit_parking': RouteAction.LEAVE_PARKING,
    'HazardAtSideLane': RouteAction.PASS,
    'VehicleOpensDoor': RouteAction.PASS,
    'YieldToEmergencyVehicle': RouteAction.GIVE_WAY,
    'wait_gap': RouteAction.WAIT_FOR_GAP,
    'gap_big': RouteAction.PASS,
    'stay_on_other_lane': RouteAction.PASS,
    'go_back': RouteAction.RETURN,
}
REASONS_OF = {
    'red_light': Reason.RED_LIGHT,
    'yellow_light': Reason.RED_LIGHT,
    'green_light': Reason.GREEN_LIGHT,
    'stop_sign': Reason.STOP_SIGN,
    'cleared_stop': Reason.STOP_SIGN,
    'prevent_collision': Reason.COLLISION,
    'follow': Reason.FOLLOW,
    'stay_behind': Reason.FOLLOW,
    'stay_behind_at_light': Reason.FOLLOW,
    'drive_closer': Reason.FOLLOW,
    'no_obstacle': Reason.FREE,
    'curve': Reason.CURVE,
    'speed_limit': Reason.SPEED_LIMIT,
    'through_junction': Reason.JUNCTION,
}


def filled(group: WordingGroup) -> list[str]:
    return [
        text.replace('<OBJECT>', 'white car').replace('<OBSTACLE>', 'parked van')
        for text in (*group.train, *group.held_out)
    ]


# A new wording may be beyond what is read; a whole group must not be.
MOST_MISREAD = 1


@pytest.mark.parametrize('name', SPEEDS)
def test_speed_actions_in_all_wordings(name: str) -> None:
    texts = filled(SPEED_ACTIONS[name])
    misread = [text for text in texts if read_statement(f'{text}.').speed is not SPEEDS[name]]
    assert len(misread) <= MOST_MISREAD, misread


@pytest.mark.parametrize('name', ROUTES)
def test_route_actions_in_all_wordings(name: str) -> None:
    texts = filled({**ROUTE_ACTIONS, **OBSTACLE_ACTIONS}[name])
    stated = {text: read_statement(f'{text}.') for text in texts}
    misread = [text for text, one in stated.items() if one.route is not ROUTES[name]]
    assert len(misread) <= MOST_MISREAD, misread
    assert not [text for text, one in stated.items() if one.speed is not None]


@pytest.mark.parametrize('name', REASONS_OF)
def test_reasons_in_all_wordings(name: str) -> None:
    texts = filled(REASONS[name])
    stated = {text: read_statement(f'Follow the route. Decelerate{text}.') for text in texts}
    misread = [text for text, one in stated.items() if one.reason is not REASONS_OF[name]]
    assert len(misread) <= MOST_MISREAD, misread
    assert all(one.speed is SpeedAction.DECELERATE for one in stated.values())
