# SPDX-License-Identifier: Apache-2.0
"""Convert images, prompts, labels and points between the stack and the network.

This is the only place that converts between the stack's frame (REP-103, y left) and the
checkpoint's (y right).
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from simlingo_core.carla_frame import vector_from_carla, vector_to_carla
from simlingo_core.checks import finite_array
from simlingo_core.errors import ConfigError, ContractError
from simlingo_core.types import Observation
from simlingo_model.batch import TrainingBatch
from simlingo_model.config import ModelConfig
from simlingo_model.conversation import ConversationEncoder
from simlingo_model.drawn_path import path_through
from simlingo_model.image import ImageArray, decode_camera_image, make_tiles
from simlingo_model.prompts import Prompt
from simlingo_model.tokenizer import TextTokenizer

FloatArray = NDArray[np.float64]
TARGET_POINT_LIMIT_M = 1000.0


@dataclass(frozen=True, kw_only=True)
class TrainingSample:
    """One image, one prompt, one answer, one pair of labels (REP-103).

    Attributes:
        tiles: ``Processor.tiles`` of the image, uint8 (tiles, side, side, 3).
        image_key: samples of one batch with the same key share one image; None: not shared.
        speed_mps: of the car, for models without language.
        prompt: input text.
        answer: text to generate.
        target_points_base_m: (2, 2).
        path_base_m: (20, 2).
        speed_waypoints_base_m: (10, 2).
        scene: what the cells of the image show (``scene_head``); None: not known.
    """

    tiles: ImageArray
    prompt: Prompt
    answer: str
    target_points_base_m: FloatArray
    path_base_m: FloatArray
    speed_waypoints_base_m: FloatArray
    image_key: Hashable | None = None
    speed_mps: float = 0.0
    scene: ImageArray | None = None


class Processor:
    """The conversions that have to be the same in training and driving.

    Args:
        config: of the network.
        tokenizer: of the network.

    Raises:
        ConfigError: the tokenizer has ids that the network has no embedding for.
    """

    def __init__(self, config: ModelConfig, tokenizer: TextTokenizer) -> None:
        self.config = config
        self.tokenizer = tokenizer
        numbers = 0 if config.has_language else config.state_rows
        self.encoder = ConversationEncoder(tokenizer, config.image_tokens, numbers)
        # Ids of special tokens may lie above the table (they are replaced); text ids may not.
        if config.has_language and self.encoder.end_id >= config.decoder.vocabulary_rows:
            raise ConfigError(
                f'the tokenizer has {tokenizer.size} ids, the network '
                f'{config.decoder.vocabulary_rows} embeddings; they belong to different models'
            )

    def tiles(self, image_jpeg: bytes) -> ImageArray:
        """Turn a camera frame into tiles, uint8 (tiles, side, side, 3).

        Raises:
            ContractError: there is no image, it cannot be decoded or has the wrong size.
        """
        return make_tiles(decode_camera_image(image_jpeg, self.config.image), self.config)

    def target_points(self, observation: Observation) -> torch.Tensor:
        """Return the target points in the checkpoint's frame, float32 (1, 2, 2).

        For a model without language, speed and target points, (1, 3, 2).

        Raises:
            ContractError: one is farther than ``TARGET_POINT_LIMIT_M``.
        """
        points = observation.target_points_base_m
        if np.abs(points).max() > TARGET_POINT_LIMIT_M:
            raise ContractError(
                f'target points are {points.tolist()} m; expected within {TARGET_POINT_LIMIT_M} '
                'm of the car: check the route and the localisation'
            )
        return self._state(points, observation.speed_mps)[None]

    def _state(self, target_points_base_m: FloatArray, speed_mps: float) -> torch.Tensor:
        points = to_checkpoint_frame(finite_array('target points', target_points_base_m, (2, 2)))
        if self.config.has_language:
            return points
        return torch.cat((torch.tensor([[speed_mps, 0.0]]), points))

    def plan_from_network(self, points: torch.Tensor) -> tuple[FloatArray, FloatArray]:
        """Return path (20, 2) and speed waypoints (10, 2) in base_link for predicted points.

        Args:
            points: path, then speed waypoints, (queries, 2).
        """
        count = self.config.action.path_points
        path_base_m, speed_base_m = np.split(self.points_from_network(points), [count])
        return (path_base_m if count else path_through(speed_base_m)), speed_base_m

    def points_from_network(self, points: torch.Tensor) -> FloatArray:
        """Return predicted points (n, 2) in base_link."""
        return vector_from_carla(points.float().cpu().numpy())

    def collate(self, samples: Sequence[TrainingSample]) -> TrainingBatch:
        """Make a batch of samples; shared images are stored once, ids are padded on the left.

        Raises:
            ContractError: a label has the wrong shape or is not finite.
        """
        images: dict[Hashable, int] = {}
        tiles: list[torch.Tensor] = []
        scenes: list[ImageArray | None] = []
        image_index: list[int] = []
        for i, sample in enumerate(samples):
            key = ('own', i) if sample.image_key is None else ('shared', sample.image_key)
            if key not in images:
                images[key] = len(tiles)
                tiles.append(torch.from_numpy(np.ascontiguousarray(sample.tiles)))
                scenes.append(sample.scene)
            image_index.append(images[key])
        ids, valid, learned = self._pad(samples)
        action = self.config.action
        return TrainingBatch(
            tiles=torch.stack(tiles),
            scene=_stack_scenes(scenes),
            image_index=torch.tensor(image_index),
            ids=ids,
            valid=valid,
            learned=learned,
            target_points_m=torch.stack(
                [self._state(s.target_points_base_m, s.speed_mps) for s in samples]
            ),
            path_m=_stack(
                [s.path_base_m[: action.path_points] for s in samples], 'path', action.path_points
            ),
            speed_waypoints_m=_stack(
                [s.speed_waypoints_base_m for s in samples], 'speed waypoints', action.speed_points
            ),
        )

    def _pad(
        self, samples: Sequence[TrainingSample]
    ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        conversations = [self.encoder.conversation(s.prompt, s.answer) for s in samples]
        length = max(len(conversation.ids) for conversation in conversations)
        ids = torch.full((len(conversations), length), self.encoder.pad_id, dtype=torch.long)
        valid = torch.zeros(len(conversations), length, dtype=torch.bool)
        learned = torch.zeros_like(valid)
        for row, conversation in enumerate(conversations):
            start = length - len(conversation.ids)
            ids[row, start:] = torch.tensor(conversation.ids)
            valid[row, start:] = True
            learned[row, start:] = torch.tensor(conversation.learned)
        return ids, valid, learned


def to_checkpoint_frame(points_base_m: FloatArray) -> torch.Tensor:
    """Turn base_link points (..., 2) into float32 points of the checkpoint's frame."""
    return torch.from_numpy(vector_to_carla(points_base_m)).to(torch.float32)


def _stack_scenes(scenes: Sequence[ImageArray | None]) -> torch.Tensor | None:
    """Stack what images show; None, where it is not known of all of them."""
    known = [scene for scene in scenes if scene is not None]
    return torch.from_numpy(np.stack(known)) if len(known) == len(scenes) else None


def _stack(points: list[FloatArray], name: str, count: int) -> torch.Tensor:
    return torch.stack(
        [to_checkpoint_frame(finite_array(name, point, (count, 2))) for point in points]
    )
