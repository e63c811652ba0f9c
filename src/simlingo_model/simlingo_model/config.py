# SPDX-License-Identifier: Apache-2.0
"""Configuration of the network for every size: upstream's InternVL2-1B and our mini.

The numbers of ``internvl2_1b`` are those of the released checkpoint.  Fields that upstream does
not have (a stem, a prior step, a scale) have its behaviour as their default.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field

from simlingo_model.section import Section, require

STEMS = ('patch', 'two_stage')
TEXT, NUMBERS = 'text', 'numbers'
INPUTS = (TEXT, NUMBERS)


@dataclass(frozen=True, kw_only=True)
class ImageConfig(Section):
    """Camera image and its tiles.

    Attributes:
        camera_width_px: of the camera image.
        camera_height_px: of the camera image.
        cropped_sixteenths: share of the height cut off at the bottom, in sixteenths.
        max_tiles: largest number of tiles; 2 gives a left and a right one for this camera.
        jpeg_quality: of stored images.
        equalises_brightness: spread the brightness of each image over the whole range first, as
            SimLingo-Base does.
    """

    camera_width_px: int = 1024
    camera_height_px: int = 512
    cropped_sixteenths: float = 4.8
    max_tiles: int = 2
    jpeg_quality: int = 95
    equalises_brightness: bool = False

    @property
    def cropped_height_px(self) -> int:
        """Height of the image after the crop, counted from the top."""
        height = self.camera_height_px
        return int(height - (height * self.cropped_sixteenths) // 16)


@dataclass(frozen=True, kw_only=True)
class VisionConfig(Section):
    """The vision tower and the pixel unshuffle after it.

    Attributes:
        tile_px: side of a tile.
        patch_px: side of a patch, one position of the tower.
        stem: ``patch`` is one convolution; ``two_stage`` first embeds cells of ``stem_cell_px``
            with a non-linearity, then merges them into patches, so that a large patch keeps
            small objects such as a distant traffic light.
        stem_cell_px: side of a cell.
        stem_width: features of a cell.
        width: hidden size.
        layers: number of layers.
        heads: attention heads.
        mlp_width: hidden size of the feed-forward part.
        unshuffle: number of patches along each side that become one image token.
        layer_scale_init: initial value of the residual scales, for training from scratch.
    """

    tile_px: int = 448
    patch_px: int = 14
    stem: str = 'patch'
    stem_cell_px: int = 7
    stem_width: int = 64
    width: int = 1024
    layers: int = 24
    heads: int = 16
    mlp_width: int = 4096
    unshuffle: int = 2
    norm_epsilon: float = 1e-6
    layer_scale_init: float = 0.1

    def __post_init__(self) -> None:
        require(self.stem in STEMS, f'VisionConfig.stem is {self.stem!r}; expected one of {STEMS}')
        require(
            self.tile_px % (self.patch_px * self.unshuffle) == 0,
            f'VisionConfig.tile_px is {self.tile_px}; expected a multiple of patch_px x unshuffle '
            f'= {self.patch_px * self.unshuffle}',
        )
        require(
            self.width % self.heads == 0,
            f'VisionConfig.width is {self.width}; expected a multiple of heads = {self.heads}',
        )
        require(
            self.stem == 'patch' or self.patch_px % self.stem_cell_px == 0,
            f'VisionConfig.patch_px is {self.patch_px}; expected a multiple of stem_cell_px = '
            f'{self.stem_cell_px}',
        )

    @property
    def tokens_per_tile(self) -> int:
        """Image tokens of one tile."""
        return (self.tile_px // self.patch_px // self.unshuffle) ** 2


@dataclass(frozen=True, kw_only=True)
class DecoderConfig(Section):
    """The Qwen2 decoder.

    Attributes:
        vocabulary_rows: rows of the embedding table; ids above are clamped to the last row.
        width: hidden size, also of image tokens and queries.
        layers: number of layers.
        heads: query heads.
        key_value_heads: key and value heads.
        mlp_width: hidden size of the feed-forward part.
    """

    vocabulary_rows: int = 151655
    width: int = 896
    layers: int = 24
    heads: int = 14
    key_value_heads: int = 2
    mlp_width: int = 4864
    rope_theta: float = 1e6
    norm_epsilon: float = 1e-6
    max_positions: int = 32768

    def __post_init__(self) -> None:
        require(
            self.width % self.heads == 0 and self.heads % self.key_value_heads == 0,
            f'DecoderConfig: width {self.width} must be a multiple of heads {self.heads}, and '
            f'those of key_value_heads {self.key_value_heads}',
        )


@dataclass(frozen=True, kw_only=True)
class LoraConfig(Section):
    """Low-rank adapters on every linear layer of the decoder except ``lm_head``."""

    rank: int = 32
    alpha: float = 64.0
    dropout: float = 0.1

    @property
    def scale(self) -> float:
        """Factor of the adapter's product."""
        return self.alpha / self.rank


@dataclass(frozen=True, kw_only=True)
class ActionConfig(Section):
    """Queries, heads and the encoder of target points.

    Attributes:
        path_points: number of path queries; 0: the path is drawn through the speed waypoints.
        speed_points: number of speed queries.
        path_head_widths: hidden sizes of the path head.
        speed_head_widths: hidden sizes of the speed head.
        target_encoder_widths: hidden sizes of the target-point encoder.
        target_scale_m: coordinates are divided by this before they are encoded.
        target_offset_m: added to them before.
        speed_scale_mps: the speed is divided by this where it is a number and no text.
        path_prior_step_m: added to x of every path step but the first.
        speed_prior_step_m: added to x of every speed step.
    """

    path_points: int = 20
    speed_points: int = 10
    path_head_widths: tuple[int, ...] = (512, 256)
    speed_head_widths: tuple[int, ...] = (256,)
    target_encoder_widths: tuple[int, ...] = (256, 512)
    target_scale_m: float = 1.0
    target_offset_m: float = 0.0
    speed_scale_mps: float = 64.0 / 3.6
    path_prior_step_m: float = 0.0
    speed_prior_step_m: float = 0.0

    @property
    def queries(self) -> int:
        """Number of path and speed queries."""
        return self.path_points + self.speed_points


@dataclass(frozen=True, kw_only=True)
class ModelConfig(Section):
    """The whole model.

    Attributes:
        name: in plans and model cards.
        inputs: ``text``: a prompt; ``numbers``: speed and target points as embeddings and no
            language at all, as SimLingo-Base.
        lora: None: no adapters (trained from scratch, or merged when loaded).
        max_answer_tokens: limit of generated text.
        max_instruction_tokens: limit of an instruction or a question.  Each token makes a plan
            slower, and the recorded passes on a GPU are no longer than this.
    """

    name: str = 'internvl2_1b'
    inputs: str = TEXT
    image: ImageConfig = field(default_factory=ImageConfig)
    vision: VisionConfig = field(default_factory=VisionConfig)
    decoder: DecoderConfig = field(default_factory=DecoderConfig)
    lora: LoraConfig | None = None
    action: ActionConfig = field(default_factory=ActionConfig)
    max_answer_tokens: int = 100
    max_instruction_tokens: int = 128

    def __post_init__(self) -> None:
        require(
            self.inputs in INPUTS,
            f'ModelConfig.inputs is {self.inputs!r}; expected one of {INPUTS}',
        )

    @property
    def has_language(self) -> bool:
        """Whether the model reads and writes text."""
        return self.inputs == TEXT

    @property
    def state_rows(self) -> int:
        """Embedded pairs of numbers: two target points, and the speed where it is no text."""
        return 2 if self.has_language else 3

    @property
    def image_tokens(self) -> int:
        """Image tokens of a camera image."""
        return self.image.max_tiles * self.vision.tokens_per_tile

    def with_lora(self, lora: LoraConfig | None) -> ModelConfig:
        """Return the same model with other adapters."""
        return dataclasses.replace(self, lora=lora)


def internvl2_1b() -> ModelConfig:
    """Return the configuration of the released checkpoint (957.2 M parameters)."""
    return ModelConfig(name='internvl2_1b', lora=LoraConfig())


def mini() -> ModelConfig:
    """Return the small model that is trained from scratch and plans on two CPU cores."""
    return ModelConfig(
        name='mini',
        vision=VisionConfig(
            tile_px=224,
            patch_px=28,
            stem='two_stage',
            width=128,
            layers=4,
            heads=4,
            mlp_width=512,
            layer_scale_init=1.0,
        ),
        decoder=DecoderConfig(
            vocabulary_rows=1024,
            width=192,
            layers=4,
            heads=6,
            key_value_heads=2,
            mlp_width=512,
            rope_theta=1e4,
            max_positions=2048,
        ),
        action=ActionConfig(
            path_head_widths=(192, 128),
            speed_head_widths=(192,),
            target_encoder_widths=(128, 192),
            target_scale_m=10.0,
            path_prior_step_m=1.0,
            speed_prior_step_m=1.0,
        ),
        max_answer_tokens=48,
    )
