# SPDX-License-Identifier: Apache-2.0
"""The three losses of the paper, each per element."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

SMOOTH_L1, MSE = 'smooth_l1', 'mse'
"""Losses of points."""


@dataclass(frozen=True, kw_only=True)
class LossTerms:
    """Losses before they are averaged.

    Attributes:
        language: cross entropy of every learned token, shape (tokens,).
        language_sample: which sample each of those tokens belongs to, shape (tokens,).
        path: smooth L1 summed over x and y, shape (batch, 20).
        speed: the same for speed waypoints, shape (batch, 10).
        predicted_path: checkpoint frame, metres, shape (batch, 20, 2).
        predicted_speed: checkpoint frame, metres, shape (batch, 10, 2).
        scene: of the auxiliary head, shape (images,); None: there is none.
    """

    language: Tensor
    language_sample: Tensor
    path: Tensor
    speed: Tensor
    predicted_path: Tensor
    predicted_speed: Tensor
    scene: Tensor | None = None

    def averages(self) -> dict[str, Tensor]:
        """Return the averages upstream adds up; a batch without text has language loss 0."""
        language = self.language.mean() if self.language.numel() else self.speed.new_zeros(())
        # A model without path queries has none.
        path = self.path.mean() if self.path.numel() else self.speed.new_zeros(())
        averages = {'language': language, 'path': path, 'speed': self.speed.mean()}
        if self.scene is not None:
            averages['scene'] = self.scene.mean()
        return averages

    def counts(self) -> dict[str, int]:
        """Return how many elements each average is taken over."""
        counts = {
            'language': self.language.numel(),
            'path': self.path.numel(),
            'speed': self.speed.numel(),
        }
        if self.scene is not None:
            counts['scene'] = self.scene.numel()
        return counts

    def total(
        self,
        *,
        language_weight: float = 1.0,
        path_weight: float = 1.0,
        scene_weight: float = 1.0,
        factors: Mapping[str, float] | None = None,
    ) -> Tensor:
        """Return the weighted sum; with the default weights it is upstream's loss.

        Args:
            language_weight: of the language loss.
            path_weight: of the path loss.
            scene_weight: of the loss of the auxiliary head, where there is one.
            factors: of each average, where it is one of several processes'.
        """
        means = self.averages()
        if factors is not None:
            means = {name: factors[name] * mean for name, mean in means.items()}
        points = path_weight * means['path'] + means['speed']
        total = language_weight * means['language'] + points
        return total + scene_weight * means['scene'] if 'scene' in means else total


def point_loss(predicted: Tensor, label: Tensor, kind: str = SMOOTH_L1) -> Tensor:
    """Return the loss of each point, summed over x and y.

    Args:
        predicted: (batch, points, 2).
        label: the same.
        kind: ``smooth_l1`` (beta 1 m) or ``mse``.

    Returns:
        (batch, points).
    """
    loss = functional.mse_loss if kind == MSE else functional.smooth_l1_loss
    return loss(predicted, label.to(predicted.dtype), reduction='none').sum(-1)


def token_loss(logits: Tensor, targets: Tensor) -> Tensor:
    """Cross entropy of each token: (tokens, vocabulary) and (tokens,) to (tokens,)."""
    return functional.cross_entropy(logits.float(), targets, reduction='none')


def shifted_targets(ids: Tensor, learned: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Return the positions that predict learned tokens, and those tokens.

    Args:
        ids: (batch, tokens).
        learned: True for tokens that the model has to generate, bool (batch, tokens).

    Returns:
        Sample and position of each hidden state that predicts, and the id to predict.
    """
    sample, position = torch.nonzero(learned[:, 1:], as_tuple=True)
    return sample, position, ids[sample, position + 1]
