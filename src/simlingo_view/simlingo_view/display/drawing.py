# SPDX-License-Identifier: Apache-2.0
"""The image that a plan was made from, with the plan drawn into it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from simlingo_core.images import decode_rgb, encode_jpeg
from simlingo_core.overlay import (
    LINE_HEIGHT_PX,
    PATH_RGB,
    SPEED_RGB,
    TARGET_RGB,
    draw_points,
    text_panel,
)
from simlingo_core.reasons import reason_in_words
from simlingo_core.types import DrivingPlan, Observation
from simlingo_view.stack_memory import StackMemory

PATH_RADIUS_PX, WAYPOINT_RADIUS_PX, TARGET_RADIUS_PX = 4, 4, 7


def draw_overlay(
    observation: Observation, plan: DrivingPlan, memory: StackMemory, quality: int
) -> bytes:
    """Return a JPEG: path, speed waypoints and target points, below it two lines of words.

    The points are in base_link at the exposure of the image, so nothing is moved.

    Raises:
        ContractError: the observation has no image that can be read.
    """
    image = decode_rgb(observation.image_jpeg)
    draw_points(image, observation.target_points_base_m, TARGET_RGB, TARGET_RADIUS_PX)
    draw_points(image, plan.path_base_m, PATH_RGB, PATH_RADIUS_PX)
    draw_points(image, plan.speed_waypoints_base_m, SPEED_RGB, WAYPOINT_RADIUS_PX)
    return encode_jpeg(np.vstack([image, _panel(image, observation, memory)]), 'rgb8', quality)


def _panel(
    image: NDArray[np.uint8], observation: Observation, memory: StackMemory
) -> NDArray[np.uint8]:
    facts = f'{observation.t_s:.2f} s  {observation.speed_mps:.1f} m/s  {safety_text(memory)}'
    words = memory.commentary
    if memory.instructions.active_text:
        words = f'instruction: {memory.instructions.active_text}   {words}'
    return text_panel(image.shape[1], 2 * LINE_HEIGHT_PX + 10, [facts, words])


def safety_text(memory: StackMemory) -> str:
    """Return the safety state in words; empty: none has been heard."""
    state = memory.safety
    if state is None:
        return ''
    reasons = '; '.join(reason_in_words(reason) for reason in state.reasons)
    return f'{state.level.words}: {reasons}' if reasons else state.level.words
