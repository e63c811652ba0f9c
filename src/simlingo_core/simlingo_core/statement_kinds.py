# SPDX-License-Identifier: Apache-2.0
"""What can be stated about driving: actions of speed and route, reasons, refusals."""

from __future__ import annotations

from enum import StrEnum


class SpeedAction(StrEnum):
    """What the car does, or should do, with its speed."""

    STAND = 'stand'
    STOP = 'stop'
    KEEP = 'keep'
    KEEP_REDUCED = 'keep_reduced'
    ACCELERATE = 'accelerate'
    DECELERATE = 'decelerate'


class RouteAction(StrEnum):
    """Where the car goes, or should go."""

    FOLLOW = 'follow'
    LEFT = 'left'
    RIGHT = 'right'
    STRAIGHT = 'straight'
    LANE_LEFT = 'lane_left'
    LANE_RIGHT = 'lane_right'
    LANE_CHANGE = 'lane_change'
    PASS = 'pass'
    RETURN = 'return'
    WAIT_FOR_GAP = 'wait_for_gap'
    GIVE_WAY = 'give_way'
    KEEP_RIGHT = 'keep_right'
    LEAVE_PARKING = 'leave_parking'


class Reason(StrEnum):
    """Why."""

    COLLISION = 'collision'
    FOLLOW = 'follow'
    PEDESTRIAN = 'pedestrian'
    RED_LIGHT = 'red_light'
    GREEN_LIGHT = 'green_light'
    STOP_SIGN = 'stop_sign'
    OBSTACLE = 'obstacle'
    JUNCTION = 'junction'
    SPEED_LIMIT = 'speed_limit'
    FREE = 'free'
    CURVE = 'curve'


class RefusalReason(StrEnum):
    """Why an instruction is not followed."""

    CRASH = 'crash'
    PEDESTRIAN = 'pedestrian'
    TOO_FAST = 'too_fast'
    TOO_SLOW = 'too_slow'
    ONCOMING = 'oncoming'
    SIDEWALK = 'sidewalk'
    NOT_ALLOWED = 'not_allowed'
    OBSTACLE = 'obstacle'
