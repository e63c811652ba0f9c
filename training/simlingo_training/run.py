# SPDX-License-Identifier: Apache-2.0
"""A whole training run: data in, checkpoint with card, curves and images out."""

from __future__ import annotations

import dataclasses
import json
from collections import Counter
from pathlib import Path

from simlingo_core.errors import ConfigError
from simlingo_core.files import write_atomically
from simlingo_model.checkpoint import load_model
from simlingo_model.mean_image import write_mean_image
from simlingo_model.network import SimLingoNetwork
from simlingo_model.presets import build_network, mini_tokenizer
from simlingo_model.processor import Processor
from simlingo_training.batches import BatchMaker, Share, image_paths
from simlingo_training.data_problems import DataProblem, report_problems, table_console
from simlingo_training.episodes import find_episodes
from simlingo_training.epoch_report import EpochReport
from simlingo_training.jpeg_files import undecodable
from simlingo_training.loop import TrainingLoop, make_accelerator
from simlingo_training.recipe import Recipe
from simlingo_training.run_folder import RunFolder
from simlingo_training.samples import FrameSample
from simlingo_training.tile_store import TileStore
from simlingo_training.training_data import choose_episodes, hold_out, load, spread

VALIDATION_SEED = 100
MAX_BROKEN_FILES = 20


@dataclasses.dataclass(frozen=True, kw_only=True)
class RunOptions:
    """What a run does besides its recipe.

    Attributes:
        validation_seed: episodes of this seed are held out; they are validated on where there are
            none in the validation town.
        is_blind: show the mean image.
        frames: train on at most so many, spread over the episodes; None: on all.
        start_from: folder of a model whose weights to begin with; None: from nothing.
        max_broken_files: so many files of the data set may be unusable; the frames that need them
            are left out.
    """

    validation_seed: int = VALIDATION_SEED
    is_blind: bool = False
    frames: int | None = None
    start_from: Path | None = None
    max_broken_files: int = MAX_BROKEN_FILES


@dataclasses.dataclass(frozen=True, kw_only=True)
class _Data:
    """Frames to train on and to validate on, and what was left out."""

    samples: list[FrameSample]
    validation: list[FrameSample]
    episodes: int
    left_out: dict[str, int]
    problems: list[DataProblem]


def train(recipe: Recipe, data: Path, out: Path, options: RunOptions | None = None) -> Path:
    """Train by a recipe, or go on with a run; returns the folder of the checkpoint.

    With more than one process (``accelerate launch``, ``torchrun``) each learns from its share of
    every batch, and the first one writes.

    Args:
        recipe: what and how.
        data: root of the data set.
        out: run folder.
        options: what is not part of the recipe.

    Raises:
        ConfigError: there is nothing to train or to validate on, an episode is in a test town, or
            too many files are broken.
    """
    options = options or RunOptions()
    accelerator = make_accelerator(recipe)
    network, processor, earlier = _begin(recipe, options.start_from)
    # The others find labels and tiles made.
    with accelerator.main_process_first():
        found = _read(recipe, data, options)
        store = TileStore.build(data / 'cache', image_paths(found.samples), processor)
    problems = [*found.problems, *store.problems]
    console = table_console(is_quiet=not accelerator.is_main_process)
    for reason, count in found.left_out.items():
        console.print(f'{count} episodes left out: {reason}')
    report_problems(problems, data, options.max_broken_files, console)
    report = EpochReport(
        recipe=recipe,
        out=out,
        network=network,
        processor=processor,
        validation=found.validation,
        frames=len(found.samples),
        image=store.mean() if options.is_blind else None,
        earlier=earlier,
    )
    if accelerator.is_main_process:
        _write_manifest(report, data, found, len(problems))
        # Always: a model that sees can be asked what it would do with the mean image.
        write_mean_image(report.checkpoint, store.mean())
    share = Share(accelerator.process_index, accelerator.num_processes)
    maker = BatchMaker(
        found.samples, store, processor, recipe, is_blind=options.is_blind, share=share
    )
    TrainingLoop(network, maker, recipe, RunFolder(path=out), accelerator, report.write).run()
    return report.checkpoint


def _read(recipe: Recipe, data: Path, options: RunOptions) -> _Data:
    choice = choose_episodes(find_episodes(data))
    trained_on, held_out = hold_out(choice.good, options.validation_seed)
    samples, broken = load(trained_on, 'reading episodes')
    held_out_samples, held_out_broken = load(held_out, 'reading held-out episodes')
    problems = [*choice.problems, *broken, *held_out_broken]
    validation = spread(held_out_samples, recipe.validation_frames)
    bad = undecodable([sample.image_path for sample in validation])
    validation = [sample for sample in validation if sample.image_path not in bad]
    if not samples or not validation:
        raise ConfigError(
            f'{data} holds {len(samples)} frames to train on and {len(validation)} of the '
            f'validation town or of seed {options.validation_seed} to validate on; '
            'collect episodes in training towns and episodes of the route set val'
        )
    if options.frames is not None:
        samples = spread(samples, options.frames)
    return _Data(
        samples=samples,
        validation=validation,
        episodes=len(choice.good),
        left_out=choice.left_out,
        problems=[*problems, *bad.values()],
    )


def _begin(recipe: Recipe, start_from: Path | None) -> tuple[SimLingoNetwork, Processor, str]:
    """Return what is trained, and what its weights have learned from before, in words."""
    if start_from is None:
        return *build_network(recipe.model, mini_tokenizer(), recipe.seed), ''
    model = load_model(start_from)
    return model.network, model.processor, f'; before that: {model.card.trained_on}'


def _write_manifest(report: EpochReport, data: Path, found: _Data, broken_files: int) -> None:
    """Write what a run is made of."""
    recipe = dataclasses.replace(report.recipe, bucket_weights=dict(report.recipe.bucket_weights))
    content = {
        'recipe': dataclasses.asdict(recipe),
        'data': str(data),
        'episodes': found.episodes,
        'episodes_left_out': found.left_out,
        'frames': report.frames,
        'dreams': Counter(dream.mode for sample in found.samples for dream in sample.dreams),
        'broken_files': broken_files,
        'is_blind': report.image is not None,
    }
    write_atomically(
        report.out / 'manifest.json', json.dumps(content, indent=2, default=str) + '\n'
    )
