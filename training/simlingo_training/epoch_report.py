# SPDX-License-Identifier: Apache-2.0
"""What a run writes after each epoch: errors on held-out frames, an image of them, the model."""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simlingo_core.wordings import ManoeuvreKind
from simlingo_model.checkpoint import save_model
from simlingo_model.model_card import ModelCard, TrainedIn
from simlingo_model.network import SimLingoNetwork
from simlingo_model.processor import Processor
from simlingo_training.recipe import Recipe
from simlingo_training.samples import FrameSample
from simlingo_training.speech import describe_samples
from simlingo_training.validation import draw_sheet, errors, picked, predict

logger = logging.getLogger(__name__)

SHOWN_FRAMES = 6
"""Held-out frames that are drawn while an epoch goes on."""
RENDER_PRESET = 'embedded simulator, quality plain, 1024x512, 110 degrees, at (-1.5, 0, 2.0) m'


@dataclass(frozen=True, kw_only=True)
class EpochReport:
    """Validates, draws and saves.

    Attributes:
        recipe: of the run.
        out: run folder.
        network: in training.
        processor: of the network.
        validation: held-out frames.
        frames: how many are trained on.
        image: shown instead of every real one (for a blind model); None: the real ones.
        earlier: what the weights were trained on before this run, in words.
    """

    recipe: Recipe
    out: Path
    network: SimLingoNetwork
    processor: Processor
    validation: Sequence[FrameSample]
    frames: int
    image: NDArray[np.uint8] | None
    earlier: str

    @property
    def checkpoint(self) -> Path:
        """Where the model is saved."""
        return self.out / 'checkpoint'

    def write(self, epoch: int) -> None:
        """Write the report of an epoch and save the model."""
        plans = predict(self.network, self.processor, self.validation, image=self.image)
        table = errors(self.validation, plans)
        with (self.out / 'validation.jsonl').open('a') as file:
            file.write(json.dumps({'epoch': epoch} | table) + '\n')
        logger.info('epoch %d: %s', epoch, table['all'])
        texts = self._describe(self.validation)
        draw_sheet(self.out / f'epoch_{epoch:03d}.jpg', self.validation, plans, texts)
        save_model(self.checkpoint, self.network, self.processor, self._card(table, epoch))

    def draw(self, step: int) -> None:
        """Draw the plans of the network on a few held-out frames."""
        chosen = [self.validation[k] for k in picked(len(self.validation), SHOWN_FRAMES)]
        plans = predict(self.network, self.processor, chosen, image=self.image)
        texts = self._describe(chosen)
        draw_sheet(self.out / f'step_{step:06d}.jpg', chosen, plans, texts)

    def _describe(self, samples: Sequence[FrameSample]) -> list[str]:
        if not self.recipe.has_language:
            return [''] * len(samples)
        return describe_samples(self.network, self.processor, samples, self.image)

    def _card(self, table: dict[str, dict[str, float]], epoch: int) -> ModelCard:
        numbers: dict[str, Any] = {
            f'{kind}: {name.removesuffix("_m")} error on held-out episodes [m]': round(value, 3)
            for kind, row in table.items()
            for name, value in row.items()
            if name.endswith('_m')
        }
        return ModelCard(
            title=f'SimLingo {self.recipe.name}',
            trained_on=f'{self.frames} frames of the expert in the training towns of the '
            f'embedded simulator, {epoch} epochs{self.earlier}',
            trained_in=tasks_of(self.recipe),
            render_preset=RENDER_PRESET,
            notes=('Knows the embedded simulator only; no real street, no CARLA image.',),
            numbers=numbers,
        )


def tasks_of(recipe: Recipe) -> TrainedIn:
    """Return what a recipe trains besides driving: what its second questions ask for."""
    ask = recipe.ask
    is_upstream = ask.style == 'upstream'
    asks_more = recipe.has_language and (is_upstream or ask.second_question_share > 0.0)
    instructs = asks_more and ask.dream_share > 0.0
    kinds = tuple(kind.value for kind in ManoeuvreKind) if instructs else ()
    speaks = asks_more and ask.dream_share < 1.0
    return TrainedIn(
        commentary=speaks and ask.vqa_share < 1.0,
        questions=speaks and ask.vqa_share > 0.0,
        instructions=kinds,
        free_instructions=instructs and is_upstream,
        refusals=instructs and ask.safety_share > 0.0,
    )
