# SPDX-License-Identifier: Apache-2.0
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from simlingo_core.errors import ContractError, NonFiniteError
from simlingo_core.geometry import Pose2, Pose3, wrap_angle_rad
from simlingo_core.testing.strategies import arrays, poses2, poses3

tilt = st.floats(-1.55, 1.55)
turn = st.floats(-math.pi, math.pi)


def assert_same(a: Pose3, b: Pose3, atol: float = 1e-6) -> None:
    np.testing.assert_allclose(a.matrix(), b.matrix(), atol=atol)


@given(st.floats(-1e6, 1e6))
def test_wrapping_changes_whole_turns_only(angle) -> None:
    wrapped = wrap_angle_rad(angle)
    assert -math.pi < wrapped <= math.pi
    turns = (angle - wrapped) / (2 * math.pi)
    assert turns == pytest.approx(round(turns), abs=1e-6)
    assert wrap_angle_rad(wrapped) == wrapped


def test_half_a_turn_is_positive() -> None:
    assert wrap_angle_rad(math.pi) == wrap_angle_rad(-math.pi) == math.pi


@given(poses2(), poses2(), poses2(), arrays((5, 2)))
def test_plane_poses_form_a_group_that_moves_points(a, b, c, points) -> None:
    np.testing.assert_allclose(
        (a @ b).transform(points), a.transform(b.transform(points)), atol=1e-6
    )
    left, right = (a @ b) @ c, a @ (b @ c)
    np.testing.assert_allclose(left.position_m, right.position_m, atol=1e-5)
    assert abs(wrap_angle_rad(left.yaw_rad - right.yaw_rad)) < 1e-9
    unit = a @ a.inverse()
    np.testing.assert_allclose([unit.x_m, unit.y_m, unit.yaw_rad], 0.0, atol=1e-6)
    np.testing.assert_allclose(a.inverse_transform(a.transform(points)), points, atol=1e-6)
    np.testing.assert_allclose(
        a.inverse().transform(points), a.inverse_transform(points), atol=1e-6
    )


@given(poses2(), arrays((4, 2)))
def test_plane_poses_keep_distances_and_handedness(pose, points) -> None:
    moved = pose.transform(points)
    np.testing.assert_allclose(
        np.linalg.norm(np.diff(moved, axis=0), axis=1),
        np.linalg.norm(np.diff(points, axis=0), axis=1),
        atol=1e-6,
    )
    assert np.linalg.det(pose.rotation) == pytest.approx(1.0)


def test_left_is_positive() -> None:
    facing_north = Pose2(10.0, 0.0, math.pi / 2)
    np.testing.assert_allclose(facing_north.inverse_transform([10.0, 5.0]), [5, 0], atol=1e-12)
    np.testing.assert_allclose(facing_north.inverse_transform([9.0, 0.0]), [0, 1], atol=1e-12)


@given(arrays((3,)), tilt, tilt, turn)
def test_space_poses_agree_with_scipy(translation, roll, pitch, yaw) -> None:
    pose = Pose3.from_roll_pitch_yaw(translation, roll, pitch, yaw)
    rotation = Rotation.from_euler('xyz', [roll, pitch, yaw])
    np.testing.assert_allclose(pose.rotation, rotation.as_matrix(), atol=1e-12)
    agreement = abs(np.dot(pose.quaternion_xyzw, rotation.as_quat()))
    assert agreement == pytest.approx(1.0)
    again = Pose3.from_roll_pitch_yaw(translation, *pose.roll_pitch_yaw_rad)
    assert_same(again, pose)


@given(poses3(), poses3(), arrays((5, 3)))
def test_space_poses_form_a_group_that_moves_points(a, b, points) -> None:
    np.testing.assert_allclose(
        (a @ b).transform(points), a.transform(b.transform(points)), atol=1e-6
    )
    np.testing.assert_allclose((a @ b).matrix(), a.matrix() @ b.matrix(), atol=1e-6)
    assert_same(a @ a.inverse(), Pose3.identity())
    np.testing.assert_allclose(a.inverse_transform(a.transform(points)), points, atol=1e-6)


@given(arrays((3,)), st.sampled_from([-math.pi / 2, math.pi / 2]), turn, turn)
def test_straight_up_or_down_roll_is_zero(translation, pitch, roll, yaw) -> None:
    pose = Pose3.from_roll_pitch_yaw(translation, roll, pitch, yaw)
    assert pose.roll_pitch_yaw_rad[0] == 0.0
    again = Pose3.from_roll_pitch_yaw(translation, *pose.roll_pitch_yaw_rad)
    assert_same(again, pose)


@given(poses2(), st.floats(-10, 10))
def test_a_lifted_pose_comes_down_again(pose, z) -> None:
    down = Pose3.from_planar(pose, z).planar
    np.testing.assert_allclose(down.position_m, pose.position_m)
    assert abs(wrap_angle_rad(down.yaw_rad - pose.yaw_rad)) < 1e-9


@given(arrays((4,), -1.0, 1.0).filter(lambda q: np.linalg.norm(q) > 1e-3))
def test_quaternions_are_normalised_and_their_sign_is_settled(quaternion) -> None:
    pose = Pose3(np.zeros(3), quaternion)
    assert np.linalg.norm(pose.quaternion_xyzw) == pytest.approx(1.0)
    assert pose.quaternion_xyzw[3] >= 0.0
    assert_same(Pose3(np.zeros(3), -quaternion), pose)


def test_bad_poses_are_refused() -> None:
    for values in ((math.nan, 0, 0), (0, math.inf, 0), (0, 0, -math.inf)):
        with pytest.raises(NonFiniteError):
            Pose2(*values)
    with pytest.raises(NonFiniteError):
        wrap_angle_rad(math.inf)
    with pytest.raises(NonFiniteError):
        Pose3(np.array([0, 0, math.nan]), np.array([0, 0, 0, 1.0]))
    with pytest.raises(ContractError, match='unit quaternion'):
        Pose3(np.zeros(3), np.zeros(4))
    with pytest.raises(ContractError, match='shape'):
        Pose3(np.zeros(2), np.array([0, 0, 0, 1.0]))
    with pytest.raises(ValueError, match='read-only'):
        Pose3.identity().translation_m[0] = 1.0
