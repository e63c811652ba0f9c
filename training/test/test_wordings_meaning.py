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


@pytest.mark.parametrize('name', SPEEDS)
def test_speed_actions_in_all_wordings(name: str) -> None:
    for text in filled(SPEED_ACTIONS[name]):
        assert read_statement(f'{text}.').speed is SPEEDS[name], text


@pytest.mark.parametrize('name', ROUTES)
def test_route_actions_in_all_wordings(name: str) -> None:
    for text in filled({**ROUTE_ACTIONS, **OBSTACLE_ACTIONS}[name]):
        stated = read_statement(f'{text}.')
        assert stated.route is ROUTES[name], text
        assert stated.speed is None, text


@pytest.mark.parametrize('name', REASONS_OF)
def test_reasons_in_all_wordings(name: str) -> None:
    for text in filled(REASONS[name]):
        stated = read_statement(f'Follow the route. Decelerate{text}.')
        assert stated.reason is REASONS_OF[name], text
        assert stated.speed is SpeedAction.DECELERATE, text
