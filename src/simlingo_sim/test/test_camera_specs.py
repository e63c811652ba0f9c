# SPDX-License-Identifier: Apache-2.0
import math

import numpy as np
import pytest

from simlingo_core.errors import ConfigError
from simlingo_core.geometry import Pose2
from simlingo_sim.camera.specs import CameraQuality, CameraSpec, shifted_camera, training_camera


@pytest.mark.parametrize(
    'absurd',
    [
        {'width_px': 0},
        {'width_px': -1024},
        {'height_px': 100_000},
        {'width_px': 512.5},
        {'width_px': True},
        {'fov_deg': 0.0},
        {'fov_deg': 180.0},
        {'fov_deg': math.nan},
        {'x_m': math.inf},
        {'z_m': math.nan},
        {'yaw_rad': 1e9},
        {'pitch_rad': 'down'},
        {'orthographic_width_m': 0.0},
    ],
)
def test_absurd_parameters_are_refused_by_name(absurd):
    with pytest.raises(ConfigError, match=next(iter(absurd))):
        CameraSpec(**absurd)


def test_training_camera_is_the_one_of_the_data():
    camera = training_camera()
    assert (camera.x_m, camera.y_m, camera.z_m) == (-1.5, 0.0, 2.0)
    assert (camera.width_px, camera.height_px, camera.fov_deg) == (1024, 512, 110.0)
    assert not camera.shows_ego


def test_shifted_camera_moves_and_turns_left():
    pose = shifted_camera(0.8, math.radians(10)).map_from_camera(Pose2(5.0, 5.0, math.pi / 2))
    np.testing.assert_allclose(pose.translation_m, [5.0 - 0.8, 5.0 - 1.5, 2.0], atol=1e-12)
    assert pose.planar.yaw_rad == pytest.approx(math.pi / 2 + math.radians(10))


def test_quality_decides_samples_and_shadows():
    settings = {q.value: (q.samples, q.has_shadows) for q in CameraQuality}
    assert settings == {'plain': (0, False), 'antialiased': (4, False), 'full': (4, True)}
