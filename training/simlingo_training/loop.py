# SPDX-License-Identifier: Apache-2.0
"""The training loop: one process or many (accelerate), resumable to the bit on CPU."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import timedelta

import torch
from accelerate import Accelerator, InitProcessGroupKwargs
from torch.optim.lr_scheduler import LambdaLR

from simlingo_core.errors import ConfigError
from simlingo_model.batch import TrainingBatch
from simlingo_model.network import SimLingoNetwork, TrainingStep
from simlingo_training.batches import BatchMaker
from simlingo_training.recipe import Recipe
from simlingo_training.run_folder import LossLog, RunFolder

LOG_EVERY = 20
FINAL_SHARE = 0.01
LONGEST_WAIT = timedelta(hours=3)
"""For the first process, while it prepares the data set or validates."""


def learning_rate_share(step: int, total_steps: int, warmup_steps: int) -> float:
    """Return the share of the peak rate: linear rise, then a cosine down to a hundredth."""
    if step < warmup_steps:
        return (step + 1) / warmup_steps
    done = (step - warmup_steps) / max(1, total_steps - warmup_steps)
    return FINAL_SHARE + (1.0 - FINAL_SHARE) * 0.5 * (1.0 + math.cos(math.pi * min(done, 1.0)))


def make_accelerator(recipe: Recipe) -> Accelerator:
    """Return what spreads a run over devices and processes; it reads the launcher's variables."""
    return Accelerator(
        mixed_precision='bf16' if recipe.bf16 else 'no',
        # The schedule counts the steps of the run, whatever the number of processes.
        step_scheduler_with_optimizer=False,
        kwargs_handlers=[InitProcessGroupKwargs(timeout=LONGEST_WAIT)],
    )


class TrainingLoop:
    """Trains a network by a recipe into a run folder.

    Every process runs the loop on its share of each batch; gradients are averaged over the
    processes, and only the first one writes.

    Args:
        network: to train.
        maker: of this process's batches.
        recipe: rates, steps, weights.
        folder: where the run lives; a run that is there already goes on.
        accelerator: of this process, see ``make_accelerator``.
        on_epoch: called by the first process after each epoch, with its number.
    """

    def __init__(
        self,
        network: SimLingoNetwork,
        maker: BatchMaker,
        recipe: Recipe,
        folder: RunFolder,
        accelerator: Accelerator,
        on_epoch: Callable[[int], None] = lambda _epoch: None,
    ) -> None:
        self.network = network
        self._recipe, self._maker, self._folder = recipe, maker, folder
        self._on_epoch, self._accelerator = on_epoch, accelerator
        self.total_steps = recipe.epochs * maker.steps_per_epoch
        if recipe.is_compiled:
            network.compile_layers()
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
        # The step and not the network: wrappers hook into the call of what they wrap.
        self._step, self._optimizer, self._schedule = accelerator.prepare(
            TrainingStep(network), optimizer, schedule
        )

    def run(self, stop_after: int | None = None) -> int:
        """Train to the end of the recipe (or for ``stop_after`` more steps).

        Returns:
            The next step; equal to ``total_steps`` when the run is complete.

        Raises:
            ConfigError: the loss is not finite (the last saved state is still good), or the state
                in the folder is of another network.
        """
        first = self._resume()
        last = (
            self.total_steps if stop_after is None else min(self.total_steps, first + stop_after)
        )
        is_writer = self._accelerator.is_main_process
        with LossLog(self._folder, first, self.total_steps, is_writer=is_writer) as log:
            for step, batch in enumerate(self._maker.batches(first, last), start=first):
                losses = self._learn(batch.to(self._accelerator.device))
                log.show(losses['total'])
                if step % LOG_EVERY == 0:
                    log.write(step, self._schedule.get_last_lr()[0], self._mean(losses))
                if (step + 1) % self._maker.steps_per_epoch == 0:
                    self._end_epoch(step + 1)
        self._save(last)
        return last

    def _resume(self) -> int:
        """Load the state of an earlier call; returns the step to go on with."""
        with self._accelerator.main_process_first():
            first = self._folder.next_step()
        if first:
            try:
                self._accelerator.load_state(str(self._folder.state))
            except (OSError, RuntimeError, ValueError) as error:
                raise ConfigError(
                    f'the state in {self._folder.state} cannot be gone on with ({error}); '
                    'choose another run folder'
                ) from error
        return first

    def _learn(self, batch: TrainingBatch) -> dict[str, float]:
        self._step.train()
        terms = self._step(batch)
        total = terms.total(language_weight=self._recipe.language_weight)
        if not torch.isfinite(total):
            raise ConfigError(
                'the loss is not finite; lower the learning rate, or train without bf16'
            )
        self._optimizer.zero_grad(set_to_none=True)
        self._accelerator.backward(total)
        self._accelerator.clip_grad_norm_(self._step.parameters(), self._recipe.clip_norm)
        self._optimizer.step()
        self._schedule.step()
        averages = {name: value.item() for name, value in terms.averages().items()}
        return {'total': total.item(), **averages}

    def _mean(self, losses: dict[str, float]) -> dict[str, float]:
        """Return the mean over the processes; every process must call it."""
        values = torch.tensor(list(losses.values()), device=self._accelerator.device)
        means = self._accelerator.reduce(values, reduction='mean').tolist()
        return dict(zip(losses, means, strict=True))

    def _end_epoch(self, next_step: int) -> None:
        self._save(next_step)
        if self._accelerator.is_main_process:
            self._on_epoch(next_step // self._maker.steps_per_epoch)
        self._accelerator.wait_for_everyone()

    def _save(self, next_step: int) -> None:
        """Replace the saved state; an interruption leaves the old one or the new one."""
        self._accelerator.save_state(str(self._folder.new_state))
        self._accelerator.wait_for_everyone()
        if self._accelerator.is_main_process:
            self._folder.take_new_state(next_step)
        self._accelerator.wait_for_everyone()
