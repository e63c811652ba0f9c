# SPDX-License-Identifier: Apache-2.0
"""The recipes: each a function that returns a ``Recipe`` with everything in it."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from types import MappingProxyType

from simlingo_core.errors import ConfigError
from simlingo_model import config as models
from simlingo_model import sizes
from simlingo_training.bucket_families import UPSTREAM_WEIGHTS
from simlingo_training.recipe import (
    ImageStoreConfig,
    LogConfig,
    LossConfig,
    MixConfig,
    OptimConfig,
    QuestionConfig,
    Recipe,
)


def mini() -> Recipe:
    """Return the recipe of the mini.

    The committed weights were not made in one go: each mended rule of ``Bucket`` and of
    ``start_labels`` was one more run with ``--start-from`` (their card has the list).
    """
    return Recipe(
        name='mini',
        model=models.mini(),
        loss=LossConfig(language_weight=0.3),
        ask=QuestionConfig(paraphrase_share=0.0),
    )


def mini_no_dream() -> Recipe:
    """Return the mini without instructions, for the paper's ablation."""
    return _mini('mini_no_dream', ask=QuestionConfig(dream_share=0.0, paraphrase_share=0.0))


def mini_language() -> Recipe:
    """Return the mini that learns from every label: questions, refusals, other wordings."""
    ask = QuestionConfig(
        second_question_share=0.6, vqa_share=0.5, safety_share=0.5, paraphrase_share=0.5
    )
    return _mini('mini_language', ask=ask)


def mini_no_path() -> Recipe:
    """Return the mini with speed waypoints only: the path of a plan is drawn through them."""
    recipe = _mini('mini_no_path')
    action = dataclasses.replace(recipe.model.action, path_points=0)
    model = dataclasses.replace(recipe.model, action=action)
    return dataclasses.replace(recipe, model=model)


def mini_command() -> Recipe:
    """Return the mini that navigates by target points or by a command, at random."""
    return _mini('mini_command', ask=QuestionConfig(command_share=0.5, paraphrase_share=0.0))


def mini_base() -> Recipe:
    """Return SimLingo-Base in small: no language, speed and target points as numbers, MSE."""
    return Recipe(
        name='mini_base',
        model=sizes.mini_base(),
        loss=LossConfig(points='mse', language_weight=0.0),
        ask=QuestionConfig(second_question_share=0.0, dream_share=0.0),
    )


def internvl2_1b() -> Recipe:
    """Return upstream's recipe of the released model (upstream_spec §4.7, §7).

    Eight GPUs with a batch of eight, fifteen epochs, LoRA in the decoder, the vision tower whole.
    Upstream trains in float16 with a fixed loss scale; bfloat16 needs none.
    """
    return Recipe(
        name='internvl2_1b',
        model=models.internvl2_1b(),
        vocabulary='',
        seed=42,
        epochs=15,
        batch_frames=64,
        optim=OptimConfig(
            lr=3e-5,
            schedule='one_cycle',
            rising_share=0.05,
            betas=(0.9, 0.999),
            weight_decay=0.1,
            clip_norm=0.3,
        ),
        mix=MixConfig(
            families=UPSTREAM_WEIGHTS,
            start_share=0.0,
            go_start_share=0.0,
            shifted_share=0.5,
            augmentation='upstream',
        ),
        ask=QuestionConfig(
            style='upstream',
            second_question_share=2.0 / 3.0,
            dream_share=0.5,
            vqa_share=0.5,
            command_share=2.0 / 3.0,
            safety_share=0.5,
            paraphrase_share=0.6,
        ),
        images=ImageStoreConfig(prepares_tiles=False),
        log=LogConfig(images_every_steps=1000),
        gradient_checkpointing=True,
    )


def internvl2_1b_base() -> Recipe:
    """Return SimLingo-Base on the vision tower of InternVL2-1B, its decoder trained from nothing.

    Upstream's has a CLIP tower of LLaVA-1.6 (upstream_spec §1.11); sizes, inputs, outputs, loss
    and rates of the decoder are its own.
    """
    recipe = internvl2_1b()
    return dataclasses.replace(
        recipe,
        name='internvl2_1b_base',
        model=sizes.internvl2_1b_base(),
        epochs=30,
        batch_frames=224,
        loss=LossConfig(points='mse', language_weight=0.0),
        ask=QuestionConfig(second_question_share=0.0, dream_share=0.0),
    )


def internvl3_1b() -> Recipe:
    """Return the recipe of another backbone of the same family: InternVL3-1B (Qwen2.5-0.5B)."""
    return dataclasses.replace(internvl2_1b(), name='internvl3_1b', model=sizes.internvl3_1b())


def _mini(name: str, ask: QuestionConfig | None = None) -> Recipe:
    base = mini()
    return dataclasses.replace(
        base,
        name=name,
        model=dataclasses.replace(base.model, name=name),
        ask=ask or base.ask,
    )


RECIPES: Mapping[str, Callable[[], Recipe]] = MappingProxyType(
    {
        make.__name__: make
        for make in (
            mini,
            mini_base,
            mini_no_dream,
            mini_language,
            mini_no_path,
            mini_command,
            internvl2_1b,
            internvl2_1b_base,
            internvl3_1b,
        )
    }
)


def find_recipe(name: str) -> Recipe:
    """Return the recipe of that name.

    Raises:
        ConfigError: there is none.
    """
    if name not in RECIPES:
        raise ConfigError(f'recipe is {name!r}; expected one of {", ".join(RECIPES)}')
    return RECIPES[name]()
