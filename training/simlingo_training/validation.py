# SPDX-License-Identifier: Apache-2.0
"""How well a network plans on held-out frames, by kind of driving, and images of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from simlingo_core.images import PREVIEW_JPEG_QUALITY, encode_jpeg
from simlingo_core.overlay import (
    PATH_RGB,
    SPEED_RGB,
    TARGET_RGB,
    draw_points,
    text_panel,
)
from simlingo_model import prompts
from simlingo_model.config import ImageConfig
from simlingo_model.image import decode_camera_image
from simlingo_model.network import SimLingoNetwork
from simlingo_model.processor import Processor, TrainingSample
from simlingo_training.buckets import Bucket
from simlingo_training.samples import FrameSample

TRUE_RGB = (245, 245, 245)
BATCH = 32
IMAGES = 6
PANEL_PX = 60


@dataclass(frozen=True, kw_only=True)
class Plans:
    """Plans for a list of samples, in base_link.

    Attributes:
        path_base_m: shape (N, 20, 2).
        speed_waypoints_base_m: shape (N, 10, 2).
    """

    path_base_m: NDArray[np.float64]
    speed_waypoints_base_m: NDArray[np.float64]


@torch.inference_mode()
def predict(
    network: SimLingoNetwork,
    processor: Processor,
    samples: Sequence[FrameSample],
    *,
    image: NDArray[np.uint8] | None = None,
) -> Plans:
    """Plan on each sample from the training camera.

    Args:
        network: put into evaluation mode.
        processor: of the network.
        samples: to plan on.
        image: shown instead of every real one (for a blind model).
    """
    network.eval()
    paths, speeds = [], []
    for group in _groups(samples):
        batch = processor.collate([_question(processor, sample, image) for sample in group])
        terms = network.training_loss(batch.to(network.device))
        points = torch.cat((terms.predicted_path, terms.predicted_speed), dim=1)
        for path, speed in (processor.plan_from_network(each) for each in points):
            paths.append(path)
            speeds.append(speed)
    return Plans(path_base_m=np.array(paths), speed_waypoints_base_m=np.array(speeds))


def errors(samples: Sequence[FrameSample], plans: Plans) -> dict[str, dict[str, float]]:
    """Return the mean distance to the labels in metres, overall and by kind of driving."""
    truth_path = np.array([s.plain.path_base_m for s in samples])
    truth_speed = np.array([s.plain.speed_waypoints_base_m for s in samples])
    path_m = np.linalg.norm(plans.path_base_m - truth_path, axis=-1).mean(axis=1)
    speed_m = np.linalg.norm(plans.speed_waypoints_base_m - truth_speed, axis=-1).mean(axis=1)
    kinds = np.array([s.bucket.value for s in samples])
    table = {}
    for name in ('all', *(bucket.value for bucket in Bucket)):
        chosen = kinds == name if name != 'all' else np.ones(len(samples), dtype=bool)
        if chosen.any():
            table[name] = {
                'frames': int(chosen.sum()),
                'path_m': float(path_m[chosen].mean()),
                'speed_m': float(speed_m[chosen].mean()),
            }
    return table


def draw_sheet(
    path: Path, samples: Sequence[FrameSample], plans: Plans, texts: Sequence[str]
) -> None:
    """Write an image of some samples: true points white, predicted ones in colour."""
    rows = []
    for i in picked(len(samples), IMAGES):
        sample = samples[i]
        rgb = decode_camera_image(sample.image_path.read_bytes(), ImageConfig())
        draw_points(rgb, sample.plain.path_base_m, TRUE_RGB, 5)
        draw_points(rgb, plans.path_base_m[i], PATH_RGB, 3)
        draw_points(rgb, plans.speed_waypoints_base_m[i], SPEED_RGB, 3)
        draw_points(rgb, sample.plain.target_points_base_m, TARGET_RGB, 6)
        lines = [
            f'{sample.speed_mps:.1f} m/s  label: {sample.commentary}',
            f'model: {texts[i]}',
        ]
        panel = text_panel(rgb.shape[1], PANEL_PX, lines)
        rows.append(np.vstack([rgb, panel]))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(encode_jpeg(np.vstack(rows), 'rgb8', PREVIEW_JPEG_QUALITY))


def picked(length: int, count: int) -> list[int]:
    """Return ``count`` indices spread over ``length``."""
    return [int(i) for i in np.linspace(0, length - 1, min(count, length))]


def _groups(samples: Sequence[FrameSample]) -> Iterator[Sequence[FrameSample]]:
    for start in range(0, len(samples), BATCH):
        yield samples[start : start + BATCH]


def _question(
    processor: Processor, sample: FrameSample, image: NDArray[np.uint8] | None
) -> TrainingSample:
    tiles = image
    if tiles is None:
        tiles = processor.tiles(sample.image_path.read_bytes())
    return TrainingSample(
        tiles=tiles,
        prompt=prompts.driving_prompt(sample.speed_mps, prompts.target_point_clause()),
        answer=prompts.WAYPOINTS_ANSWER,
        target_points_base_m=sample.plain.target_points_base_m,
        path_base_m=sample.plain.path_base_m,
        speed_waypoints_base_m=sample.plain.speed_waypoints_base_m,
        speed_mps=sample.speed_mps,
    )
