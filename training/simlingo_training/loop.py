# SPDX-License-Identifier: Apache-2.0
"""The training loop: one process or many (accelerate), resumable to the bit on CPU."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import torch
from accelerate import Accelerator, InitProcessGroupKwargs

from simlingo_core.errors import ConfigError
from simlingo_model.batch import TrainingBatch
from simlingo_model.losses import LossTerms
from simlingo_model.network import SimLingoNetwork, TrainingStep
from simlingo_model.precision import multiplies_bfloat16
from simlingo_model.scene_head import SceneHead
from simlingo_training.batches import BatchMaker
from simlingo_training.recipe import Recipe
from simlingo_training.run_folder import LossLog, RunFolder
from simlingo_training.schedule import make_optimizer, make_schedule
from simlingo_training.weight_average import WeightAverage

LONGEST_WAIT = timedelta(hours=3)
"""For the first process, while it prepares the data set or validates."""


def make_accelerator(recipe: Recipe) -> Accelerator:
    """Return what spreads a run over devices and processes; it reads the launcher's variables."""
    return Accelerator(
        mixed_precision='bf16' if recipe.bf16 and multiplies_bfloat16() else 'no',
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
        average: of the network's weights, moved after each step; None: none is kept.
        on_images: called by it every ``log.images_every_steps`` steps, with the step.
    """

    def __init__(
        self,
        network: SimLingoNetwork,
        maker: BatchMaker,
        recipe: Recipe,
        folder: RunFolder,
        accelerator: Accelerator,
        on_epoch: Callable[[int], None] = lambda _epoch: None,
        on_images: Callable[[int], None] = lambda _step: None,
        average: WeightAverage | None = None,
    ) -> None:
        self.network = network
        self._recipe, self._maker, self._folder = recipe, maker, folder
        self._on_epoch, self._accelerator = on_epoch, accelerator
        self._on_images, self._average = on_images, average
        self.total_steps = recipe.epochs * maker.steps_per_epoch
        if recipe.gradient_checkpointing:
            network.enable_gradient_checkpointing()
        if recipe.is_compiled:
            network.compile_layers()
        head = SceneHead(network.config) if recipe.loss.scene_weight else None
        step = TrainingStep(network, recipe.loss.points, head)
        optimizer = make_optimizer(step.parameters(), recipe.optim)
        schedule = make_schedule(optimizer, recipe.optim, self.total_steps)
        # The step and not the network: wrappers hook into the call of what they wrap.
        self._step, self._optimizer, self._schedule = accelerator.prepare(
            step, optimizer, schedule
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
        with LossLog(
            self._folder, first, self.total_steps, self._recipe, is_writer=is_writer
        ) as log:
            for step, batch in enumerate(self._maker.batches(first, last), start=first):
                losses = self._learn(batch.to(self._accelerator.device))
                log.show(losses['total'])
                if step % self._recipe.log.every_steps == 0:
                    log.write(step, self._schedule.get_last_lr()[0], self._mean(losses))
                self._draw(step + 1)
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
            if self._average is not None:
                self._average.load(self._folder.state)
        return first

    def _learn(self, batch: TrainingBatch) -> dict[str, float]:
        self._step.train()
        terms = self._step(batch)
        factors = self._factors(terms)
        total = terms.total(
            language_weight=self._recipe.loss.language_weight,
            path_weight=self._recipe.loss.path_weight,
            scene_weight=self._recipe.loss.scene_weight,
            factors=factors,
        )
        if not torch.isfinite(total):
            raise ConfigError(
                'the loss is not finite; lower the learning rate, or train without bf16'
            )
        self._optimizer.zero_grad(set_to_none=True)
        self._accelerator.backward(total)
        self._accelerator.clip_grad_norm_(self._step.parameters(), self._recipe.optim.clip_norm)
        self._optimizer.step()
        if self._average is not None:
            self._average.update()
        self._schedule.step()
        averages = {name: factors[name] * value.item() for name, value in terms.averages().items()}
        return {'total': total.item(), **averages}

    def _factors(self, terms: LossTerms) -> dict[str, float]:
        """Return factors that make the mean over the processes one over all their elements.

        Two processes rarely have equally many tokens; a mean of their means would not be what one
        process with both batches learns from.
        """
        counts = terms.counts()
        if self._accelerator.num_processes == 1:
            return dict.fromkeys(counts, 1.0)
        here = torch.tensor(
            list(counts.values()), dtype=torch.float64, device=self._accelerator.device
        )
        everywhere = self._accelerator.reduce(here, reduction='mean').clamp(min=1e-9)
        return dict(zip(counts, (here / everywhere).tolist(), strict=True))

    def _mean(self, losses: dict[str, float]) -> dict[str, float]:
        """Return the mean over the processes; every process must call it."""
        values = torch.tensor(list(losses.values()), device=self._accelerator.device)
        means = self._accelerator.reduce(values, reduction='mean').tolist()
        return dict(zip(losses, means, strict=True))

    def _draw(self, next_step: int) -> None:
        every = self._recipe.log.images_every_steps
        if not every or next_step % every:
            return
        if self._accelerator.is_main_process:
            self._on_images(next_step)
        self._accelerator.wait_for_everyone()

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
            if self._average is not None:
                self._average.save(self._folder.new_state)
            self._folder.take_new_state(next_step)
        self._accelerator.wait_for_everyone()
