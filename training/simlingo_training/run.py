# SPDX-License-Identifier: Apache-2.0
"""A whole training run: data in, checkpoint with card, curves and images out."""

from __future__ import annotations

import contextlib
import dataclasses
import json
from pathlib import Path
from typing import Any

import numpy as np
from accelerate import Accelerator
from numpy.typing import NDArray

from simlingo_core.errors import ConfigError
from simlingo_core.files import write_atomically
from simlingo_model.backbone import load_backbone
from simlingo_model.checkpoint import load_model
from simlingo_model.mean_image import write_mean_image
from simlingo_model.network import SimLingoNetwork
from simlingo_model.presets import build_network, mini_tokenizer, stand_in_tokenizer
from simlingo_model.processor import Processor
from simlingo_model.tokenizer import TextTokenizer
from simlingo_training.batches import BatchMaker, Share, Tiles
from simlingo_training.bucket_file import (
    FamilyShare,
    draw_shares,
    find_buckets,
    frame_key,
    mixture_table,
)
from simlingo_training.data_problems import DataProblem, report_problems, table_console
from simlingo_training.episodes import find_episodes
from simlingo_training.epoch_report import EpochReport
from simlingo_training.image_reader import GB, FileCache, ImageReader
from simlingo_training.jpeg_files import undecodable
from simlingo_training.loop import TrainingLoop, make_accelerator
from simlingo_training.overrides import as_plain
from simlingo_training.paraphrases import Paraphrases
from simlingo_training.recipe import MINI_VOCABULARY, STAND_IN_VOCABULARY, Recipe
from simlingo_training.run_folder import RunFolder
from simlingo_training.sample_store import SampleStore, image_paths
from simlingo_training.samples import FrameSample
from simlingo_training.scene_targets import SceneLabeller
from simlingo_training.tile_store import TileStore
from simlingo_training.training_data import choose_episodes, hold_out, load, spread
from simlingo_training.weight_average import make_average

VALIDATION_SEED = 100
MIXTURE_STEPS = 200
"""Steps whose questions are counted for the report of the mixture."""
MAX_BROKEN_FILES = 20
SAMPLES_FILE, HELD_OUT_FILE = 'samples.bin', 'held_out.bin'


@dataclasses.dataclass(frozen=True, kw_only=True)
class RunOptions:
    """What a run does besides its recipe.

    Attributes:
        validation_seed: episodes of this seed are held out; they are validated on where there are
            none in the validation town.
        is_blind: show the mean image.
        frames: train on at most so many, spread over the episodes; None: on all.
        start_from: folder of a model whose weights to begin with; None: from nothing.
        stop_after: end after so many more steps, for machines with a time limit; None: at the end.
        backbone: folder of InternVL2-1B (or InternVL3-1B): its weights and tokenizer; None: random
            weights.
        max_broken_files: so many files of the data set may be unusable; the frames that need them
            are left out.
    """

    validation_seed: int = VALIDATION_SEED
    is_blind: bool = False
    frames: int | None = None
    start_from: Path | None = None
    backbone: Path | None = None
    stop_after: int | None = None
    max_broken_files: int = MAX_BROKEN_FILES


@dataclasses.dataclass(frozen=True, kw_only=True)
class _Data:
    """Frames to train on and to validate on, and what was left out."""

    samples: SampleStore
    validation: list[FrameSample]
    episodes: int
    left_out: dict[str, int]
    problems: list[DataProblem]
    shares: NDArray[np.float64] | None
    mixture: list[FamilyShare]


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
    if options.is_blind:
        # The mean image shows nothing that could be named.
        loss = dataclasses.replace(recipe.loss, scene_weight=0.0)
        recipe = dataclasses.replace(recipe, loss=loss)
    accelerator = make_accelerator(recipe)
    network, processor, earlier = _begin(recipe, options)
    found, tiles = _open_data(recipe, data, out, options, processor, accelerator)
    problems = [*found.problems, *tiles.problems]
    console = table_console(is_quiet=not accelerator.is_main_process)
    for reason, count in found.left_out.items():
        console.print(f'{count} episodes left out: {reason}')
    report_problems(problems, data, options.max_broken_files, console)
    share = Share(accelerator.process_index, accelerator.num_processes)
    maker = _make_batches(recipe, data, found, tiles, processor, share, is_blind=options.is_blind)
    average = make_average(network, recipe.optim.ema_decay, accelerator)
    report = EpochReport(
        recipe=recipe,
        out=out,
        network=average.network if average else network,
        processor=processor,
        validation=found.validation,
        frames=len(found.samples),
        image=tiles.mean() if options.is_blind else None,
        earlier=earlier,
    )
    if accelerator.is_main_process:
        mixture = mixture_of(found.mixture, maker)
        console.print(mixture_table(found.mixture) if found.mixture else mixture)
        _write_manifest(report, data, found, len(problems), mixture)
        # Always: a model that sees can be asked what it would do with the mean image.
        write_mean_image(report.checkpoint, tiles.mean())
    loop = TrainingLoop(
        network,
        maker,
        recipe,
        RunFolder(path=out),
        accelerator,
        report.write,
        on_images=report.draw,
        average=average,
    )
    loop.run(options.stop_after)
    return report.checkpoint


def _open_data(
    recipe: Recipe,
    data: Path,
    out: Path,
    options: RunOptions,
    processor: Processor,
    accelerator: Accelerator,
) -> tuple[_Data, Tiles]:
    # The other processes find samples and tiles made.
    with accelerator.main_process_first():
        found = _read(recipe, data, options, out, accelerator)
        tiles = _open_images(recipe, data, found.samples, processor)
    accelerator.wait_for_everyone()
    if accelerator.is_main_process:
        # All have them open: they take no room once the run has ended.
        for name in (SAMPLES_FILE, HELD_OUT_FILE):
            SampleStore.remove(out / name)
        with contextlib.suppress(OSError):
            out.rmdir()  # a run that is refused leaves no folder
    return found, tiles


def _make_batches(
    recipe: Recipe,
    data: Path,
    found: _Data,
    tiles: Tiles,
    processor: Processor,
    share: Share,
    *,
    is_blind: bool,
) -> BatchMaker:
    return BatchMaker(
        found.samples,
        tiles,
        processor,
        recipe,
        is_blind=is_blind,
        share=share,
        shares=found.shares,
        paraphrases=Paraphrases.find(data),
    )


def _open_images(recipe: Recipe, data: Path, samples: SampleStore, processor: Processor) -> Tiles:
    paths, images = image_paths(samples), recipe.images
    if images.prepares_tiles:
        return TileStore.build(data / 'cache', paths, processor)
    cache = None
    if images.cache_folder:
        cache = FileCache(Path(images.cache_folder), int(images.cache_gb * GB))
        if images.is_staged:
            cache.stage(paths)
    return ImageReader(paths, processor, cache)


def mixture_of(families: list[FamilyShare], maker: BatchMaker) -> dict[str, Any]:
    """Return the realised mixture: families as drawn, questions of the first steps by kind."""
    kinds = maker.kinds(min(MIXTURE_STEPS, maker.steps_per_epoch))
    total = sum(kinds.values())
    return {
        'families': [dataclasses.asdict(row) for row in families],
        'questions': {kind: count / total for kind, count in kinds.most_common()},
    }


def _read(
    recipe: Recipe, data: Path, options: RunOptions, out: Path, accelerator: Accelerator
) -> _Data:
    """Choose the frames; the first process reads them, the others open what it has written."""
    choice = choose_episodes(find_episodes(data))
    trained_on, held_out = hold_out(choice.good, options.validation_seed)
    files = out / SAMPLES_FILE, out / HELD_OUT_FILE
    problems = list(choice.problems)
    if accelerator.is_main_process:
        labeller = SceneLabeller(config=recipe.model) if recipe.loss.scene_weight else None
        samples, broken = load(trained_on, 'reading episodes', files[0], labeller)
        held_out_samples, held_out_broken = load(held_out, 'reading held-out episodes', files[1])
        problems += [*broken, *held_out_broken]
    else:
        samples, held_out_samples = SampleStore(files[0]), SampleStore(files[1])
    validation = list(spread(held_out_samples, recipe.validation_frames))
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
    shares: NDArray[np.float64] | None = None
    mixture: list[FamilyShare] = []
    if recipe.mix.families:
        keys = [frame_key(folder, frame) for folder, frame in samples.places()]
        shares, mixture = draw_shares(keys, recipe.mix.families, find_buckets(data))
    return _Data(
        shares=shares,
        mixture=mixture,
        samples=samples,
        validation=validation,
        episodes=len(choice.good),
        left_out=choice.left_out,
        problems=[*problems, *bad.values()],
    )


def _begin(recipe: Recipe, options: RunOptions) -> tuple[SimLingoNetwork, Processor, str]:
    """Return what is trained, and what its weights have learned from before, in words."""
    start_from = options.start_from
    if start_from is not None:
        model = load_model(start_from, merges_lora=recipe.model.lora is None)
        return model.network, model.processor, f'; before that: {model.card.trained_on}'
    network, processor = build_network(recipe.model, _vocabulary(recipe, options), recipe.seed)
    if options.backbone is None:
        return network, processor, ''
    load_backbone(network, options.backbone)
    return network, processor, f'; before that: the weights of {options.backbone.name}'


def _vocabulary(recipe: Recipe, options: RunOptions) -> TextTokenizer:
    """Return the tokenizer that a recipe names, else that of the backbone."""
    if recipe.vocabulary == MINI_VOCABULARY or not recipe.has_language:
        return mini_tokenizer()
    if recipe.vocabulary == STAND_IN_VOCABULARY:
        return stand_in_tokenizer()
    if recipe.vocabulary:
        return TextTokenizer.load(Path(recipe.vocabulary))
    if options.backbone is not None:
        return TextTokenizer.load(options.backbone)
    raise ConfigError(
        f'recipe {recipe.name} needs the tokenizer of its backbone: give the folder of '
        'InternVL2-1B with --backbone, or vocabulary=FOLDER; vocabulary=stand_in tries a run out '
        'with random weights'
    )


def _write_manifest(
    report: EpochReport, data: Path, found: _Data, broken_files: int, mixture: dict[str, Any]
) -> None:
    """Write what a run is made of."""
    content = {
        'recipe': as_plain(report.recipe),
        'data': str(data),
        'episodes': found.episodes,
        'episodes_left_out': found.left_out,
        'frames': report.frames,
        'dreams': found.samples.dream_modes(),
        'broken_files': broken_files,
        'is_blind': report.image is not None,
        'mixture': mixture,
    }
    write_atomically(
        report.out / 'manifest.json', json.dumps(content, indent=2, default=str) + '\n'
    )
