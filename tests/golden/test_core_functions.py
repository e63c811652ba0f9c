# SPDX-License-Identifier: Apache-2.0
"""Upstream's numbers for the functions of simlingo_core; upstream's frame is y right."""

from pathlib import Path

import numpy as np
import pytest

from simlingo_core import carla_frame
from simlingo_core.geodesy import GeoReference, yaw_from_compass
from simlingo_core.geometry import Pose2, wrap_angle_rad
from simlingo_core.pid import PidController, PidGains
from simlingo_core.resampling import resample_dense, resample_equidistant
from simlingo_core.route import Route
from simlingo_core.target_points import TargetPointTracker
from simlingo_core.types import RoadOption, VehicleCommand
from simlingo_core.vehicle_model import (
    MotionState,
    advance_ego,
    advance_vehicle,
)

FUNCTIONS = Path(__file__).parent / 'data' / 'functions'
mirror = carla_frame.vector_from_carla


def load(name: str) -> dict[str, np.ndarray]:
    with np.load(FUNCTIONS / f'{name}.npz') as file:
        return dict(file)


def command(steer: float, throttle: float, brake: float) -> VehicleCommand:
    return VehicleCommand(
        steer=carla_frame.steer_from_carla(steer), throttle=throttle, brake=brake
    )


def state(x: float, y: float, yaw_rad: float, speed: float) -> MotionState:
    return MotionState(carla_frame.pose2_from_carla(x, y, np.degrees(yaw_rad)), speed)


def row(motion: MotionState) -> list[float]:
    pose = motion.pose_map
    return [pose.x_m, -pose.y_m, -pose.yaw_rad, motion.speed_mps]


def assert_rows(actual, expected, atol: float = 1e-9) -> None:
    """Compare rows of x, y, yaw, speed; yaw up to whole turns."""
    difference = np.array(actual) - np.array(expected)
    difference[:, 2] = [wrap_angle_rad(angle) for angle in difference[:, 2]]
    np.testing.assert_allclose(difference, 0.0, atol=atol)


@pytest.mark.parametrize('i', range(9))
def test_dense_resampling(i: int) -> None:
    data = load('interpolate_waypoints')
    dense = resample_dense(mirror(data[f'in_{i}_float64']))
    np.testing.assert_allclose(mirror(dense), data[f'out_{i}_float64'], atol=1e-9)
    from_float32 = resample_dense(mirror(data[f'in_{i}_float32']))
    np.testing.assert_allclose(mirror(from_float32), data[f'out_{i}_float32'], atol=1e-5)


@pytest.mark.parametrize('i', range(9))
def test_equidistant_resampling(i: int) -> None:
    data = load('equal_spacing_route')
    path = resample_equidistant(mirror(data[f'in_{i}']))
    np.testing.assert_allclose(mirror(path), data[f'out_{i}'], atol=1e-9)


@pytest.mark.parametrize('k', [0, 1])
def test_route_planner(k: int) -> None:
    data = load('route_planner')
    options = [RoadOption(int(option)) for option in data[f'plan_command_{k}']]
    route = Route(mirror(data[f'route_from_gps_{k}'][:, :2]), options)
    tracker = TargetPointTracker(route)
    for position, expected in zip(data[f'ego_xy_{k}'], data[f'run_step_{k}'], strict=True):
        was_last = tracker.is_last  # upstream reports it a call late
        targets = tracker.update(mirror(position))
        points = mirror(tracker.remaining_points_map_m)
        first = np.full((3, 4), np.nan)
        rows = [
            [x, y, z, option]
            for (x, y), z, option in zip(
                points[:3],
                data[f'route_from_gps_{k}'][-len(points) :, 2],
                tracker.remaining_options,
                strict=False,
            )
        ]
        first[: len(rows)] = rows
        found = [len(points), was_last, *first.ravel()]
        np.testing.assert_allclose(found, expected, atol=1e-9)
        np.testing.assert_allclose(mirror(targets.points_map_m[0]), expected[6:8], atol=1e-9)
        if not targets.is_crossing_junction:
            next_row = 13 if np.isfinite(expected[13]) else 9
            assert [targets.command, targets.next_command] == [expected[9], expected[next_row]]


@pytest.mark.parametrize('k', [0, 1])
def test_satellite_fixes(k: int) -> None:
    data = load('route_planner')
    latitude, longitude = data[f'ref_true_{k}']
    reference = GeoReference(latitude_deg=latitude, longitude_deg=longitude)
    points = reference.map_from_geodetic(data[f'plan_gps_{k}'])
    # The formula itself loses a few nanometres in the logarithm.
    np.testing.assert_allclose(mirror(points), data[f'plan_world_{k}'], atol=1e-8)
    np.testing.assert_allclose(mirror(points), data[f'route_from_gps_{k}'], atol=1e-8)


def test_ego_model() -> None:
    data = load('bicycle_models')
    x, y, _, yaw, speed = data['ego_start']
    motion = state(x, y, yaw, speed)
    rows = []
    for steer, throttle, brake in data['ego_action']:
        motion = advance_ego(motion, command(steer, throttle, brake))
        rows.append(row(motion))
    expected = np.column_stack(
        [data['ego_location'][:, :2], data['ego_heading'].ravel(), data['ego_speed'].ravel()]
    )
    assert_rows(rows, expected)
    for expected_speed, (speed, throttle, brake) in zip(
        data['step_out_speed'], data['step_in_speed_throttle_brake'], strict=True
    ):
        # Upstream clips a throttle above 1; a command of ours cannot hold one.
        after = advance_ego(state(0, 0, 0, speed), command(0.0, min(throttle, 1.0), brake))
        assert after.speed_mps == pytest.approx(expected_speed, abs=1e-9)


@pytest.mark.parametrize('actor', range(6))
def test_vehicle_model(actor: int) -> None:
    data = load('bicycle_models')
    x, y, _ = data['other_start_location'][actor]
    motion = state(x, y, data['other_start_heading'][actor], data['other_start_speed'][actor])
    steer, throttle, brake = data['other_action'][actor]
    rows = []
    for _ in range(40):
        motion = advance_vehicle(motion, command(steer, throttle, brake))
        rows.append(row(motion))
    expected = np.column_stack(
        [
            data['other_location'][:, actor, :2],
            data['other_heading'][:, actor],
            data['other_speed'][:, actor],
        ]
    )
    assert_rows(rows, expected)


def test_bicycle_of_the_filter() -> None:
    data = load('filter_and_frames')
    rows = [
        row(advance_vehicle(state(*before), command(*control)))
        for before, control in zip(
            data['bicycle_state_in'], data['bicycle_control_steer_throttle_brake'], strict=True
        )
    ]
    assert_rows(rows, data['bicycle_state_out'])


def test_angles_and_compass() -> None:
    data = load('filter_and_frames')
    for angle, expected in zip(data['angle_in'], data['normalize_angle'], strict=True):
        assert abs(wrap_angle_rad(wrap_angle_rad(angle) - expected)) < 1e-9
    for angle, expected in zip(data['angle_in'], data['preprocess_compass'], strict=True):
        yaw_carla = -yaw_from_compass(angle)
        assert abs(wrap_angle_rad(yaw_carla - expected)) < 1e-9


def test_frames_in_the_plane() -> None:
    data = load('filter_and_frames')
    for i, yaw in enumerate(data['yaw']):
        x, y = data['translation'][i]
        pose = Pose2(x, -y, -yaw)
        point = mirror(data['points'][i])
        inverse = mirror(pose.inverse_transform(point))
        np.testing.assert_allclose(inverse, data['inverse_conversion_2d'][i], atol=1e-9)
        # Upstream rotates in the same sense both ways, so its two functions are no inverses.
        forward = mirror(Pose2(x, -y, yaw).transform(point))
        np.testing.assert_allclose(forward, data['conversion_2d'][i], atol=1e-9)


@pytest.mark.parametrize(
    ('name', 'gains'),
    [
        ('default', PidGains(proportional=1.0)),
        ('speed', PidGains(proportional=1.75, integral=1.0, derivative=2.0)),
        ('turn_params', PidGains(proportional=3.25, integral=1.0, derivative=1.0)),
        ('planner', PidGains(proportional=1.2, integral=0.3, derivative=0.8, window=10)),
    ],
)
def test_pid_controllers(name: str, gains: PidGains) -> None:
    data = load('pid_controllers')
    controller = PidController(gains)
    output = [controller.step(error) for error in data['error']]
    np.testing.assert_allclose(output, data[f'out_{name}'], atol=1e-9)
