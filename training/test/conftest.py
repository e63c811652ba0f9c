# SPDX-License-Identifier: Apache-2.0
"""A little data set of two episodes, made of noise and straight lines."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from simlingo_core.geometry import Pose2
from simlingo_core.types import RoadOption
from simlingo_training.episodes import EpisodeFolder, find_episodes
from simlingo_training.gz_json import write_gz
from simlingo_training.label import label_all
from simlingo_training.labels import CameraShift
from simlingo_training.measurements import Measurement, to_json

FRAMES = 22


def write_episode(root, name, seed):
    """Write an episode; the seed is in the name of its variant, as simlingo collect has it."""
    rng = np.random.default_rng(seed)
    folder = EpisodeFolder(root, Path(f'train/routes/random_weather_seed_{seed}') / name)
    route = np.column_stack([np.arange(2.5, 42.5), np.zeros(40)])
    for k in range(FRAMES):
        for is_shifted in (False, True):
            path = folder.image(k, is_shifted=is_shifted)
            path.parent.mkdir(parents=True, exist_ok=True)
            image = rng.integers(0, 255, (64, 128, 3), np.uint8)
            cv2.imwrite(str(path), cv2.resize(image, (1024, 512)))
        measurement = Measurement(
            pose_map=Pose2(1.5 * k, 0.0, 0.0),
            speed_mps=6.0,
            target_speed_mps=6.0,
            speed_limit_mps=8.33,
            target_points_base_m=np.array([[30.0, 0.0], [60.0, 4.0]]),
            command=RoadOption.LANE_FOLLOW,
            next_command=RoadOption.LANE_FOLLOW,
            route_base_m=route,
            route_original_base_m=route,
            shift=CameraShift(0.5, 0.05),
            throttle=0.4,
        )
        write_gz(folder.measurement(k), to_json(measurement))
        write_gz(folder.boxes(k), [])
    write_gz(folder.results, {'status': 'Perfect', 'infractions': []})


@pytest.fixture(scope='session')
def data_set(tmp_path_factory):
    root = tmp_path_factory.mktemp('data_set')
    write_episode(root, 'episode_a', 0)
    write_episode(root, 'episode_b', 1)
    label_all(root)
    return root


@pytest.fixture
def episodes(data_set):
    return find_episodes(data_set)
