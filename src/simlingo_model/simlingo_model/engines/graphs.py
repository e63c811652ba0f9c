# SPDX-License-Identifier: Apache-2.0
"""The passes of a network as modules of tensors only, to be exported.

Each module has one pass: image encoder, prompt, one token of text, action.  Keys and values are
inputs and outputs, (layers, 2, 1, heads, tokens, head width): ``past`` of the tokens before,
``present`` of the new ones.  Sequences have batch 1.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

import torch
from torch import Tensor, nn

from simlingo_model.cache import KeyValueCache
from simlingo_model.decoder import run_decoder
from simlingo_model.network import SimLingoNetwork

LEAST_SCORE = -1e4


class VisionGraph(nn.Module):
    """Image to image tokens."""

    def __init__(self, network: SimLingoNetwork) -> None:
        super().__init__()
        self.network = network

    def forward(self, tiles: Tensor) -> Tensor:
        """Map uint8 tiles (1, tiles, side, side, 3) to image tokens (1, image tokens, width)."""
        return self.network.encode_tiles(tiles).float()


class PromptGraph(nn.Module):
    """Prompt tokens, image and target points among them, to the scores of the next token."""

    def __init__(self, network: SimLingoNetwork) -> None:
        super().__init__()
        self.network = network

    def forward(
        self, ids: Tensor, features: Tensor, target_points_m: Tensor, past: Tensor
    ) -> tuple[Tensor, Tensor]:
        """Return scores (1, vocabulary) and ``present``.

        Args:
            ids: (1, tokens); image and target ids are replaced in order of their place.
            features: image tokens (1, image tokens, width).
            target_points_m: (1, 2, 2), checkpoint frame.
            past: of the tokens before, perhaps none.
        """
        embeddings = embed_prompt(self.network, ids, features, target_points_m)
        hidden, present = run_with_past(self.network, embeddings, past)
        return self.network.logits(hidden[:, -1]).float(), present


class StepGraph(nn.Module):
    """One token of text to the scores of the next one."""

    def __init__(self, network: SimLingoNetwork) -> None:
        super().__init__()
        self.network = network

    def forward(self, ids: Tensor, past: Tensor) -> tuple[Tensor, Tensor]:
        """Map a token (1, 1) and ``past`` to scores (1, vocabulary) and ``present``."""
        embeddings = self.network.embed_tokens(ids)
        hidden, present = run_with_past(self.network, embeddings, past)
        return self.network.logits(hidden[:, -1]).float(), present


class ActionGraph(nn.Module):
    """Tokens and the action queries to points; ``present`` is that of the tokens only."""

    def __init__(self, network: SimLingoNetwork) -> None:
        super().__init__()
        self.network = network

    def forward(
        self,
        ids: Tensor,
        is_text: Tensor,
        features: Tensor,
        target_points_m: Tensor,
        past: Tensor,
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Return points (queries, 2), metres, checkpoint frame; scores (1, vocabulary); present.

        Args:
            ids: (1, tokens), prompt and answer.
            is_text: bool (1, tokens), True for tokens of the answer, which are never replaced.
            features: image tokens (1, image tokens, width).
            target_points_m: (1, 2, 2), checkpoint frame.
            past: of the tokens before, perhaps none.
        """
        network = self.network
        embeddings = embed_prompt(network, ids, features, target_points_m, is_text)
        queries = network.action.queries.to(embeddings.dtype)
        hidden, present = run_with_past(network, torch.cat((embeddings, queries), dim=1), past)
        count = network.config.action.queries
        path, speed = network.action(hidden[:, -count:])
        scores = network.logits(hidden[:, -count - 1]).float()
        return torch.cat((path[0], speed[0])), scores, present[..., :-count, :]


def embed_prompt(
    network: SimLingoNetwork,
    ids: Tensor,
    features: Tensor,
    target_points_m: Tensor,
    is_text: Tensor | None = None,
) -> Tensor:
    """Look up tokens and replace image and target ids, as ``SimLingoNetwork.embed`` does.

    Without shapes that depend on values, which an exported graph cannot have.
    """
    embeddings = network.embed_tokens(ids)
    targets = network.target_encoder(target_points_m)
    for special, inserted in ((network.image_id, features), (network.target_id, targets)):
        is_special = ids == special
        if is_text is not None:
            is_special = is_special & ~is_text
        order = (torch.cumsum(is_special.to(torch.int64), dim=1) - 1).clamp(
            0, inserted.shape[1] - 1
        )
        rows = inserted[0].to(embeddings.dtype)[order[0]][None]
        embeddings = torch.where(is_special[..., None], rows, embeddings)
    return embeddings


def run_with_past(
    network: SimLingoNetwork, embeddings: Tensor, past: Tensor
) -> tuple[Tensor, Tensor]:
    """Run the decoder; return hidden states (1, tokens, width) and ``present``."""
    cache = _PastCache(past.to(embeddings.dtype))
    hidden = run_decoder(network.language, embeddings, cast(KeyValueCache, cache))
    return hidden, torch.stack(cache.present).float()


class _PastCache:
    """Interface of ``KeyValueCache`` with tensors that are inputs and outputs of a graph."""

    def __init__(self, past: Tensor) -> None:
        self._past = past
        self.present: list[Tensor] = []

    def position_ids(self, tokens: int) -> Tensor:
        before = self._past.shape[4]
        return torch.arange(before, before + tokens, device=self._past.device)[None]

    def mask(self, tokens: int) -> Tensor:
        before = self._past.shape[4]
        rows = torch.arange(before, before + tokens, device=self._past.device)
        columns = torch.arange(before + tokens, device=self._past.device)
        is_later = columns[None] > rows[:, None]
        # Added to scores.  Not infinite, because an engine may compute with fewer bits.
        return (LEAST_SCORE * is_later.float())[None, None]

    def update(
        self, keys: Tensor, values: Tensor, layer_idx: int, *_: object, **__: object
    ) -> tuple[Tensor, Tensor]:
        self.present.append(torch.stack((keys, values)))
        before_keys, before_values = self._past[layer_idx]
        return torch.cat((before_keys, keys), dim=2), torch.cat((before_values, values), dim=2)

    def advance(self, tokens: int) -> None:
        pass


@dataclass(frozen=True)
class GraphSpec:
    """A pass to export.

    Attributes:
        name: of the graph and its file.
        module: the pass.
        inputs: names in the order of the module's arguments.
        outputs: names in the order of its results.
        dynamic: by input, its axes of any length and their names.
    """

    name: str
    module: type[nn.Module]
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    dynamic: Mapping[str, Mapping[int, str]]

    @property
    def file(self) -> str:
        """Name of its ONNX file."""
        return f'{self.name}.onnx'


_PAST = {4: 'past_tokens'}
GRAPHS = (
    GraphSpec('vision', VisionGraph, ('tiles',), ('features',), {}),
    GraphSpec(
        'prompt',
        PromptGraph,
        ('ids', 'features', 'target_points_m', 'past'),
        ('scores', 'present'),
        {'ids': {1: 'tokens'}, 'past': _PAST},
    ),
    GraphSpec('step', StepGraph, ('ids', 'past'), ('scores', 'present'), {'past': _PAST}),
    GraphSpec(
        'action',
        ActionGraph,
        ('ids', 'is_text', 'features', 'target_points_m', 'past'),
        ('points_m', 'scores', 'present'),
        {'ids': {1: 'tokens'}, 'is_text': {1: 'tokens'}, 'past': _PAST},
    ),
)


def example_inputs(
    network: SimLingoNetwork, spec: GraphSpec, *, text_tokens: int = 6, past_tokens: int = 5
) -> dict[str, Tensor]:
    """Return random inputs of a pass, always the same."""
    config, generator = network.config, torch.Generator().manual_seed(0)
    side = config.vision.tile_px
    heads, width = config.decoder.key_value_heads, config.decoder.width
    highest = config.decoder.vocabulary_rows // 4
    text = torch.randint(0, highest, (text_tokens,), generator=generator).tolist()
    image = [network.image_id] * config.image_tokens
    ids = torch.tensor([[*text[:2], *image, network.target_id, network.target_id, *text[2:]]])
    past_shape = (config.decoder.layers, 2, 1, heads, past_tokens, width // config.decoder.heads)
    inputs = {
        'tiles': torch.randint(
            0, 256, (1, config.image.max_tiles, side, side, 3), generator=generator
        ).to(torch.uint8),
        'ids': ids if spec.name != 'step' else ids[:, :1],
        'is_text': torch.arange(ids.shape[1])[None] >= ids.shape[1] - 2,
        'features': torch.randn(1, config.image_tokens, width, generator=generator),
        'target_points_m': 10.0 * torch.randn(1, 2, 2, generator=generator),
        'past': torch.randn(past_shape, generator=generator),
    }
    return {name: inputs[name] for name in spec.inputs}
