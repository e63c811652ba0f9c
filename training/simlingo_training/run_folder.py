# SPDX-License-Identifier: Apache-2.0
"""The folder of a training run: its state, and its losses as CSV and for TensorBoard."""

from __future__ import annotations

import csv
import importlib
import json
import os
import shutil
import time
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from torch.utils.tensorboard import SummaryWriter

from simlingo_core.errors import ConfigError
from simlingo_core.files import write_atomically
from simlingo_training.overrides import as_plain
from simlingo_training.recipe import Recipe

PROGRESS_FILE = 'progress.json'
COLUMNS = ('total', 'language', 'path', 'speed')
SCENE = 'scene'
"""A column more, where the recipe has the auxiliary head."""


@dataclass(frozen=True, kw_only=True)
class RunFolder:
    """Files of one run."""

    path: Path

    @property
    def state(self) -> Path:
        """All that is needed to go on."""
        return self.path / 'state'

    @property
    def new_state(self) -> Path:
        """The next state while it is being written."""
        return self.path / 'state.new'

    @property
    def curve(self) -> Path:
        """Losses as CSV."""
        return self.path / 'losses.csv'

    def next_step(self) -> int:
        """Return the step to go on with."""
        file = self.state / PROGRESS_FILE
        if not self.state.is_dir() and (self.new_state / PROGRESS_FILE).is_file():
            # Stopped between the two renames of ``take_new_state``.
            self.new_state.rename(self.state)
        return int(json.loads(file.read_text())['next_step']) if file.is_file() else 0

    def take_new_state(self, next_step: int) -> None:
        """Put the new state, which is complete, into the place of the old one."""
        write_atomically(self.new_state / PROGRESS_FILE, json.dumps({'next_step': next_step}))
        old = self.path / 'state.old'
        shutil.rmtree(old, ignore_errors=True)
        if self.state.is_dir():
            self.state.rename(old)
        self.new_state.rename(self.state)
        shutil.rmtree(old, ignore_errors=True)


class LossLog:
    """Shows and keeps the losses of a run; does nothing in all processes but the first.

    Args:
        folder: of the run.
        first: step that the run goes on with.
        total: steps of the whole run.
        recipe: of the run.
        is_writer: whether this process is the first one.
    """

    def __init__(
        self, folder: RunFolder, first: int, total: int, recipe: Recipe, *, is_writer: bool
    ) -> None:
        self._folder, self._first, self._total = folder, first, total
        self._recipe = recipe
        self._columns = (*COLUMNS, SCENE) if recipe.loss.scene_weight else COLUMNS
        self._is_writer = is_writer
        self._open = ExitStack()
        self._started_s = time.monotonic()

    def __enter__(self) -> LossLog:
        # First: it refuses what it cannot do before anything is open.
        self._wandb = begin_wandb(self._recipe, self._folder.path) if self._is_writer else None
        if self._wandb is not None:
            self._open.callback(self._wandb.finish)
        self._bar = self._open.enter_context(_progress(is_shown=self._is_writer))
        self._line = self._bar.add_task(
            'training', total=self._total, completed=self._first, loss=''
        )
        if self._is_writer:
            self._folder.path.mkdir(parents=True, exist_ok=True)
            self._file = self._open.enter_context(self._folder.curve.open('a', newline=''))
            self._rows: Any = csv.writer(self._file)
            if not self._first:
                self._rows.writerow(['step', 'rate', *self._columns, 'seconds'])
            self._tensorboard = SummaryWriter(str(self._folder.path / 'tensorboard'))
            self._open.callback(self._tensorboard.close)
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    def show(self, total_loss: float) -> None:
        """Move the progress bar on by one step."""
        self._bar.update(self._line, advance=1, loss=f'loss {total_loss:.3f}')

    def write(self, step: int, rate: float, losses: Mapping[str, float]) -> None:
        """Keep the losses of a step."""
        if not self._is_writer:
            return
        seconds = time.monotonic() - self._started_s
        values = [f'{losses[name]:.5f}' for name in self._columns]
        self._rows.writerow([step, f'{rate:.3e}', *values, f'{seconds:.1f}'])
        self._file.flush()
        self._tensorboard.add_scalar('rate', rate, step)
        for name, value in losses.items():
            self._tensorboard.add_scalar(f'loss/{name}', value, step)
        if self._wandb is not None:
            named = {f'loss/{name}': value for name, value in losses.items()}
            self._wandb.log({'rate': rate, **named}, step=step)


def begin_wandb(recipe: Recipe, folder: Path) -> Any:
    """Return a run of Weights & Biases; None: the recipe asks for none.

    Offline unless WANDB_MODE says otherwise: nothing leaves the machine unasked.

    Raises:
        ConfigError: the library is not installed.
    """
    if not recipe.log.wandb_project:
        return None
    try:
        wandb = importlib.import_module('wandb')
    except ImportError as error:
        raise ConfigError(
            'log.wandb_project is set and wandb is not installed; run pip install wandb, or leave '
            'it out: losses.csv and TensorBoard hold the same curves'
        ) from error
    folder.mkdir(parents=True, exist_ok=True)
    return wandb.init(
        project=recipe.log.wandb_project,
        name=f'{recipe.name}_{folder.name}',
        dir=str(folder),
        config=as_plain(recipe),
        mode=os.environ.get('WANDB_MODE', 'offline'),
        resume='allow',
    )


def _progress(*, is_shown: bool) -> Progress:
    return Progress(
        TextColumn('{task.description}'),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn('{task.fields[loss]}'),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        console=Console(quiet=not is_shown),
    )
