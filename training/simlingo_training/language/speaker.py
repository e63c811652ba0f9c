# SPDX-License-Identifier: Apache-2.0
"""A model that speaks first and plans then, as upstream's evaluation runs it (exact order)."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from simlingo_core.capabilities import PolicyCapabilities
from simlingo_evaluation.language.dream_rules import Trajectory
from simlingo_model import prompts
from simlingo_model.engines.loading import load_for_driving
from simlingo_model.mean_image import read_mean_image
from simlingo_model.model_names import ModelChoice
from simlingo_model.passes import Passes
from simlingo_model.processor import Processor, to_checkpoint_frame
from simlingo_training.language.items import LanguageItem


@dataclass(frozen=True, kw_only=True)
class Spoken:
    """What a model says and plans.

    Attributes:
        text: generated, without markers.
        planned: after that text.
    """

    text: str
    planned: Trajectory


class Speaker:
    """Asks a model about recorded frames.

    Args:
        processor: of the network.
        passes: how the network is run.
        capabilities: what it was trained in.
        name: of the model, for tables.
        mean_image: shown instead of every image, for a blind model; None: the real ones.
    """

    def __init__(
        self,
        processor: Processor,
        passes: Passes,
        capabilities: PolicyCapabilities,
        name: str,
        mean_image: NDArray[np.uint8] | None = None,
    ) -> None:
        self.capabilities, self.name = capabilities, name
        self._processor, self._passes = processor, passes
        self._mean_image = mean_image
        self._seen: tuple[Path, Tensor] | None = None

    @classmethod
    def load(
        cls,
        choice: ModelChoice,
        *,
        tokenizer_folder: Path | None = None,
        device: str = 'auto',
        engine: str = 'auto',
    ) -> Speaker:
        """Load a model (see ``engines.loading.load_for_driving``).

        Raises:
            BackendError: the engine or the device is not available.
            CheckpointError: the model cannot be read.
        """
        model, passes = load_for_driving(
            choice.folder, tokenizer_folder=tokenizer_folder, device=device, engine=engine
        )
        config = model.network.config
        return cls(
            model.processor,
            passes,
            model.card.tasks.capabilities,
            config.name,
            read_mean_image(choice.folder, config) if choice.is_blind else None,
        )

    @torch.inference_mode()
    def ask(self, item: LanguageItem) -> Spoken:
        """Have the model answer a prompt and plan after its own text."""
        encoder = self._processor.encoder
        question = encoder.question(item.prompt)
        config = self._processor.config
        capacity = len(question) + config.max_answer_tokens + config.action.queries
        sequence = self._passes.begin(self._features(item), self._points(item), capacity)
        sequence.prefill(question)
        generated = list(sequence.generate(encoder.end_id, config.max_answer_tokens))
        points = sequence.prefill_and_act((), generated[-1:])
        text = self._processor.tokenizer.decode(generated)
        return Spoken(text=prompts.without_markers(text), planned=self._trajectory(points))

    @torch.inference_mode()
    def plan_after(self, item: LanguageItem, text: str) -> Trajectory:
        """Return the plan of a model into whose mouth a text is put.

        Args:
            item: frame and prompt.
            text: that stands in the place of its own; the marker of the waypoints is added.
        """
        encoder = self._processor.encoder
        answer = prompts.commentary_answer(text) if text else prompts.WAYPOINTS_ANSWER
        points, _ = self._passes.act(
            self._features(item),
            self._points(item),
            encoder.question(item.prompt),
            encoder.answer(answer),
        )
        return self._trajectory(points)

    def _features(self, item: LanguageItem) -> Tensor:
        path = item.folder.image(item.frame)
        if self._seen is None or self._seen[0] != path:
            tiles = self._mean_image
            if tiles is None:
                tiles = self._processor.tiles(path.read_bytes())
            self._seen = (path, self._passes.encode(torch.from_numpy(tiles)[None]))
        return self._seen[1]

    def _points(self, item: LanguageItem) -> Tensor:
        return to_checkpoint_frame(item.expert.target_points_base_m)[None]

    def _trajectory(self, points: Tensor) -> Trajectory:
        points_base_m = self._processor.points_from_network(points)
        path, speed = np.split(points_base_m, [self._processor.config.action.path_points])
        return Trajectory(path_base_m=path, speed_waypoints_base_m=speed)
