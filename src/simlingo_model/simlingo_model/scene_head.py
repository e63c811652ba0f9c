# SPDX-License-Identifier: Apache-2.0
"""What image tokens should know: an auxiliary head that names the objects in each cell.

It exists in training only.  Points and text say little about where in the image a pedestrian or a
lamp is; this head asks the image tokens for it directly, so that rare objects are learned from few
frames (auxiliary supervision, as TransFuser has it: Chitta et al. 2023).
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from simlingo_model.config import ModelConfig
from simlingo_model.image import tile_grid

CHANNELS = (
    'vehicle',
    'two_wheeler',
    'walker',
    'obstacle',
    'red_lamp',
    'green_lamp',
    'stop_sign',
    'own_red_lamp',
    'own_green_lamp',
    'own_stop_sign',
)
"""What a cell may show; ``own``: one that holds for the car.  A yellow lamp counts as red."""
QUARTERS_PER_M = 4
"""Distances are counted in quarters of a metre, from 1 to 255."""
USUALLY_NOT = -3.0
"""Log-odds of a channel before anything is learned."""
RARE_WEIGHT = 4.0
"""Factor of cells that show something: most show nothing."""


class SceneGrid:
    """The cells of an image: ``unshuffle`` x ``unshuffle`` in each image token.

    Args:
        config: of the network.

    Attributes:
        columns, rows: cells of the whole image.
    """

    def __init__(self, config: ModelConfig) -> None:
        image, vision = config.image, config.vision
        self.tile_columns, self.tile_rows = tile_grid(
            image.camera_width_px, image.cropped_height_px, image.max_tiles, vision.tile_px
        )
        self.in_token = vision.unshuffle
        self.tokens_in_tile = vision.tile_px // vision.patch_px // vision.unshuffle
        in_tile = self.tokens_in_tile * self.in_token
        self.columns, self.rows = self.tile_columns * in_tile, self.tile_rows * in_tile

    def arrange(self, cells: Tensor) -> Tensor:
        """Put what the head says of each token where it lies in the image.

        Args:
            cells: (images, tokens, cells of a token * channels).

        Returns:
            (images, rows, columns, channels).
        """
        side, part = self.tokens_in_tile, self.in_token
        parts = cells.reshape(
            len(cells), self.tile_rows, self.tile_columns, side, side, part, part, -1
        )
        return parts.permute(0, 1, 3, 5, 2, 4, 6, 7).reshape(
            len(cells), self.rows, self.columns, -1
        )


class SceneHead(nn.Module):
    """Says of each cell what it shows, and how far the nearest of it is.

    Args:
        config: of the network.
    """

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self._grid = SceneGrid(config)
        outputs = (len(CHANNELS) + 1) * self._grid.in_token**2
        self.cells = nn.Linear(config.decoder.width, outputs)
        # At first nothing is seen anywhere, as in most cells.
        nn.init.zeros_(self.cells.weight)
        nn.init.constant_(self.cells.bias, USUALLY_NOT)

    def forward(self, features: Tensor, scene: Tensor) -> Tensor:
        """Return the loss of each image, (images,).

        Args:
            features: image tokens, (images, tokens, width).
            scene: uint8 (images, rows, columns, channels + 1): 1 where a channel holds, then the
                distance in quarters of a metre, 0 where a cell shows nothing.
        """
        output = self._grid.arrange(self.cells(features)).float()
        shown, distance = scene[..., :-1].float(), scene[..., -1].float()
        weight = 1.0 + (RARE_WEIGHT - 1.0) * shown
        missed = functional.binary_cross_entropy_with_logits(
            output[..., :-1], shown, weight, reduction='none'
        )
        is_shown = distance > 0.0
        log_distance = torch.log(distance.clamp(min=1.0) / QUARTERS_PER_M)
        away = (
            functional.smooth_l1_loss(output[..., -1], log_distance, reduction='none') * is_shown
        )
        count = is_shown.flatten(1).sum(1).clamp(min=1)
        return missed.sum(-1).flatten(1).mean(1) + away.flatten(1).sum(1) / count
