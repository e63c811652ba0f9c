# SPDX-License-Identifier: Apache-2.0
"""A whole training run: data in, checkpoint with card, curves and images out."""

from __future__ import annotations

import dataclasses
import json
import logging
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import joblib
from rich.progress import track

from simlingo_core.errors import ConfigError
from simlingo_core.wordings import ManoeuvreKind
from simlingo_model.checkpoint import load_model, save_model
from simlingo_model.mean_image import write_mean_image
from simlingo_model.model_card import ModelCard, TrainedIn
from simlingo_model.network import SimLingoNetwork
from simlingo_model.presets import build_network, mini_tokenizer
from simlingo_model.processor import Processor
from simlingo_sim.town.splits import Split
from simlingo_training.batches import BatchMaker, image_paths
from simlingo_training.episodes import EpisodeFolder, find_episodes
from simlingo_training.label import is_labelled, label_episode
from simlingo_training.loop import RunFolder, TrainingLoop
from simlingo_training.measurements import read_gz
from simlingo_training.recipe import Recipe
from simlingo_training.samples import FrameSample, read_episode
from simlingo_training.speech import say
from simlingo_training.tile_store import TileStore
from simlingo_training.validation import draw_sheet, errors, predict

logger = logging.getLogger(__name__)

RENDER_PRESET = 'embedded simulator, quality plain, 1024x512, 110 degrees, at (-1.5, 0, 2.0) m'
READERS = 2
STAY_STRIDE = 3
VALIDATION_SEED = 100
BAD = ('collisions_layout', 'collisions_pedestrian', 'collisions_vehicle', 'red_light')


def train(
    recipe: Recipe,
    data: Path,
    out: Path,
    *,
    validation_seed: int = VALIDATION_SEED,
    is_blind: bool = False,
    frames: int | None = None,
    start_from: Path | None = None,
) -> Path:
    """Train by a recipe, or go on with a run; returns the folder of the checkpoint.

    Args:
        recipe: what and how.
        data: root of the data set.
        out: run folder.
        validation_seed: drives of this seed are held out; they are validated on where there are
            none in the validation town.
        is_blind: show the mean image.
        frames: train on at most so many, spread over the drives; None: on all.
        start_from: folder of a model whose weights to begin with; None: from nothing.

    Raises:
        ConfigError: there is nothing to train or to validate on, or a drive in a test town.
    """
    drives = [drive for drive in find_episodes(data) if is_good(drive)]
    trained_on, held_out = hold_out(drives, validation_seed)
    samples = load(trained_on, 'reading drives')
    validation = spread(load(held_out, 'reading held-out drives'), recipe.validation_frames)
    if not samples or not validation:
        raise ConfigError(
            f'{data} holds {len(samples)} frames to train on and {len(validation)} of the '
            f'validation town or of seed {validation_seed} to validate on; '
            'collect drives in training towns and drives of the route set val'
        )
    if frames is not None:
        samples = spread(samples, frames)
    network, processor, before = _begin(recipe, start_from)
    tiles = TileStore.build(data / 'cache', image_paths(samples), processor)
    maker = BatchMaker(samples, tiles, processor, recipe, is_blind=is_blind)
    run = _Run(recipe, out, processor, validation, tiles if is_blind else None, len(samples))
    run.before = before
    loop = TrainingLoop(network, maker, recipe, RunFolder(path=out), run.on_epoch)
    run.network = loop.network
    run.write_manifest(data, len(drives))
    # Always: a model that sees can be asked what it would do with its eyes closed.
    write_mean_image(run.checkpoint, tiles.mean())
    loop.run()
    return run.checkpoint


def _begin(recipe: Recipe, start_from: Path | None) -> tuple[SimLingoNetwork, Processor, str]:
    """Return what is trained, and what its weights have learned from before, in words."""
    if start_from is None:
        return *build_network(recipe.model, mini_tokenizer(), recipe.seed), ''
    model = load_model(start_from)
    return model.network, model.processor, f'; before that: {model.card.trained_on}'


def is_good(drive: EpisodeFolder) -> bool:
    """Tell whether a drive is worth imitating: no collision and no red light run."""
    return not set(read_gz(drive.results)['infractions']) & set(BAD)


def hold_out(
    drives: Sequence[EpisodeFolder], validation_seed: int
) -> tuple[list[EpisodeFolder], list[EpisodeFolder]]:
    """Return the drives to train on and those to validate on.

    Raises:
        ConfigError: a drive is in a town kept for tests.
    """
    kept = [drive for drive in drives if drive.split is Split.TEST]
    if kept:
        raise ConfigError(
            f'{kept[0].data} is in a town kept for tests, as are {len(kept) - 1} more; '
            'remove them from the data set'
        )
    in_town = [drive for drive in drives if drive.split is Split.VALIDATION]
    others = [drive for drive in drives if drive.split is Split.TRAINING]
    of_seed = [drive for drive in others if is_of_seed(drive, validation_seed)]
    return [drive for drive in others if drive not in of_seed], in_town or of_seed


def is_of_seed(drive: EpisodeFolder, seed: int) -> bool:
    """Tell whether a drive was made with a seed, by the name of its variant."""
    return drive.relative.parent.name.endswith(f'_seed_{seed}')


def load(drives: Sequence[EpisodeFolder], words: str) -> list[FrameSample]:
    """Read the samples of drives over processes; drives without labels get them first."""
    parallel = joblib.Parallel(n_jobs=READERS, return_as='generator')
    read = parallel(joblib.delayed(_load_episode)(drive) for drive in drives)
    return [sample for found in track(read, words, total=len(drives)) for sample in found]


def _load_episode(drive: EpisodeFolder) -> list[FrameSample]:
    if not is_labelled(drive):
        label_episode(drive)
    return thin(read_episode(drive))


def thin(samples: Iterable[FrameSample]) -> list[FrameSample]:
    """Keep every third frame of a standing car: they are nearly the same."""
    return [s for s in samples if not s.stays or s.frame % STAY_STRIDE == 0]


def spread(samples: Sequence[FrameSample], count: int) -> list[FrameSample]:
    """Return at most ``count`` samples, evenly spread."""
    step = max(1, -(-len(samples) // count))
    return list(samples[::step])


class _Run:
    """What happens after each epoch."""

    def __init__(
        self,
        recipe: Recipe,
        out: Path,
        processor: Processor,
        validation: Sequence[FrameSample],
        mean_of: TileStore | None,
        frames: int,
    ) -> None:
        self._recipe, self._out, self._processor = recipe, out, processor
        self._validation, self._frames = validation, frames
        self._image = mean_of.mean() if mean_of is not None else None
        self.network: SimLingoNetwork | None = None
        self.before = ''
        self.checkpoint = out / 'checkpoint'

    def write_manifest(self, data: Path, drives: int) -> None:
        """Write what this run is made of."""
        content = {
            'recipe': dataclasses.asdict(
                dataclasses.replace(self._recipe, bucket_weights=dict(self._recipe.bucket_weights))
            ),
            'data': str(data),
            'drives': drives,
            'frames': self._frames,
            'is_blind': self._image is not None,
        }
        self._out.mkdir(parents=True, exist_ok=True)
        (self._out / 'manifest.json').write_text(json.dumps(content, indent=2, default=str) + '\n')

    def on_epoch(self, epoch: int) -> None:
        """Validate, draw, save."""
        network = self.network
        if network is None:
            raise ConfigError('the run has no network yet')
        plans = predict(network, self._processor, self._validation, image=self._image)
        table = errors(self._validation, plans)
        with (self._out / 'validation.jsonl').open('a') as file:
            file.write(json.dumps({'epoch': epoch} | table) + '\n')
        logger.info('epoch %d: %s', epoch, table['all'])
        texts = say(network, self._processor, self._validation, self._image)
        draw_sheet(self._out / f'epoch_{epoch:03d}.jpg', self._validation, plans, texts)
        save_model(self.checkpoint, network, self._processor, self._card(table, epoch))

    def _card(self, table: dict[str, dict[str, float]], epoch: int) -> ModelCard:
        numbers: dict[str, Any] = {
            f'{kind}: {name.removesuffix("_m")} error on held-out drives [m]': round(value, 3)
            for kind, row in table.items()
            for name, value in row.items()
            if name.endswith('_m')
        }
        return ModelCard(
            title=f'SimLingo {self._recipe.name}',
            trained_on=f'{self._frames} frames of the expert in the training towns of the '
            f'embedded simulator, {epoch} epochs{self.before}',
            trained_in=tasks_of(self._recipe),
            render_preset=RENDER_PRESET,
            notes=('Knows the embedded simulator only; no real street, no CARLA image.',),
            numbers=numbers,
        )


def tasks_of(recipe: Recipe) -> TrainedIn:
    """Return what a recipe trains besides driving: what its second questions ask for."""
    asks_twice = recipe.second_question_share > 0.0
    instructs = asks_twice and recipe.dream_share > 0.0
    kinds = tuple(kind.value for kind in ManoeuvreKind) if instructs else ()
    return TrainedIn(commentary=asks_twice and recipe.dream_share < 1.0, instructions=kinds)
