# SPDX-License-Identifier: Apache-2.0
"""Tiles to image tokens: vision tower, pixel unshuffle, projector."""

from __future__ import annotations

from functools import cache
from typing import Any, cast

import torch
from torch import Tensor, nn
from transformers import InternVLVisionConfig, InternVLVisionModel

from simlingo_model.attention import IMPLEMENTATION
from simlingo_model.config import ModelConfig, VisionConfig

CHANNEL_MEAN = (0.485, 0.456, 0.406)
CHANNEL_DEVIATION = (0.229, 0.224, 0.225)


class TwoStageStem(nn.Module):
    """Embeds small cells, then merges them into patches; both steps are matrix products.

    Replaces the single patch convolution in the tower of transformers.
    """

    def __init__(self, config: VisionConfig) -> None:
        super().__init__()
        cells = config.patch_px // config.stem_cell_px
        self.cells = nn.Conv2d(3, config.stem_width, config.stem_cell_px, config.stem_cell_px)
        self.activation = nn.GELU()
        self.merge = nn.Conv2d(config.stem_width, config.width, cells, cells)

    def forward(self, pixels: Tensor) -> Tensor:
        """Map (tiles, 3, side, side) to (tiles, patches, width)."""
        merged: Tensor = self.merge(self.activation(self.cells(pixels)))
        return merged.flatten(2).transpose(1, 2)


class VisionTower(nn.Module):
    """Tiles in, image tokens of the decoder's width out.

    ``model`` is transformers' InternVL tower (attention bias, no final norm, as InternViT-300M);
    ``projector`` is upstream's ``mlp1``.
    """

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        vision = config.vision
        self.unshuffle = vision.unshuffle
        self.model = InternVLVisionModel(
            cast(Any, InternVLVisionConfig)(
                hidden_size=vision.width,
                num_hidden_layers=vision.layers,
                num_attention_heads=vision.heads,
                intermediate_size=vision.mlp_width,
                image_size=vision.tile_px,
                patch_size=vision.patch_px,
                layer_norm_eps=vision.norm_epsilon,
                layer_scale_init_value=vision.layer_scale_init,
                attention_bias=True,
                use_mean_pooling=True,
                attn_implementation=IMPLEMENTATION,
            )
        )
        if vision.stem == 'two_stage':
            cast(Any, self.model.embeddings).patch_embeddings = TwoStageStem(vision)
        merged = vision.width * vision.unshuffle**2
        width = config.decoder.width
        self.projector = nn.Sequential(
            nn.LayerNorm(merged), nn.Linear(merged, width), nn.GELU(), nn.Linear(width, width)
        )

    def hidden_states(self, pixels: Tensor) -> Tensor:
        """Map (tiles, 3, side, side) to the tower's output (tiles, 1 + patches, width)."""
        hidden: Tensor = self.model.embeddings(pixels)
        for layer in self.model.encoder.layer:
            hidden = layer(hidden)
        return hidden

    def forward(self, pixels: Tensor) -> Tensor:
        """Map normalised (tiles, 3, side, side) to image tokens (tiles, tokens, decoder width)."""
        patches = self.hidden_states(pixels)[:, 1:]
        tokens: Tensor = self.projector(pixel_unshuffle(patches, self.unshuffle))
        return tokens


def pixel_unshuffle(patches: Tensor, factor: int) -> Tensor:
    """Merge ``factor`` x ``factor`` neighbouring patches into one (InternVL's second version).

    Features of a merged token are ordered row of the block, column of the block, feature.

    Args:
        patches: (tiles, side * side, width), row by row.
        factor: patches along a side that become one.

    Returns:
        (tiles, (side / factor) ** 2, width * factor ** 2), row by row.
    """
    tiles, count, width = patches.shape
    side = int(count**0.5)
    blocks = patches.reshape(tiles, side // factor, factor, side // factor, factor, width)
    merged = blocks.permute(0, 1, 3, 2, 4, 5)
    return merged.reshape(tiles, (side // factor) ** 2, width * factor**2)


def normalise_tiles(tiles: Tensor, dtype: torch.dtype) -> Tensor:
    """Map uint8 RGB tiles (..., side, side, 3) to ImageNet-normalised (..., 3, side, side)."""
    shift, factor = _row_normalisation(tiles.shape[-2], tiles.device)
    rows = torch.addcmul(shift, tiles.flatten(-2).to(torch.float32), factor)
    return rows.view(tiles.shape).movedim(-1, -3).to(dtype)


@cache
@torch.inference_mode(mode=False)
def _row_normalisation(side: int, device: torch.device) -> tuple[Tensor, Tensor]:
    """Return the shift and the factor of a row of ``side`` pixels.

    They are whole rows because operations over a last axis of three are not vectorised, and
    images are the largest tensor of a small network.
    """
    mean, deviation = torch.tensor(CHANNEL_MEAN), torch.tensor(CHANNEL_DEVIATION)
    shift, factor = -mean / deviation, 1.0 / (255.0 * deviation)
    return shift.repeat(side).to(device), factor.repeat(side).to(device)
