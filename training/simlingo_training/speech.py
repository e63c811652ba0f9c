# SPDX-License-Identifier: Apache-2.0
"""The commentary of a network on frames, for the images of a training run."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from simlingo_core.geometry import Pose3
from simlingo_core.types import Observation
from simlingo_model.network import SimLingoNetwork
from simlingo_model.policy import SimLingoPolicy
from simlingo_model.policy_config import PolicyConfig
from simlingo_model.processor import Processor
from simlingo_training.samples import FrameSample
from simlingo_training.validation import IMAGES, picked


def describe_samples(
    network: SimLingoNetwork,
    processor: Processor,
    samples: Sequence[FrameSample],
    image: NDArray[np.uint8] | None,
) -> list[str]:
    """Return the commentary on those samples that ``draw_sheet`` shows, '' for the others."""
    config = PolicyConfig(is_blind=image is not None)
    policy = SimLingoPolicy(network, processor, config, mean_image=image)
    texts = [''] * len(samples)
    for index in picked(len(samples), IMAGES):
        sample = samples[index]
        observation = Observation(
            t_s=float(index),
            image_jpeg=sample.image_path.read_bytes(),
            pose_map=Pose3.identity(),
            speed_mps=sample.speed_mps,
            target_points_base_m=sample.plain.target_points_base_m,
        )
        texts[index] = ''.join(policy.describe(observation))
    return texts
