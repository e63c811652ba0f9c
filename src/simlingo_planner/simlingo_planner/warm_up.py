# SPDX-License-Identifier: Apache-2.0
"""The first plan is slow; it is made before anybody waits for it."""

from __future__ import annotations

import time

import numpy as np

from simlingo_core.geometry import Pose3
from simlingo_core.images import encode_jpeg
from simlingo_core.protocols import LanguagePolicy, Policy
from simlingo_core.types import Observation

_HEIGHT_PX, _WIDTH_PX, _GREY = 512, 1024, 128


def grey_observation() -> Observation:
    """Return an observation of nothing: a grey image, a standing car, a straight route.

    Raises:
        BackendError: the image cannot be encoded.
    """
    grey = np.full((_HEIGHT_PX, _WIDTH_PX, 3), _GREY, dtype=np.uint8)
    return Observation(
        t_s=0.0,
        image_jpeg=encode_jpeg(grey, 'bgr8'),
        pose_map=Pose3.identity(),
        speed_mps=0.0,
        target_points_base_m=np.array([[20.0, 0.0], [70.0, 0.0]]),
    )


def warm_up(policy: Policy, plans: int) -> float:
    """Plan and speak on a grey image, then forget it; return how long it took [s].

    Raises:
        SimlingoError: the policy cannot plan; it must not drive.
    """
    observation, began_s = grey_observation(), time.monotonic()
    for _ in range(plans):
        policy.plan(observation)
        if isinstance(policy, LanguagePolicy):
            next(iter(policy.describe(observation)), None)
        policy.reset()
    return time.monotonic() - began_s
