# SPDX-License-Identifier: Apache-2.0
import dataclasses
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simlingo_core.errors import ContractError, NonFiniteError
from simlingo_core.geometry import Pose2
from simlingo_core.types import RoadOption
from simlingo_core.wordings import WORDINGS
from simlingo_training.buckets import Bucket, classify, start_labels
from simlingo_training.gz_json import read_gz, write_gz
from simlingo_training.labels import CameraShift, Labels, path_label, speed_waypoints
from simlingo_training.measurements import (
    HAZARDS,
    Measurement,
    from_json,
    to_json,
)

STRAIGHT = np.column_stack([np.arange(2.5, 42.5), np.zeros(40)])
PATH = np.column_stack([np.arange(20.0), np.zeros(20)])
SIX_MPS = np.column_stack([1.5 * np.arange(1, 11), np.zeros(10)])


def measurement(**changes):
    values = {
        'pose_map': Pose2(10.0, -4.0, 0.7),
        'speed_mps': 6.0,
        'target_speed_mps': 6.0,
        'speed_limit_mps': 8.33,
        'target_points_base_m': np.array([[30.0, 2.0], [60.0, -5.0]]),
        'command': RoadOption.LANE_FOLLOW,
        'next_command': RoadOption.LEFT,
        'route_base_m': STRAIGHT,
        'route_original_base_m': STRAIGHT + np.array([0.0, 0.25]),
        'expert': {'lanes': {'left': True, 'right': False}},
    }
    return Measurement(**(values | changes))


@given(
    x_m=st.floats(-900, 900),
    yaw_rad=st.floats(-3.1, 3.1),
    steer=st.floats(-1, 1),
    shift_m=st.floats(-1.5, 1.5),
    hazards=st.frozensets(st.sampled_from(HAZARDS)),
)
def test_a_measurement_survives_the_disk_format(x_m, yaw_rad, steer, shift_m, hazards):
    before = measurement(
        pose_map=Pose2(x_m, 3.0, yaw_rad),
        steer=steer,
        shift=CameraShift(shift_m, -0.1),
        hazards=hazards,
    )
    after = from_json(to_json(before))
    for field in dataclasses.fields(Measurement):
        want, got = getattr(before, field.name), getattr(after, field.name)
        if isinstance(want, np.ndarray):
            np.testing.assert_allclose(got, want, atol=5e-4)
        elif isinstance(want, Pose2 | CameraShift):
            np.testing.assert_allclose(
                dataclasses.astuple(got), dataclasses.astuple(want), atol=1e-9
            )
        else:
            assert got == want, field.name


def test_the_disk_format_has_carlas_axes():
    data = to_json(measurement(steer=0.25, shift=CameraShift(1.0, 0.1)))
    assert data['pos_global'] == [10.0, 4.0]
    assert data['theta'] == pytest.approx(-0.7)
    assert data['target_point'] == [30.0, -2.0]
    assert data['steer'] == -0.25
    assert data['augmentation_translation'] == -1.0


def test_bad_measurements_are_refused():
    with pytest.raises(NonFiniteError, match='speed_mps'):
        measurement(speed_mps=float('nan'))
    with pytest.raises(ContractError, match='ufo'):
        measurement(hazards=frozenset({'ufo'}))
    data = to_json(measurement())
    del data['route']
    with pytest.raises(ContractError, match='route'):
        from_json(data)


def test_gz_files_are_reproducible_and_checked(tmp_path):
    first, second = tmp_path / 'a' / '0.json.gz', tmp_path / '1.json.gz'
    write_gz(first, {'a': [1.5]})
    write_gz(second, {'a': [1.5]})
    assert first.read_bytes() == second.read_bytes()
    assert read_gz(first) == {'a': [1.5]}
    first.write_bytes(first.read_bytes()[:-4])
    with pytest.raises(ContractError, match='collect this route again'):
        read_gz(first)


def test_shifted_camera_sees_the_path_come_back():
    path = path_label(STRAIGHT, CameraShift(y_m=1.0))
    assert path[0] == pytest.approx([0.0, 0.0])
    assert path[-1, 1] == pytest.approx(-1.0)


def test_waypoints_of_constant_speed():
    poses = [Pose2(1.5 * k, 2.0, 0.0) for k in range(12)]
    np.testing.assert_allclose(speed_waypoints(poses, CameraShift()), SIX_MPS, atol=1e-12)


def speeds(waypoints):
    steps = np.diff(np.vstack([np.zeros(2), waypoints]), axis=0)
    return np.linalg.norm(steps, axis=1) / 0.25


def test_held_out_wordings_are_never_trained_on():
    for wordings in WORDINGS.values():
        assert len(wordings.train) >= 5
        assert wordings.held_out
        assert not set(wordings.train) & set(wordings.held_out)


def labels_at_six_mps():
    return Labels(
        target_points_base_m=np.array([[20.0, 0.0], [40.0, 0.0]]),
        path_base_m=PATH,
        speed_waypoints_base_m=SIX_MPS,
    )


def test_where_nothing_holds_it_up_a_standing_car_would_drive_off():
    start = start_labels(measurement(target_speed_mps=8.0), labels_at_six_mps())
    assert start.path_base_m is PATH
    way_m = start.speed_waypoints_base_m[:, 0]
    assert 0.0 <= way_m[0] < 0.3
    assert (np.diff(way_m) > 0.0).all()
    assert speeds(start.speed_waypoints_base_m)[-1] == pytest.approx(8.0, abs=1.0)


AT_STOP_SIGN = {
    'speed_mps': 0.0,
    'target_speed_mps': 0.8,
    'brake': True,
    'reduced_by_kind': 'stop_sign',
    'reduced_by_distance_m': 3.9,
    'hazards': frozenset({'stop_sign_hazard'}),
}


def test_a_car_that_has_stopped_at_a_stop_sign_drives_off():
    now = measurement(**AT_STOP_SIGN)
    labels = replace(labels_at_six_mps(), speed_waypoints_base_m=np.zeros((10, 2)))
    start = start_labels(now, labels)
    assert start.speed_waypoints_base_m[-1, 0] > 10.0
    assert classify(now, start, is_free=True) is Bucket.GO


@pytest.mark.parametrize(
    'change',
    [
        {'speed_mps': 0.2},
        {'reduced_by_distance_m': 8.0},
        {'hazards': frozenset({'stop_sign_hazard', 'vehicle_hazard'})},
        {'reduced_by_kind': 'car'},
    ],
)
def test_at_a_stop_sign_it_stays_before_it_has_stopped_and_for_others(change):
    assert start_labels(measurement(**(AT_STOP_SIGN | change)), labels_at_six_mps()) is None


@pytest.mark.parametrize(
    'change',
    [
        {'reduced_by_kind': 'traffic_light'},
        {'hazards': frozenset({'walker_hazard'})},
        {'speed_mps': 0.0},
        {'target_speed_mps': 1.0},
    ],
)
def test_a_car_that_is_held_up_gets_no_other_start(change):
    assert start_labels(measurement(**change), labels_at_six_mps()) is None


DRIVES_OFF_M = np.array([0.2, 0.9, 2, 3.5, 5, 7, 9, 11, 13, 15])


@pytest.mark.parametrize(
    ('now', 'ways_m', 'is_free', 'bucket'),
    [
        ({'speed_mps': 0.0}, np.zeros(10), False, Bucket.STAY),
        (
            {'speed_mps': 0.0, 'hazards': frozenset({'vehicle_hazard'})},
            np.zeros(10),
            False,
            Bucket.YIELD,
        ),
        ({'speed_mps': 0.0, 'throttle': 0.6}, DRIVES_OFF_M, False, Bucket.GO),
        # The lamp is still red, and the expert's foot on the brake.
        ({'speed_mps': 0.0, 'brake': True}, DRIVES_OFF_M, False, Bucket.WAIT),
        ({'speed_mps': 1.0, 'throttle': 0.6}, DRIVES_OFF_M, True, Bucket.GO),
        # The last metre to a stop line.
        ({'speed_mps': 1.0}, np.linspace(0.2, 1.0, 10), False, Bucket.BRAKE),
        ({'speed_mps': 1.0}, np.linspace(0.2, 2.5, 10), False, Bucket.CRUISE),
        ({'speed_mps': 8.0}, 2.0 * np.arange(1, 11), True, Bucket.CRUISE),
        ({'expert': {'light': 'green'}}, 1.5 * np.arange(1, 11), True, Bucket.GREEN),
        ({'expert': {'light': 'red'}}, 1.5 * np.arange(1, 11), True, Bucket.CRUISE),
        ({'speed_mps': 8.0}, np.minimum(2.0 * np.arange(1, 11), 6.0), False, Bucket.BRAKE),
    ],
)
def test_kinds_of_driving(now, ways_m, is_free, bucket):
    labels = Labels(
        target_points_base_m=np.array([[20.0, 0.0], [40.0, 0.0]]),
        path_base_m=np.column_stack([np.arange(20.0), np.zeros(20)]),
        speed_waypoints_base_m=np.column_stack([ways_m, np.zeros(10)]),
    )
    assert classify(measurement(**now), labels, is_free=is_free) is bucket
