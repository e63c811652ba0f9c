# SPDX-License-Identifier: Apache-2.0
"""Optimiser and learning-rate schedule of a recipe."""

from __future__ import annotations

import math
from collections.abc import Iterable

from torch import nn
from torch.optim import AdamW
from torch.optim.lr_scheduler import LambdaLR, LRScheduler, OneCycleLR

from simlingo_training.recipe import OptimConfig

FINAL_SHARE = 0.01
LEAST_RISE_STEPS = 1.5


def make_optimizer(parameters: Iterable[nn.Parameter], optim: OptimConfig) -> AdamW:
    """Return AdamW for the parameters that are trained."""
    return AdamW(
        [parameter for parameter in parameters if parameter.requires_grad],
        lr=optim.lr,
        weight_decay=optim.weight_decay,
        betas=optim.betas,
        fused=True,
    )


def make_schedule(optimizer: AdamW, optim: OptimConfig, total_steps: int) -> LRScheduler:
    """Return the schedule, to be stepped after every step of the optimiser.

    ``one_cycle`` is upstream's (upstream_spec §7): cosine both ways, the first beta from 0.95 over
    0.85 to 0.95.
    """
    if optim.schedule == 'one_cycle':
        # A rise that ends with the first step would be divided by its length, 0.
        rising = max(optim.rising_share, min(LEAST_RISE_STEPS / total_steps, 0.9))
        return OneCycleLR(optimizer, max_lr=optim.lr, total_steps=total_steps, pct_start=rising)
    return LambdaLR(
        optimizer, lambda step: learning_rate_share(step, total_steps, optim.warmup_steps)
    )


def learning_rate_share(step: int, total_steps: int, warmup_steps: int) -> float:
    """Return the share of the peak rate: linear rise, then a cosine down to a hundredth."""
    if step < warmup_steps:
        return (step + 1) / warmup_steps
    done = (step - warmup_steps) / max(1, total_steps - warmup_steps)
    return FINAL_SHARE + (1.0 - FINAL_SHARE) * 0.5 * (1.0 + math.cos(math.pi * min(done, 1.0)))
