# SPDX-License-Identifier: Apache-2.0
"""A batch of training samples as tensors."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

import torch
from torch import Tensor


@dataclass(frozen=True, kw_only=True)
class TrainingBatch:
    """Training samples (points in the checkpoint frame: x forward, y right).

    Attributes:
        tiles: uint8 RGB (images, tiles, side, side, 3).
        image_index: row of ``tiles`` of each sample, (batch,).
        ids: (batch, tokens), left-padded.
        valid: bool (batch, tokens), False for padding.
        learned: bool (batch, tokens), True where the language loss counts.
        target_points_m: (batch, 2, 2).
        path_m: label, (batch, 20, 2).
        speed_waypoints_m: label, (batch, 10, 2).
        scene: what the cells of each image show (``scene_head``), uint8 (images, rows, columns,
            channels + 1); None: not known.
    """

    tiles: Tensor
    image_index: Tensor
    ids: Tensor
    valid: Tensor
    learned: Tensor
    target_points_m: Tensor
    path_m: Tensor
    speed_waypoints_m: Tensor
    scene: Tensor | None = None

    def to(self, device: torch.device | str) -> TrainingBatch:
        """Return the batch on another device."""

        def moved(value: Any) -> Any:
            return value if value is None else value.to(device, non_blocking=True)

        return TrainingBatch(
            **{item.name: moved(getattr(self, item.name)) for item in fields(self)}
        )
