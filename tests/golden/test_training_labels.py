# SPDX-License-Identifier: Apache-2.0
"""Labels equal upstream's on synthetic drives (upstream's y points right, ours left)."""

import math
from pathlib import Path

import numpy as np
import pytest

from simlingo_core.geometry import Pose2
from simlingo_training.labels import CameraShift, path_label, speed_waypoints, travelled_distances

DATA = Path(__file__).parent / 'data' / 'functions'
MIRROR = np.array([1.0, -1.0])


@pytest.fixture(scope='module')
def golden():
    with np.load(DATA / 'dataset_labels.npz') as file:
        return dict(file)


@pytest.fixture(params=['plain', 'augmented'])
def case(request, golden):
    if request.param == 'plain':
        return request.param, CameraShift()
    yaw_rad = -math.radians(float(golden['aug_rotation_deg']))
    return request.param, CameraShift(-float(golden['aug_translation_m']), yaw_rad)


def poses(golden):
    return [Pose2(m[0, 3], -m[1, 3], -math.atan2(m[1, 0], m[0, 0])) for m in golden['ego_matrix']]


def test_speed_waypoints(golden, case):
    name, shift = case
    ours = speed_waypoints(poses(golden), shift)
    np.testing.assert_allclose(ours * MIRROR, golden[f'{name}/waypoints'], atol=1e-9)


def test_travelled_distances(golden):
    ours = travelled_distances(speed_waypoints(poses(golden), CameraShift()))
    np.testing.assert_allclose(ours, golden['plain/waypoints_1d'][:, 0], atol=1e-9)


@pytest.mark.parametrize(
    ('source', 'label'), [('route_original_in', 'route'), ('route_in', 'route_adjusted')]
)
def test_path_label(golden, case, source, label):
    name, shift = case
    ours = path_label(golden[source] * MIRROR, shift)
    np.testing.assert_allclose(ours * MIRROR, golden[f'{name}/{label}'], atol=1e-9)


def test_a_drive_that_ends_stands_still(golden):
    ours = speed_waypoints(poses(golden)[:4], CameraShift())
    assert (ours[2:] == ours[2]).all()
    assert not np.allclose(ours[1], ours[2])
