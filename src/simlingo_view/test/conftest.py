# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest

from simlingo_core.geometry import Pose2, Pose3
from simlingo_core.images import encode_jpeg
from simlingo_core.types import DrivingPlan, Observation


@pytest.fixture
def observation():
    grey = np.full((512, 1024, 3), 90, np.uint8)
    return Observation(
        t_s=2.0,
        image_jpeg=encode_jpeg(grey, 'rgb8'),
        pose_map=Pose3.from_planar(Pose2(10.0, 20.0, 0.0)),
        speed_mps=5.0,
        target_points_base_m=np.array([[20.0, 0.0], [50.0, 4.0]]),
    )


@pytest.fixture
def plan(observation):
    return DrivingPlan(
        t_s=observation.t_s,
        pose_map=observation.pose_map,
        path_base_m=np.column_stack([np.arange(20.0), np.zeros(20)]),
        speed_waypoints_base_m=np.column_stack([np.arange(1.0, 11.0), np.ones(10)]),
        policy='own',
    )
