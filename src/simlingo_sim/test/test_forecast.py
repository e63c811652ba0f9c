# SPDX-License-Identifier: Apache-2.0
import math

import numpy as np
import pytest
import shapely
from hypothesis import assume, given
from hypothesis import strategies as st

from simlingo_core.geometry import Pose2
from simlingo_sim.expert.forecast import BoxTrack, first_overlap, forecast_actor
from simlingo_sim.state import ActorKind, ActorState

PLACE = st.floats(-6.0, 6.0)
ANGLE = st.floats(-math.pi, math.pi)
HALF = st.floats(0.2, 4.0)


def box(x_m, y_m, yaw, half_length, half_width):
    return BoxTrack(
        centres_map_m=np.array([[x_m, y_m]]),
        yaws_rad=np.array([yaw]),
        halves_m=np.array([[half_length, half_width]]),
    )


def polygon(x_m, y_m, yaw, half_length, half_width):
    corners = np.array([[1, 1], [-1, 1], [-1, -1], [1, -1]]) * [half_length, half_width]
    return shapely.Polygon(Pose2(x_m, y_m, yaw).transform(corners))


@given(st.tuples(PLACE, PLACE, ANGLE, HALF, HALF), st.tuples(PLACE, PLACE, ANGLE, HALF, HALF))
def test_boxes_overlap_exactly_when_their_polygons_do(a, b):
    first, second = polygon(*a), polygon(*b)
    touches = first.distance(second)
    assume(touches > 1e-6 or first.intersection(second).area > 1e-6)
    assert (first_overlap(box(*a), box(*b)) == 0) == (touches == 0.0)


def actor(speed, kind=ActorKind.CAR):
    return ActorState(
        id=5,
        kind=kind,
        type_id='x',
        role='traffic',
        pose_map=Pose2(0.0, 0.0, 0.0),
        speed_mps=speed,
        extent_m=(2.0, 1.0, 0.7),
    )


def test_an_actor_goes_on_at_its_speed_and_its_box_grows():
    track = forecast_actor(actor(10.0), 0.0, 20)
    assert track.centres_map_m[-1] == pytest.approx([20.0, 0.0])
    assert track.halves_m[-1] == pytest.approx([2.0 * 1.2, 1.3])
    assert track.halves_m[0] == pytest.approx([2.0, 1.0])
    standing = forecast_actor(actor(0.0), 0.0, 20)
    assert standing.halves_m[-1] == pytest.approx([2.0, 1.0])


def test_a_turning_actor_turns_on():
    track = forecast_actor(actor(5.0), math.pi / 4, 20)
    assert track.yaws_rad[-1] == pytest.approx(math.pi / 2)
    radius = 5.0 / (math.pi / 4)
    assert track.centres_map_m[-1] == pytest.approx([radius, radius], abs=0.4)


def test_the_first_of_several_overlaps_counts():
    moving = forecast_actor(actor(10.0), 0.0, 20)
    waiting = BoxTrack(
        centres_map_m=np.tile([12.0, 0.0], (20, 1)),
        yaws_rad=np.zeros(20),
        halves_m=np.tile([2.0, 1.0], (20, 1)),
    )
    step = first_overlap(moving, waiting)
    assert 7.0 <= 1.0 * (step + 1) <= 8.5
