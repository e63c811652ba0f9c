# SPDX-License-Identifier: Apache-2.0
"""What a training run is made of: one frozen dataclass with sections, and overrides by name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from simlingo_core.errors import ConfigError
from simlingo_model.config import ModelConfig
from simlingo_training.buckets import Bucket

SCHEDULES = ('warmup_cosine', 'one_cycle')
STYLES = ('driving_first', 'upstream')
AUGMENTATIONS = ('brightness', 'upstream')
POINT_LOSSES = ('smooth_l1', 'mse')
MINI_VOCABULARY, STAND_IN_VOCABULARY = 'mini', 'stand_in'


def _one_of(name: str, value: str, allowed: tuple[str, ...]) -> None:
    if value not in allowed:
        raise ConfigError(f'{name} is {value!r}; expected one of {", ".join(allowed)}')


def _share(name: str, value: float) -> None:
    if not 0.0 <= value <= 1.0:
        raise ConfigError(f'{name} is {value}; expected a share from 0 to 1')


@dataclass(frozen=True, kw_only=True)
class OptimConfig:
    """AdamW and its schedule.

    Attributes:
        lr: peak learning rate.
        schedule: ``warmup_cosine``: linear rise, then a cosine down to a hundredth; ``one_cycle``:
            upstream's, from lr/25 over lr to lr/250000, with the momentum the other way round.
        warmup_steps: of ``warmup_cosine``.
        rising_share: of ``one_cycle``: share of the steps in which the rate rises.
        betas: of AdamW.
        weight_decay: of AdamW.
        clip_norm: of the gradient.
        ema_decay: what is validated and saved is the moving average of the weights, of which
            every step keeps this share; 0: the weights themselves.
    """

    lr: float = 1e-3
    schedule: str = 'warmup_cosine'
    warmup_steps: int = 200
    rising_share: float = 0.05
    betas: tuple[float, float] = (0.9, 0.99)
    weight_decay: float = 0.05
    clip_norm: float = 1.0
    ema_decay: float = 0.0

    def __post_init__(self) -> None:
        _one_of('optim.schedule', self.schedule, SCHEDULES)
        if self.lr <= 0.0:
            raise ConfigError(f'optim.lr is {self.lr}; expected more than 0')
        if not 0.0 <= self.ema_decay < 1.0:
            raise ConfigError(
                f'optim.ema_decay is {self.ema_decay}; expected 0 or a share below 1'
            )


@dataclass(frozen=True, kw_only=True)
class LossConfig:
    """How the three losses are added up.

    Attributes:
        language_weight: factor of the language loss.
        path_weight: factor of the path loss; 0: only the speed waypoints are learned.
        points: ``smooth_l1`` (1 m), or ``mse`` as SimLingo-Base; each summed over x and y.
        scene_weight: factor of the loss of an auxiliary head that says what each part of the
            image shows (``scene_head``); the boxes of a data set are its labels.  0: no head.
    """

    language_weight: float = 1.0
    path_weight: float = 1.0
    points: str = 'smooth_l1'
    scene_weight: float = 0.0

    def __post_init__(self) -> None:
        _one_of('loss.points', self.points, POINT_LOSSES)
        if not self.scene_weight >= 0.0:
            raise ConfigError(f'loss.scene_weight is {self.scene_weight}; expected 0 or more')


@dataclass(frozen=True, kw_only=True)
class MixConfig:
    """How often a frame is drawn, and how it is shown.

    Attributes:
        bucket_weights: how often a frame of each kind is drawn, relative to cruising.
        families: instead: weights of the families of a buckets file (``simlingo data buckets``);
            each is the share of its family among all draws.  Empty: ``bucket_weights``.
        start_share: of the frames where nothing holds the car up, the share that is shown as if
            the car stood there.
        go_start_share: the same of frames that drive off or pass a green lamp.
        shifted_share: share of frames seen through the shifted camera.
        augmentation: ``brightness``: images are made darker or brighter; ``upstream``: as its
            loader changes them (``photometric``).
        brightness: of ``brightness``: by up to this share.
    """

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
    families: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))
    start_share: float = 0.15
    go_start_share: float = 0.5
    shifted_share: float = 0.4
    augmentation: str = 'brightness'
    brightness: float = 0.2

    def __post_init__(self) -> None:
        _one_of('mix.augmentation', self.augmentation, AUGMENTATIONS)
        for name in ('start_share', 'go_start_share', 'shifted_share', 'brightness'):
            _share(f'mix.{name}', getattr(self, name))


@dataclass(frozen=True, kw_only=True)
class QuestionConfig:
    """What is asked about a frame.

    Attributes:
        style: ``driving_first``: each image is asked for waypoints, and some a second time;
            ``upstream``: one question per image, as SimLingo trains (upstream_spec §1.9).
        second_question_share: of ``driving_first``: share of images that are asked a second time;
            of ``upstream``: share of commentary and questions among all but instructions.
        dream_share: share of instructions among second questions, or among all of ``upstream``.
        vqa_share: of those, share of questions and answers.
        command_share: share of prompts that navigate by the command instead of target points.
        safety_share: of instructions, the share with the prefix that allows a refusal.
        paraphrase_share: share of commentaries and questions that are put in other words, of
            our own or of templates that the data set brings.
    """

    style: str = 'driving_first'
    second_question_share: float = 0.4
    dream_share: float = 0.5
    vqa_share: float = 0.0
    command_share: float = 0.0
    safety_share: float = 0.0
    paraphrase_share: float = 0.6

    def __post_init__(self) -> None:
        _one_of('ask.style', self.style, STYLES)
        for name in (
            'second_question_share',
            'dream_share',
            'vqa_share',
            'command_share',
            'safety_share',
            'paraphrase_share',
        ):
            _share(f'ask.{name}', getattr(self, name))


@dataclass(frozen=True, kw_only=True)
class ImageStoreConfig:
    """Where images come from.

    Attributes:
        prepares_tiles: decode and resize every image once into one file beside the data set;
            False: decode when an image is drawn, for data sets that are larger than the disk.
        cache_folder: of images copied from a slow disk; empty: none are copied.
        cache_gb: size of that folder at most; the images used longest ago make room.
        is_staged: fill the cache before the first step.
    """

    prepares_tiles: bool = True
    cache_folder: str = ''
    cache_gb: float = 50.0
    is_staged: bool = False


@dataclass(frozen=True, kw_only=True)
class LogConfig:
    """What is written while the run goes on; CSV and TensorBoard always.

    Attributes:
        every_steps: losses.
        images_every_steps: images of held-out frames with the plans of the network; 0: after
            each epoch only.
        wandb_project: Weights & Biases as well, offline unless WANDB_MODE says otherwise; empty:
            not.
    """

    every_steps: int = 20
    images_every_steps: int = 0
    wandb_project: str = ''


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """One training run.

    Attributes:
        name: of the recipe and of the model.
        model: what is trained.
        vocabulary: ``mini``, a folder with the tokenizer of the model, or ``stand_in`` (bytes
            with the released special ids, to try a run out).
        seed: of weights, order and choices.
        epochs: passes over the frames.
        batch_frames: images in a batch, over all processes.
        optim, loss, mix, ask, images, log: see the sections.
        bf16: train with bfloat16 autocast, where the machine multiplies bfloat16.
        gradient_checkpointing: recompute activations: less memory, a third more time.
        is_compiled: fuse the layers first; needs a C++ compiler.
        validation_frames: at most, spread over the held-out episodes.
    """

    name: str
    model: ModelConfig
    vocabulary: str = MINI_VOCABULARY
    seed: int = 0
    epochs: int = 4
    batch_frames: int = 32
    optim: OptimConfig = field(default_factory=OptimConfig)
    loss: LossConfig = field(default_factory=LossConfig)
    mix: MixConfig = field(default_factory=MixConfig)
    ask: QuestionConfig = field(default_factory=QuestionConfig)
    images: ImageStoreConfig = field(default_factory=ImageStoreConfig)
    log: LogConfig = field(default_factory=LogConfig)
    bf16: bool = True
    gradient_checkpointing: bool = False
    is_compiled: bool = False
    validation_frames: int = 512

    @property
    def has_language(self) -> bool:
        """Whether the model reads and writes text."""
        return self.model.has_language
