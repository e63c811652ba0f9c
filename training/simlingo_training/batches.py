# SPDX-License-Identifier: Apache-2.0
"""Batches that depend on nothing but the seed and the number of the step.

That makes a run resumable to the bit: there is no state of a sampler to save.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from simlingo_core.errors import ConfigError
from simlingo_model import prompts
from simlingo_model.batch import TrainingBatch
from simlingo_model.processor import Processor, TrainingSample
from simlingo_training.buckets import Bucket
from simlingo_training.labels import Labels
from simlingo_training.recipe import Recipe
from simlingo_training.samples import FrameSample
from simlingo_training.tile_store import TileStore

CAMERAS = 2
"""Images of a frame in the store: training camera, then shifted camera."""


@dataclass(frozen=True)
class Share:
    """Which part of every batch one process learns from.

    Attributes:
        rank: of the process, from 0.
        count: of processes.
    """

    rank: int = 0
    count: int = 1


class BatchMaker:
    """Draws frames, cameras and questions.

    All processes draw the same batch, and each keeps every ``count``-th frame of it: more
    processes learn from the same frames as one, in less time.

    Args:
        samples: of the training episodes.
        tiles: two images for each sample, in the same order; samples of which one is broken are
            never drawn.
        processor: of the model.
        recipe: shares and weights.
        is_blind: show the mean image instead of the real one.
        share: of this process.

    Raises:
        ConfigError: a batch cannot be shared evenly, or every sample is broken.
    """

    def __init__(
        self,
        samples: Sequence[FrameSample],
        tiles: TileStore,
        processor: Processor,
        recipe: Recipe,
        *,
        is_blind: bool = False,
        share: Share | None = None,
    ) -> None:
        self._share = share or Share()
        if recipe.batch_frames % self._share.count:
            raise ConfigError(
                f'a batch has {recipe.batch_frames} frames and {self._share.count} processes '
                'share it; expected a multiple: change batch_frames of the recipe or the number '
                'of processes'
            )
        self._samples, self._tiles = samples, tiles
        self._processor, self._recipe = processor, recipe
        weights = np.array([recipe.bucket_weights[sample.bucket] for sample in samples])
        weights[[image // CAMERAS for image in tiles.broken]] = 0.0
        if not weights.any():
            raise ConfigError('no frame can be drawn: all images of the data set are broken')
        self._shares = weights / weights.sum()
        self._mean = tiles.mean() if is_blind else None

    @property
    def steps_per_epoch(self) -> int:
        """Steps in which as many frames are drawn as there are."""
        return max(1, len(self._samples) // self._recipe.batch_frames)

    def batch(self, step: int) -> TrainingBatch:
        """Return this process's share of the batch of a step."""
        places = range(self._share.rank, self._recipe.batch_frames, self._share.count)
        picks = self.frames(step)
        chosen = [
            question
            for place in places
            # Each place draws by itself, so that it does not matter which process makes it.
            for question in self._questions(picks[place], place, self._rng(step, place))
        ]
        return self._processor.collate(chosen)

    def frames(self, step: int) -> list[int]:
        """Return which samples the batch of a step is made of, over all processes."""
        rng = np.random.default_rng([self._recipe.seed, step])
        picks = rng.choice(len(self._samples), self._recipe.batch_frames, p=self._shares)
        return [int(pick) for pick in picks]

    def batches(self, first: int, last: int) -> Iterator[TrainingBatch]:
        """Yield the batches of a range of steps; the next is made while one is learned from."""
        with ThreadPoolExecutor(max_workers=1) as pool:
            following = pool.submit(self.batch, first)
            for step in range(first, last):
                ready = following.result()
                if step + 1 < last:
                    following = pool.submit(self.batch, step + 1)
                yield ready

    def _rng(self, step: int, place: int) -> np.random.Generator:
        return np.random.default_rng([self._recipe.seed, step, place])

    def _questions(self, pick: int, place: int, rng: np.random.Generator) -> list[TrainingSample]:
        sample = self._samples[pick]
        recipe = self._recipe
        is_going = sample.bucket in (Bucket.GO, Bucket.GREEN)
        start_share = recipe.go_start_share if is_going else recipe.start_share
        start = sample.start if rng.random() < start_share else None
        asks_twice = start is None and rng.random() < recipe.second_question_share
        dreams = [dream for dream in sample.dreams if dream.is_trained_on]
        wants_dream = bool(dreams) and rng.random() < recipe.dream_share
        may_shift = start is None and not (asks_twice and wants_dream)
        is_shifted = may_shift and rng.random() < recipe.shifted_share
        camera_labels = sample.shifted if is_shifted else sample.plain
        labels, speed_mps = (camera_labels, sample.speed_mps) if start is None else (start, 0.0)
        tiles = self._image(pick, is_shifted, rng)
        navigation = prompts.target_point_clause()

        def ask(prompt: prompts.Prompt, answer: str, labels: Labels) -> TrainingSample:
            return TrainingSample(
                tiles=tiles,
                image_key=place if self._mean is None else 'mean',
                prompt=prompt,
                answer=answer,
                target_points_base_m=labels.target_points_base_m,
                path_base_m=labels.path_base_m,
                speed_waypoints_base_m=labels.speed_waypoints_base_m,
            )

        questions = [
            ask(
                prompts.driving_prompt(speed_mps, navigation),
                prompts.WAYPOINTS_ANSWER,
                labels,
            )
        ]
        if asks_twice and wants_dream:
            dream = dreams[int(rng.integers(len(dreams)))]
            text = dream.texts[int(rng.integers(len(dream.texts)))]
            prompt = prompts.instruction_prompt(sample.speed_mps, navigation, text)
            questions.append(ask(prompt, prompts.FOLLOWING_ANSWER, dream.labels))
        elif asks_twice:
            prompt = prompts.commentary_prompt(sample.speed_mps, navigation)
            answer = prompts.commentary_answer(sample.commentary)
            questions.append(ask(prompt, answer, labels))
        return questions

    def _image(self, pick: int, is_shifted: bool, rng: np.random.Generator) -> NDArray[np.uint8]:
        if self._mean is not None:
            return self._mean
        tiles = self._tiles[CAMERAS * pick + int(is_shifted)]
        factor = 1.0 + self._recipe.brightness * rng.uniform(-1.0, 1.0)
        rows = tiles.reshape(-1, tiles.shape[-2] * tiles.shape[-1])
        lit = np.asarray(cv2.convertScaleAbs(rows, alpha=factor), np.uint8)  # saturates
        return lit.reshape(tiles.shape)


def image_paths(samples: Sequence[FrameSample]) -> list[Path]:
    """Return the images of the samples in the order the store must have."""
    return [
        sample.episode.image(sample.frame, is_shifted=is_shifted)
        for sample in samples
        for is_shifted in (False, True)
    ]
