# SPDX-License-Identifier: Apache-2.0
"""Encoder of target points, and heads for path and speed waypoints (checkpoint frame, y right)."""

from __future__ import annotations

from typing import cast

import torch
from torch import Tensor, nn

from simlingo_model.config import ActionConfig


def _layers(
    input_width: int,
    widths: tuple[int, ...],
    output_width: int,
    activation: type[nn.Module],
    *,
    has_output_bias: bool,
) -> nn.Sequential:
    modules: list[nn.Module] = []
    for width in widths:
        modules += [nn.Linear(input_width, width), activation()]
        input_width = width
    modules.append(nn.Linear(input_width, output_width, bias=has_output_bias))
    return nn.Sequential(*modules)


class TargetPointEncoder(nn.Module):
    """Maps each target point to one embedding of the decoder."""

    def __init__(self, config: ActionConfig, width: int) -> None:
        super().__init__()
        self.scale_m, self.offset_m = config.target_scale_m, config.target_offset_m
        self.mlp = _layers(2, config.target_encoder_widths, width, nn.ReLU, has_output_bias=True)

    def forward(self, points_m: Tensor) -> Tensor:
        """Map (..., 2) in metres to (..., decoder width)."""
        weight = cast(nn.Linear, self.mlp[0]).weight
        embedded: Tensor = self.mlp(((points_m + self.offset_m) / self.scale_m).to(weight.dtype))
        return embedded


class StateEncoder(TargetPointEncoder):
    """Maps the speed and each target point to one embedding (SimLingo-Base)."""

    def __init__(self, config: ActionConfig, width: int) -> None:
        super().__init__(config, width)
        self.speed_scale_mps = config.speed_scale_mps
        self.speed_mlp = _layers(
            1, config.target_encoder_widths, width, nn.ReLU, has_output_bias=True
        )

    def forward(self, state: Tensor) -> Tensor:
        """Map (batch, 3, 2) to (batch, 3, decoder width).

        Args:
            state: speed in m/s and 0, then two target points in metres.
        """
        weight = cast(nn.Linear, self.mlp[0]).weight
        speed = (state[:, :1, :1] / self.speed_scale_mps).to(weight.dtype)
        return torch.cat((self.speed_mlp(speed), super().forward(state[:, 1:])), dim=1)


class ActionHeads(nn.Module):
    """Learned queries that follow the text, and heads that map their states to points."""

    def __init__(self, config: ActionConfig, width: int) -> None:
        super().__init__()
        self.config = config
        self.path_queries = nn.Parameter(0.02 * torch.randn(1, config.path_points, width))
        self.speed_queries = nn.Parameter(0.02 * torch.randn(1, config.speed_points, width))
        self.path_head = _layers(width, config.path_head_widths, 2, nn.SiLU, has_output_bias=False)
        self.speed_head = _layers(
            width, config.speed_head_widths, 2, nn.SiLU, has_output_bias=False
        )

    @property
    def queries(self) -> Tensor:
        """Path queries, then speed queries, (1, queries, width)."""
        return torch.cat((self.path_queries, self.speed_queries), dim=1)

    def forward(self, hidden: Tensor) -> tuple[Tensor, Tensor]:
        """Map hidden states at the queries to path and speed waypoints.

        Args:
            hidden: (batch, queries, width).

        Returns:
            Path (batch, 20, 2) and speed waypoints (batch, 10, 2), metres, float32.
        """
        path_hidden = hidden[:, : self.config.path_points]
        speed_hidden = hidden[:, self.config.path_points :]
        path_steps = self.path_head(path_hidden).float()
        speed_steps = self.speed_head(speed_hidden).float()
        # Sums of up to 20 steps lose centimetres in half precision.
        path = path_steps.cumsum(1) + _prior(path_steps, self.config.path_prior_step_m, 0)
        speed = speed_steps.cumsum(1) + _prior(speed_steps, self.config.speed_prior_step_m, 1)
        return path, speed


def _prior(steps: Tensor, step_m: float, first: int) -> Tensor:
    """Return points straight ahead, ``step_m`` apart, shape (points, 2)."""
    counts = torch.arange(first, first + steps.shape[1], device=steps.device, dtype=steps.dtype)
    return torch.stack((counts * step_m, torch.zeros_like(counts)), dim=-1)
