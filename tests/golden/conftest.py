# SPDX-License-Identifier: Apache-2.0
"""Frames and results recorded from upstream's dreamer."""

import gzip
import json
from pathlib import Path

import numpy as np
import pytest

from simlingo_training.dreaming.dreamer import Dreamer, FramePlans
from simlingo_training.dreaming.frame import DreamFrame
from simlingo_training.dreaming.realism import VehicleLimits
from simlingo_training.labels import CameraShift, Labels, path_label
from simlingo_training.measurements import from_json
from simlingo_training.text_labels.scene import read_scene

DATA = Path(__file__).parent / 'data'
NOT_THERE = {
    'junction': False,
    'vehicle_hazard': False,
    'light_hazard': False,
    'walker_hazard': False,
    'stop_sign_hazard': False,
    'speed_reduced_by_obj_id': None,
    'augmentation_translation': 0.0,
    'augmentation_rotation': 0.0,
    'control_brake': False,
}
ANYTHING = VehicleLimits(
    **dict.fromkeys(VehicleLimits.__dataclass_fields__, np.inf),
)


@pytest.fixture(scope='session')
def processed():
    return json.loads(gzip.decompress((DATA / 'dreamer_process.json.gz').read_bytes()))


@pytest.fixture(scope='session')
def forecasts():
    with np.load(DATA / 'dreamer_forecasts.npz') as file:
        return dict(file)


def _dream_frame(frames, rules):
    now = frames[0]['measurement']
    rest = {k: v for k, v in now.items() if k not in ('ego_matrix', 'speed', 'pos_global')}
    future = [
        from_json(NOT_THERE | rest | each['measurement'] | {'brake': False}) for each in frames
    ]
    scenes = [read_scene(m, each['boxes']) for m, each in zip(future, frames, strict=True)]
    labels = Labels(
        target_points_base_m=future[0].target_points_base_m,
        path_base_m=path_label(future[0].route_base_m, CameraShift()),
        speed_waypoints_base_m=np.zeros((10, 2)),
    )
    return DreamFrame(scene=scenes[0], future=future, scenes=scenes, labels=labels, rules=rules)


class NoDraws:
    def random(self):
        return 0.9

    def index(self, count):
        return 0


def _dreamt(frame, *plans):
    dreamer = Dreamer(limits=ANYTHING)
    each = FramePlans(frame=frame, plans=plans, draws=NoDraws(), image='a.jpg')
    (options,) = dreamer.dream([each])
    return {mode: found[0] for mode, found in options.items()}


@pytest.fixture(scope='session')
def dream_frame():
    """Make the dreamer's frame of recorded ones under rules."""
    return _dream_frame


@pytest.fixture(scope='session')
def dreamt():
    """Return the first dream of each mode that plans of a frame give, without any limit."""
    return _dreamt
