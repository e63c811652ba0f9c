# SPDX-License-Identifier: Apache-2.0
import math

import pytest

from simlingo_core.geometry import Pose2
from simlingo_sim.state import ActorKind, ActorState
from simlingo_sim.traffic.rear_guard import _speed_behind


def car(x_m, y_m, yaw=0.0, speed=0.0):
    return ActorState(
        id=1,
        kind=ActorKind.CAR,
        type_id='car',
        role='traffic',
        pose_map=Pose2(x_m, y_m, yaw),
        speed_mps=speed,
        extent_m=(2.25, 0.9, 0.7),
    )


def test_a_car_behind_stops_a_metre_short():
    assert _speed_behind(car(0.0, 0.0), car(-5.5, 0.0, speed=5.0)) == 0.0
    # 8 m between the bumpers less 1 m, braking with 4 m/s^2
    assert _speed_behind(car(0.0, 0.0), car(-12.5, 0.0)) == pytest.approx(math.sqrt(8.0 * 7.0))


def test_a_moving_ego_is_followed_at_its_speed():
    assert _speed_behind(car(0.0, 0.0, speed=6.0), car(-5.5, 0.0)) == pytest.approx(6.0)


@pytest.mark.parametrize(
    ('other', 'why'),
    [
        (car(-8.0, 3.5), 'beside'),
        (car(8.0, 0.0), 'in front'),
        (car(-8.0, 0.0, yaw=math.pi), 'drives away'),
        (car(0.0, -8.0, yaw=math.pi / 2), 'comes from the side'),
    ],
)
def test_other_cars_are_left_alone(other, why):
    assert _speed_behind(car(0.0, 0.0), other) == math.inf, why
