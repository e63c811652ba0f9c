# SPDX-License-Identifier: Apache-2.0
"""The SimLingo network: image, text and target points in; text and points out.

Sequence: prompt with image tokens, answer, 20 path queries, 10 speed queries; causal throughout.
Points are in the checkpoint's frame (x forward, y right); only the processor knows REP-103.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple, Self, cast

import torch
from torch import Tensor, nn

from simlingo_model.action import ActionHeads, StateEncoder, TargetPointEncoder
from simlingo_model.attention import IMPLEMENTATION
from simlingo_model.batch import TrainingBatch
from simlingo_model.cache import KeyValueCache, StepCache
from simlingo_model.config import ModelConfig
from simlingo_model.decoder import (
    build_language_model,
    causal_model,
    restore_rotary_buffers,
    run_decoder,
)
from simlingo_model.length_groups import length_groups
from simlingo_model.losses import (
    SMOOTH_L1,
    LossTerms,
    point_loss,
    shifted_targets,
    token_loss,
)
from simlingo_model.scene_head import SceneHead
from simlingo_model.vision import VisionTower, normalise_tiles


class _GroupRun(NamedTuple):
    """What the decoder gave for some rows of a batch."""

    language: Tensor
    language_sample: Tensor
    query_hidden: Tensor


class SimLingoNetwork(nn.Module):
    """The network of any size.

    Args:
        config: sizes.
        image_id: token id whose embeddings are replaced by image tokens.
        target_id: token id whose embeddings are replaced by target points.
    """

    def __init__(self, config: ModelConfig, *, image_id: int, target_id: int) -> None:
        super().__init__()
        self.config = config
        self.image_id = image_id
        self.target_id = target_id
        self.vision = VisionTower(config)
        self.language = build_language_model(config.decoder, config.lora)
        self.action = ActionHeads(config.action, config.decoder.width)
        encoder = TargetPointEncoder if config.has_language else StateEncoder
        self.target_encoder = encoder(config.action, config.decoder.width)
        self.freeze_base_weights()

    def freeze_base_weights(self) -> None:
        """Train only what has a share in the result.

        With LoRA these are adapters, vision, queries, heads and target encoder.  A model without
        language has no use for words, one without path queries none for their head.
        """
        if self.config.lora is not None:
            for name, parameter in self.language.named_parameters():
                parameter.requires_grad_('lora_' in name)
        unused: list[nn.Module] = []
        if not self.config.has_language:
            model = causal_model(self.language)
            unused += [model.model.embed_tokens, model.lm_head]
        if not self.config.action.path_points:
            unused.append(self.action.path_head)
            self.action.path_queries.requires_grad_(False)
        for module in unused:
            module.requires_grad_(False)

    def enable_gradient_checkpointing(self) -> None:
        """Trade time for memory in training: recompute activations in the backward pass."""
        settings = {'use_reentrant': False}
        for model in (self.vision.model, causal_model(self.language)):
            cast(Any, model).activation_checkpointing_enable(settings)

    def compile_layers(self) -> None:
        """Fuse the transformer layers for training (about 1.2 times as fast on a CPU).

        Needs a C++ compiler; the first steps take a minute.
        """
        for layer in self.vision.model.encoder.layer:
            layer.compile(dynamic=False)
        for layer in causal_model(self.language).model.layers:
            layer.compile(dynamic=True)

    def _apply(self, fn: Callable[[Tensor], Tensor], recurse: bool = True) -> Self:
        """Move or cast the network; ``to``, ``cuda`` and ``half`` come through here.

        The rotary frequencies stay float32: rounded to bfloat16 they would shift the positions
        of distant tokens, and a cast network would not be the one that is loaded from a file.
        """
        cast(Any, super())._apply(fn, recurse)
        restore_rotary_buffers(self.language, self.device)
        return self

    @contextmanager
    def stock_attention(self) -> Iterator[None]:
        """Use PyTorch's own attention for a while, instead of ours (``attention``)."""
        models = [cast(Any, self.vision.model), cast(Any, causal_model(self.language))]
        try:
            for model in models:
                model.set_attn_implementation('sdpa')
            yield
        finally:
            for model in models:
                model.set_attn_implementation(IMPLEMENTATION)

    @property
    def device(self) -> torch.device:
        """Where the weights are."""
        device: torch.device = self.action.path_queries.device
        return device

    @property
    def dtype(self) -> torch.dtype:
        """Type of the weights."""
        dtype: torch.dtype = self.action.path_queries.dtype
        return dtype

    def encode_tiles(self, tiles: Tensor) -> Tensor:
        """Map uint8 tiles (images, tiles, side, side, 3) to (images, image tokens, width)."""
        images, count = tiles.shape[:2]
        pixels = normalise_tiles(tiles.to(self.device).flatten(0, 1), self.dtype)
        features: Tensor = self.vision(pixels)
        return features.reshape(images, count * features.shape[1], features.shape[2])

    def embed(self, ids: Tensor, features: Tensor, target_points_m: Tensor) -> Tensor:
        """Look up tokens, then replace the image and target ids by their embeddings.

        Args:
            ids: (batch, tokens); ids beyond the table are clamped to its last row.
            features: (batch, image tokens, width).
            target_points_m: (batch, 2, 2), checkpoint frame; unused where the prompt holds none.
                Without language (batch, 3, 2): speed in m/s and 0 come first.
        """
        table = causal_model(self.language).model.embed_tokens
        embeddings: Tensor = table(ids.clamp(max=table.num_embeddings - 1))
        embeddings = _place(embeddings, ids == self.image_id, features)
        targets = self.target_encoder(target_points_m)
        return _place(embeddings, ids == self.target_id, targets)

    def embed_tokens(self, ids: Tensor) -> Tensor:
        """Look up plain text tokens, (batch, tokens)."""
        table = causal_model(self.language).model.embed_tokens
        embeddings: Tensor = table(ids.clamp(max=table.num_embeddings - 1))
        return embeddings

    def run_decoder(
        self,
        embeddings: Tensor,
        cache: KeyValueCache | StepCache | None = None,
        *,
        only_last: bool = False,
    ) -> Tensor:
        """Run the decoder; see ``decoder.run_decoder``."""
        hidden: Tensor = run_decoder(self.language, embeddings, cache, only_last=only_last)
        return hidden

    def logits(self, hidden: Tensor) -> Tensor:
        """Map hidden states to token scores."""
        scores: Tensor = causal_model(self.language).lm_head(hidden)
        return scores

    def forward(
        self, ids: Tensor, valid: Tensor, features: Tensor, target_points_m: Tensor
    ) -> tuple[Tensor, Tensor]:
        """Run whole sequences with the action queries appended.

        Padding on either side is moved behind the queries, where causal attention excludes it and
        where it shifts no position, so that a sample gives the same result in a batch and alone.

        Args:
            ids: (batch, tokens).
            valid: False for padding, bool (batch, tokens).
            features: (batch, image tokens, width).
            target_points_m: (batch, 2, 2).

        Returns:
            Hidden states of the tokens (batch, tokens, width), meaningless for padding, and of
            the queries (batch, queries, width).
        """
        embeddings = self.embed(ids, features, target_points_m)
        queries = self.action.queries.to(embeddings.dtype).expand(len(ids), -1, -1)
        everything = torch.cat((embeddings, queries), dim=1)
        is_real = torch.cat((valid, valid.new_ones(len(ids), queries.shape[1])), dim=1)
        order = torch.argsort((~is_real).to(torch.uint8), dim=1, stable=True)
        hidden = self.run_decoder(_reorder(everything, order))
        hidden = _reorder(hidden, torch.argsort(order, dim=1))
        return hidden[:, : ids.shape[1]], hidden[:, ids.shape[1] :]

    def training_loss(
        self,
        batch: TrainingBatch,
        points: str = SMOOTH_L1,
        scene_head: SceneHead | None = None,
    ) -> LossTerms:
        """Run a batch and compare with its labels.

        Each image is encoded once, even if several samples share it.

        Args:
            batch: of samples.
            points: loss of points, see ``losses.point_loss``.
            scene_head: auxiliary head, for batches that know what their images show.
        """
        by_image = self.encode_tiles(batch.tiles)
        features = by_image[batch.image_index]
        count = self.action.queries.shape[-2]
        groups = length_groups(batch.valid, count)
        runs = [self._run_group(batch, features, rows) for rows in groups]
        query_hidden = torch.cat([run.query_hidden for run in runs])
        path, speed = self.action(query_hidden[torch.argsort(torch.cat(groups))])
        return LossTerms(
            language=torch.cat([run.language for run in runs]),
            language_sample=torch.cat([run.language_sample for run in runs]),
            path=point_loss(path, batch.path_m, points),
            speed=point_loss(speed, batch.speed_waypoints_m, points),
            predicted_path=path,
            predicted_speed=speed,
            scene=_scene_loss(scene_head, by_image, batch.scene),
        )

    def _run_group(self, batch: TrainingBatch, features: Tensor, rows: Tensor) -> _GroupRun:
        """Run some rows of a batch, without the padding that all of them have."""
        valid = batch.valid[rows]
        longest = max(int(valid.sum(dim=1).max()), 1)
        cut = slice(valid.shape[1] - longest, None)
        ids, valid = batch.ids[rows, cut], valid[:, cut]
        learned = batch.learned[rows, cut] & valid
        hidden, query_hidden = self(ids, valid, features[rows], batch.target_points_m[rows])
        sample, position, targets = shifted_targets(ids, learned)
        return _GroupRun(
            language=token_loss(self.logits(hidden[sample, position]), targets),
            language_sample=rows[sample],
            query_hidden=query_hidden,
        )


class TrainingStep(nn.Module):
    """The training loss as a module call, for wrappers that hook into it (DDP, FSDP).

    Args:
        network: to train.
        points: loss of points, see ``losses.point_loss``.
        scene_head: auxiliary head that is trained beside it; None: there is none.
    """

    def __init__(
        self,
        network: SimLingoNetwork,
        points: str = SMOOTH_L1,
        scene_head: SceneHead | None = None,
    ) -> None:
        super().__init__()
        self.network = network
        self.scene_head = scene_head
        self._points = points

    def forward(self, batch: TrainingBatch) -> LossTerms:
        """See ``SimLingoNetwork.training_loss``."""
        return self.network.training_loss(batch, self._points, self.scene_head)


def _scene_loss(head: SceneHead | None, features: Tensor, scene: Tensor | None) -> Tensor | None:
    if head is None or scene is None:
        return None
    loss: Tensor = head(features, scene)
    return loss


def _place(embeddings: Tensor, where: Tensor, values: Tensor) -> Tensor:
    """Replace, in each sample that has them, the marked positions by ``values`` in order."""
    rows = values.to(embeddings.dtype)[where.any(dim=1)].flatten(0, 1)
    return embeddings.masked_scatter(where[..., None], rows)


def _reorder(sequence: Tensor, order: Tensor) -> Tensor:
    """Permute (batch, tokens, width) along the tokens, each sample by its own order."""
    return sequence.gather(1, order[..., None].expand_as(sequence))
