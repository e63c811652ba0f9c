# SPDX-License-Identifier: Apache-2.0
"""The training loop: one process or many (accelerate), resumable to the bit on CPU."""

from __future__ import annotations

import csv
import json
import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from accelerate import Accelerator
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from torch.optim.lr_scheduler import LambdaLR
from torch.utils.tensorboard import SummaryWriter

from simlingo_core.errors import ConfigError
from simlingo_model.batch import TrainingBatch
from simlingo_model.network import SimLingoNetwork
from simlingo_training.batches import BatchMaker
from simlingo_training.recipe import Recipe

LOG_EVERY = 20
FINAL_SHARE = 0.01
PROGRESS_FILE = 'progress.json'


@dataclass(frozen=True, kw_only=True)
class RunFolder:
    """Files of one run."""

    path: Path

    @property
    def state(self) -> Path:
        """All that is needed to go on."""
        return self.path / 'state'

    @property
    def curve(self) -> Path:
        """Losses as CSV."""
        return self.path / 'losses.csv'

    def next_step(self) -> int:
        """Return the step to go on with."""
        file = self.state / PROGRESS_FILE
        return int(json.loads(file.read_text())['next_step']) if file.is_file() else 0


def learning_rate_share(step: int, total_steps: int, warmup_steps: int) -> float:
    """Return the share of the peak rate: linear rise, then a cosine down to a hundredth."""
    if step < warmup_steps:
        return (step + 1) / warmup_steps
    done = (step - warmup_steps) / max(1, total_steps - warmup_steps)
    return FINAL_SHARE + (1.0 - FINAL_SHARE) * 0.5 * (1.0 + math.cos(math.pi * min(done, 1.0)))


class TrainingLoop:
    """Trains a network by a recipe into a run folder.

    Args:
        network: to train.
        maker: of batches.
        recipe: rates, steps, weights.
        folder: where the run lives; a run that is there already goes on.
        on_epoch: called after each epoch with its number.
    """

    def __init__(
        self,
        network: SimLingoNetwork,
        maker: BatchMaker,
        recipe: Recipe,
        folder: RunFolder,
        on_epoch: Callable[[int], None] = lambda _epoch: None,
    ) -> None:
        self._recipe, self._maker, self._folder = recipe, maker, folder
        self._on_epoch = on_epoch
        self.total_steps = recipe.epochs * maker.steps_per_epoch
        if recipe.is_compiled:
            network.compile_layers()
        self._accelerator = Accelerator(mixed_precision='bf16' if recipe.bf16 else 'no')
        optimizer = torch.optim.AdamW(
            [p for p in network.parameters() if p.requires_grad],
            lr=recipe.peak_learning_rate,
            weight_decay=recipe.weight_decay,
            betas=(0.9, 0.99),
            fused=True,
        )
        schedule = LambdaLR(
            optimizer,
            lambda step: learning_rate_share(step, self.total_steps, recipe.warmup_steps),
        )
        self.network, self._optimizer, self._schedule = self._accelerator.prepare(
            network, optimizer, schedule
        )

    def run(self, stop_after: int | None = None) -> int:
        """Train to the end of the recipe (or for ``stop_after`` more steps).

        Returns:
            The next step; equal to ``total_steps`` when the run is complete.

        Raises:
            ConfigError: the loss is not finite; the last saved state is still good.
        """
        first = self._folder.next_step()
        if first:
            self._accelerator.load_state(str(self._folder.state))
        last = (
            self.total_steps if stop_after is None else min(self.total_steps, first + stop_after)
        )
        self._folder.path.mkdir(parents=True, exist_ok=True)
        writer = SummaryWriter(str(self._folder.path / 'tensorboard'))
        started_s = time.monotonic()
        with _progress() as bar, self._folder.curve.open('a', newline='') as file:
            task = bar.add_task('training', total=self.total_steps, completed=first, loss='')
            rows = csv.writer(file)
            if not first:
                rows.writerow(['step', 'rate', 'total', 'language', 'path', 'speed', 'seconds'])
            for step, batch in enumerate(self._maker.batches(first, last), start=first):
                losses = self._learn(batch.to(self._accelerator.device))
                bar.update(task, advance=1, loss=f'loss {losses["total"]:.3f}')
                if step % LOG_EVERY == 0:
                    self._log(rows, writer, step, losses, time.monotonic() - started_s)
                    file.flush()
                if (step + 1) % self._maker.steps_per_epoch == 0:
                    self._save(step + 1)
                    self._on_epoch((step + 1) // self._maker.steps_per_epoch)
        self._save(last)
        writer.close()
        return last

    def _learn(self, batch: TrainingBatch) -> dict[str, float]:
        self.network.train()
        with self._accelerator.autocast():
            terms = self.network.training_loss(batch)
        total = terms.total(language_weight=self._recipe.language_weight)
        if not torch.isfinite(total):
            raise ConfigError(
                'the loss is not finite; lower the learning rate, or train without bf16'
            )
        self._optimizer.zero_grad(set_to_none=True)
        self._accelerator.backward(total)
        self._accelerator.clip_grad_norm_(self.network.parameters(), self._recipe.clip_norm)
        self._optimizer.step()
        self._schedule.step()
        averages = {name: value.item() for name, value in terms.averages().items()}
        return {'total': total.item(), **averages}

    def _log(
        self, rows: Any, writer: SummaryWriter, step: int, losses: dict[str, float], s: float
    ) -> None:
        rate = self._schedule.get_last_lr()[0]
        values = [losses[name] for name in ('total', 'language', 'path', 'speed')]
        rows.writerow([step, f'{rate:.3e}', *(f'{v:.5f}' for v in values), f'{s:.1f}'])
        writer.add_scalar('rate', rate, step)
        for name, value in losses.items():
            writer.add_scalar(f'loss/{name}', value, step)

    def _save(self, next_step: int) -> None:
        self._accelerator.save_state(str(self._folder.state))
        progress = self._folder.state / PROGRESS_FILE
        progress.write_text(json.dumps({'next_step': next_step}))


def _progress() -> Progress:
    return Progress(
        TextColumn('{task.description}'),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn('{task.fields[loss]}'),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
