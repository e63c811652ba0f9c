# SPDX-License-Identifier: Apache-2.0
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simlingo_core import carla_frame
from simlingo_core.carla_frame import CarlaTransform
from simlingo_core.errors import ContractError
from simlingo_core.geometry import Pose2, Pose3, wrap_angle_rad

number = st.floats(-1e4, 1e4)
angle_deg = st.floats(-180, 180)
vector3 = st.tuples(number, number, number)


def carla_rotation(roll_deg: float, pitch_deg: float, yaw_deg: float) -> np.ndarray:
    """Columns: forward, right, up of a body in CARLA's axes, from the definition of its angles."""
    roll, pitch, yaw = np.radians([roll_deg, pitch_deg, yaw_deg])
    forward = [np.cos(pitch) * np.cos(yaw), np.cos(pitch) * np.sin(yaw), np.sin(pitch)]
    level_right = np.array([-np.sin(yaw), np.cos(yaw), 0.0])
    level_up = np.array(
        [-np.sin(pitch) * np.cos(yaw), -np.sin(pitch) * np.sin(yaw), np.cos(pitch)]
    )
    right = np.cos(roll) * level_right - np.sin(roll) * level_up  # right side down
    up = np.sin(roll) * level_right + np.cos(roll) * level_up
    return np.stack([forward, right, up], axis=1)


@given(vector3, angle_deg, st.floats(-89, 89), angle_deg, vector3)
def test_a_point_of_the_body_lands_on_the_mirrored_place(place, roll, pitch, yaw, point) -> None:
    transform = CarlaTransform(
        x_m=place[0], y_m=place[1], z_m=place[2], roll_deg=roll, pitch_deg=pitch, yaw_deg=yaw
    )
    in_carla = carla_rotation(roll, pitch, yaw) @ np.array(point) + np.array(place)
    in_map = carla_frame.pose3_from_carla(transform).transform(
        carla_frame.vector_from_carla(point)
    )
    np.testing.assert_allclose(in_map, carla_frame.vector_from_carla(in_carla), atol=1e-6)


@given(vector3, angle_deg, st.floats(-89, 89), angle_deg)
def test_poses_come_back_from_carla(place, roll, pitch, yaw) -> None:
    pose = Pose3.from_roll_pitch_yaw(place, *np.radians([roll, pitch, yaw]))
    again = carla_frame.pose3_from_carla(carla_frame.pose3_to_carla(pose))
    np.testing.assert_allclose(again.matrix(), pose.matrix(), atol=1e-7)


@given(vector3, vector3)
def test_vectors_come_back_and_keep_their_products(a, b) -> None:
    for there, back in (
        (carla_frame.vector_to_carla, carla_frame.vector_from_carla),
        (carla_frame.axial_to_carla, carla_frame.axial_from_carla),
    ):
        np.testing.assert_array_equal(back(there(a)), a)
    # A cross product of two polar vectors is axial: its mirror image gets the other sign.
    mirrored = np.cross(carla_frame.vector_to_carla(a), carla_frame.vector_to_carla(b))
    np.testing.assert_allclose(carla_frame.axial_to_carla(np.cross(a, b)), mirrored, atol=1e-6)


@given(st.floats(-1, 1), st.floats(-1e3, 1e3))
def test_steering_and_yaw_come_back(steer, yaw) -> None:
    assert carla_frame.steer_from_carla(carla_frame.steer_to_carla(steer)) == steer
    back = carla_frame.yaw_from_carla(carla_frame.yaw_to_carla(yaw))
    assert abs(wrap_angle_rad(back - yaw)) < 1e-9


def test_signs_are_those_of_the_interface() -> None:
    np.testing.assert_array_equal(carla_frame.vector_from_carla([1, 2, 3]), [1, -2, 3])
    np.testing.assert_array_equal(
        carla_frame.vector_from_carla([[1, 2], [3, 4]]), [[1, -2], [3, -4]]
    )
    np.testing.assert_array_equal(carla_frame.axial_from_carla([1, 2, 3]), [-1, 2, -3])
    assert carla_frame.yaw_from_carla(90.0) == -math.pi / 2
    pose = carla_frame.pose2_from_carla(1.0, 2.0, 90.0)
    assert (pose.x_m, pose.y_m, pose.yaw_rad) == (1.0, -2.0, -math.pi / 2)
    assert carla_frame.steer_to_carla(0.25) == -0.25


def test_zero_stays_a_positive_zero() -> None:
    zeros = (
        carla_frame.steer_to_carla(0.0),
        carla_frame.yaw_to_carla(0.0),
        carla_frame.vector_to_carla([0.0, 0.0])[1],
    )
    assert [math.copysign(1.0, zero) for zero in zeros] == [1.0, 1.0, 1.0]


@pytest.mark.parametrize('vector', [1.0, [1.0], [1.0, 2.0, 3.0, 4.0]])
def test_other_shapes_are_refused(vector) -> None:
    with pytest.raises(ContractError, match='shape'):
        carla_frame.vector_from_carla(vector)
    with pytest.raises(ContractError, match='shape'):
        carla_frame.axial_from_carla([1.0, 2.0])


@given(number, number, st.floats(-math.pi, math.pi))
def test_planar_matrices_are_those_of_carla_and_come_back(x_m, y_m, yaw_rad) -> None:
    pose = Pose2(x_m, y_m, yaw_rad)
    matrix = carla_frame.matrix_to_carla(pose)
    yaw_deg = carla_frame.yaw_to_carla(yaw_rad)
    np.testing.assert_allclose(matrix[:3, 0], carla_rotation(0.0, 0.0, yaw_deg)[:, 0], atol=1e-9)
    np.testing.assert_allclose(matrix[:3, 1], carla_rotation(0.0, 0.0, yaw_deg)[:, 1], atol=1e-9)
    again = carla_frame.pose2_from_matrix(matrix)
    assert (again.x_m, again.y_m) == (x_m, y_m)
    assert abs(wrap_angle_rad(again.yaw_rad - yaw_rad)) < 1e-9


def test_a_matrix_of_another_shape_is_refused() -> None:
    with pytest.raises(ContractError, match=r'\(3, 3\); expected \(4, 4\)'):
        carla_frame.pose2_from_matrix(np.eye(3))
