# SPDX-License-Identifier: Apache-2.0
"""How near the plans and words of one engine are to those of another, on the same frames."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray

from simlingo_core.types import Observation
from simlingo_model import prompts
from simlingo_model.passes import Passes
from simlingo_model.processor import Processor

WORDS = 24
"""Tokens of a commentary that are compared."""


def compare_passes(
    ours: Passes, reference: Passes, processor: Processor, observations: Sequence[Observation]
) -> dict[str, float]:
    """Compare plans and tokens.

    Each token is compared after the same tokens before it, those of the reference, so that one
    difference does not count again and again.

    Args:
        ours: to judge.
        reference: taken as right.
        processor: of the model.
        observations: frames.

    Returns:
        ``frames``; ``path_ade_m`` and ``speed_ade_m``: mean distance of the points of a plan;
        ``largest_m``: largest distance of any point; for a model with language
        ``token_agreement``: share of tokens that are the same.
    """
    path_m: list[float] = []
    speed_m: list[float] = []
    largest_m = 0.0
    same: list[bool] = []
    for observation in observations:
        plans = [_points(way, processor, observation) for way in (ours, reference)]
        distance = [np.linalg.norm(a - b, axis=1) for a, b in zip(*plans, strict=True)]
        path_m.append(float(distance[0].mean()))
        speed_m.append(float(distance[1].mean()))
        largest_m = max(largest_m, float(distance[0].max()), float(distance[1].max()))
        if processor.config.has_language:
            same += _same_tokens(ours, reference, processor, observation)
    found = {
        'frames': float(len(observations)),
        'path_ade_m': float(np.mean(path_m)),
        'speed_ade_m': float(np.mean(speed_m)),
        'largest_m': largest_m,
    }
    return found | ({'token_agreement': float(np.mean(same))} if same else {})


def _points(
    way: Passes, processor: Processor, observation: Observation
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    encoder = processor.encoder
    prompt = prompts.driving_prompt(observation.speed_mps, prompts.target_point_clause())
    points_m, _ = way.act(
        way.encode(_tiles(processor, observation)),
        processor.target_points(observation),
        encoder.question(prompt),
        encoder.answer(prompts.WAYPOINTS_ANSWER),
    )
    return processor.plan_from_network(points_m)


def _same_tokens(
    ours: Passes, reference: Passes, processor: Processor, observation: Observation
) -> list[bool]:
    encoder = processor.encoder
    prompt = prompts.commentary_prompt(observation.speed_mps, prompts.target_point_clause())
    question = encoder.question(prompt)
    tiles, points_m = _tiles(processor, observation), processor.target_points(observation)
    mine, other = (
        way.begin(way.encode(tiles), points_m, len(question) + WORDS) for way in (ours, reference)
    )
    new: Sequence[int] = question
    same: list[bool] = []
    for _ in range(WORDS):
        mine.prefill(new)
        other.prefill(new)
        token = next(other.generate(encoder.end_id, 1))
        same.append(next(mine.generate(encoder.end_id, 1)) == token)
        if token == encoder.end_id:
            break
        new = (token,)
    return same


def _tiles(processor: Processor, observation: Observation) -> torch.Tensor:
    return torch.from_numpy(processor.tiles(observation.image_jpeg))[None]
