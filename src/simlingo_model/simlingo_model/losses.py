# SPDX-License-Identifier: Apache-2.0
"""The three losses of the paper, each per element."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional


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
    """

    language: Tensor
    language_sample: Tensor
    path: Tensor
    speed: Tensor
    predicted_path: Tensor
    predicted_speed: Tensor

    def averages(self) -> dict[str, Tensor]:
        """Return the averages upstream adds up; a batch without text has language loss 0."""
        language = self.language.mean() if self.language.numel() else self.path.new_zeros(())
        return {'language': language, 'path': self.path.mean(), 'speed': self.speed.mean()}

    def total(self, *, language_weight: float = 1.0) -> Tensor:
        """Return the weighted sum; with the default weight it is upstream's loss."""
        means = self.averages()
        return language_weight * means['language'] + (means['path'] + means['speed'])


def point_loss(predicted: Tensor, label: Tensor) -> Tensor:
    """Smooth L1 (beta 1 m) summed over x and y: (batch, points, 2) to (batch, points)."""
    return functional.smooth_l1_loss(predicted, label.to(predicted.dtype), reduction='none').sum(
        -1
    )


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
