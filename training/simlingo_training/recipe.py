# SPDX-License-Identifier: Apache-2.0
"""Training recipes: each a function that returns one frozen dataclass with everything in it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from simlingo_core.errors import ConfigError
from simlingo_model.config import ModelConfig
from simlingo_model.config import mini as mini_model
from simlingo_training.buckets import Bucket


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """One training run.

    Attributes:
        name: of the recipe and of the model.
        model: what is trained.
        seed: of weights, order and choices.
        epochs: passes over the frames.
        batch_frames: images in a batch, over all processes; each is asked about once or twice.
        peak_learning_rate: reached after the warm-up, then a cosine down to a hundredth.
        warmup_steps: linear rise.
        weight_decay: of AdamW.
        clip_norm: of the gradient.
        language_weight: factor of the language loss.
        bucket_weights: how often a frame of each kind is drawn, relative to cruising.
        start_share: of the frames where nothing holds the car up, the share that is shown as if
            the car stood there.
        go_start_share: the same of frames that drive off or pass a green lamp.
        shifted_share: share of frames seen through the shifted camera.
        second_question_share: share of images that are asked a second time, about commentary
            or an instruction.
        dream_share: share of second questions that are instructions.
        brightness: images are made darker or brighter by up to this share.
        bf16: train with bfloat16 autocast.
        is_compiled: fuse the layers first; needs a C++ compiler.
        validation_frames: at most, spread over the held-out episodes.
    """

    name: str
    model: ModelConfig
    seed: int = 0
    epochs: int = 4
    batch_frames: int = 32
    peak_learning_rate: float = 1e-3
    warmup_steps: int = 200
    weight_decay: float = 0.05
    clip_norm: float = 1.0
    language_weight: float = 0.3
    bucket_weights: Mapping[Bucket, float] = field(
        default_factory=lambda: MappingProxyType(
            {
                Bucket.BRAKE: 5.0,
                Bucket.GO: 20.0,
                Bucket.WAIT: 0.2,
                Bucket.GREEN: 2.0,
                Bucket.TURN: 1.5,
                Bucket.STAY: 3.0,
                Bucket.YIELD: 0.5,
                Bucket.CRUISE: 1.0,
            }
        )
    )
    start_share: float = 0.15
    go_start_share: float = 0.5
    shifted_share: float = 0.4
    second_question_share: float = 0.4
    dream_share: float = 0.5
    brightness: float = 0.2
    bf16: bool = True
    is_compiled: bool = False
    validation_frames: int = 512


def mini() -> Recipe:
    """Return the recipe of the mini.

    The committed weights were not made in one go: each mended rule of ``Bucket`` and of
    ``start_labels`` was one more run with ``--start-from`` (their card has the list).
    """
    return Recipe(name='mini', model=mini_model())


RECIPES: Mapping[str, Callable[[], Recipe]] = MappingProxyType({'mini': mini})


def find_recipe(name: str) -> Recipe:
    """Return the recipe of that name.

    Raises:
        ConfigError: there is none.
    """
    if name not in RECIPES:
        raise ConfigError(f'recipe is {name!r}; expected one of {", ".join(RECIPES)}')
    return RECIPES[name]()
