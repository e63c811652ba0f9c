# SPDX-License-Identifier: Apache-2.0
"""Batches that depend on nothing but the seed and the number of the step.

That makes a run resumable to the bit: there is no state of a sampler to save.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from simlingo_core.errors import ConfigError
from simlingo_model.batch import TrainingBatch
from simlingo_model.processor import Processor, TrainingSample
from simlingo_training.data_problems import DataError, DataProblem
from simlingo_training.paraphrases import Paraphrases
from simlingo_training.photometric import change_as_upstream
from simlingo_training.questions import QuestionMaker
from simlingo_training.recipe import Recipe
from simlingo_training.sample_store import CAMERAS, buckets_of, have_questions
from simlingo_training.samples import FrameSample

MOST_ATTEMPTS = 100
logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Share:
    """Which part of every batch one process learns from.

    Attributes:
        rank: of the process, from 0.
        count: of processes.
    """

    rank: int = 0
    count: int = 1


class Tiles(Protocol):
    """Prepared images (``TileStore``) or images decoded on demand (``ImageReader``)."""

    @property
    def broken(self) -> Collection[int]:
        """Indices of images that cannot be decoded, as far as they are known."""

    @property
    def problems(self) -> list[DataProblem]:
        """The same as problems."""

    def __len__(self) -> int:
        """Return the number of images."""

    def __getitem__(self, index: int) -> NDArray[np.uint8]:
        """Return the tiles of an image, uint8 (tiles, side, side, 3)."""

    def mean(self) -> NDArray[np.uint8]:
        """Return the mean image."""


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
        shares: probability of each sample; None: by ``mix.bucket_weights``.
        paraphrases: other words for labels; None: none.

    Raises:
        ConfigError: a batch cannot be shared evenly, or every sample is broken.
    """

    def __init__(
        self,
        samples: Sequence[FrameSample],
        tiles: Tiles,
        processor: Processor,
        recipe: Recipe,
        *,
        is_blind: bool = False,
        share: Share | None = None,
        shares: NDArray[np.float64] | None = None,
        paraphrases: Paraphrases | None = None,
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
        if shares is None:
            shares = np.array([recipe.mix.bucket_weights[b] for b in buckets_of(samples)])
        weights = shares.copy()
        weights[[image // CAMERAS for image in tiles.broken]] = 0.0
        if not weights.any():
            raise ConfigError('no frame can be drawn: all images of the data set are broken')
        self._shares = weights / weights.sum()
        askable = float(self._shares[have_questions(samples)].sum())
        self._questions = QuestionMaker(recipe, paraphrases, askable)
        self._mean = tiles.mean() if is_blind else None
        self.left_out: dict[Path, DataProblem] = {}

    @property
    def steps_per_epoch(self) -> int:
        """Steps in which as many frames are drawn as there are."""
        return max(1, len(self._samples) // self._recipe.batch_frames)

    def batch(self, step: int) -> TrainingBatch:
        """Return this process's share of the batch of a step."""
        picks = self.frames(step)
        places = range(self._share.rank, self._recipe.batch_frames, self._share.count)
        # Each place draws by itself, so that it does not matter which process makes it.
        chosen = [sample for place in places for sample in self._place(step, place, picks[place])]
        return self._processor.collate(chosen)

    def frames(self, step: int) -> list[int]:
        """Return which samples the batch of a step is made of, over all processes."""
        rng = np.random.default_rng([self._recipe.seed, step])
        picks = rng.choice(len(self._samples), self._recipe.batch_frames, p=self._shares)
        return [int(pick) for pick in picks]

    def kinds(self, steps: int) -> Counter[str]:
        """Return how many questions of each kind the first steps ask, without their images."""
        return Counter(
            question.kind
            for step in range(steps)
            for place, pick in enumerate(self.frames(step))
            for question in self._questions.draw(
                self._samples[pick], self._rng(step, place)
            ).questions
        )

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

    def _place(self, step: int, place: int, pick: int) -> list[TrainingSample]:
        """Return the samples of one place; a frame that cannot be read gives way to the next."""
        for attempt in range(MOST_ATTEMPTS):
            try:
                return self._samples_of((pick + attempt) % len(self._samples), step, place)
            except DataError as error:
                if error.problem.path not in self.left_out:
                    logger.warning('%s; the next frame takes its place', error.problem)
                self.left_out[error.problem.path] = error.problem
        raise ConfigError(
            f'{MOST_ATTEMPTS} images in a row cannot be decoded, the last is '
            f'{next(reversed(self.left_out))}; see simlingo data check'
        )

    def _samples_of(self, pick: int, step: int, place: int) -> list[TrainingSample]:
        rng = self._rng(step, place)
        sample = self._samples[pick]
        drawn = self._questions.draw(sample, rng)
        tiles = self._image(pick, drawn.is_shifted, rng)
        return [
            TrainingSample(
                tiles=tiles,
                scene=sample.scenes[int(drawn.is_shifted)] if sample.scenes else None,
                image_key=place if self._mean is None else 'mean',
                prompt=question.prompt,
                answer=question.answer,
                target_points_base_m=question.labels.target_points_base_m,
                path_base_m=question.labels.path_base_m,
                speed_waypoints_base_m=question.labels.speed_waypoints_base_m,
                speed_mps=question.speed_mps,
            )
            for question in drawn.questions
        ]

    def _image(self, pick: int, is_shifted: bool, rng: np.random.Generator) -> NDArray[np.uint8]:
        if self._mean is not None:
            return self._mean
        tiles = self._tiles[CAMERAS * pick + int(is_shifted)]
        if self._recipe.mix.augmentation == 'upstream':
            return change_as_upstream(tiles, rng)
        factor = 1.0 + self._recipe.mix.brightness * rng.uniform(-1.0, 1.0)
        rows = tiles.reshape(-1, tiles.shape[-2] * tiles.shape[-1])
        lit = np.asarray(cv2.convertScaleAbs(rows, alpha=factor), np.uint8)  # saturates
        return lit.reshape(tiles.shape)
