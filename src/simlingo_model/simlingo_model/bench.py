# SPDX-License-Identifier: Apache-2.0
"""Measure the engine against upstream's naive way, on the same weights and machine.

The naive way runs the whole sequence again for every token, with scores for all positions, and
once more for the action, with PyTorch's own attention and the weights as they are in the file:
upstream's adapters stay beside their layers.  All ways read the same image and say the same
number of tokens.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, cast

import numpy as np
import psutil
import torch

from simlingo_core.memory import keep_large_blocks
from simlingo_model import prompts
from simlingo_model.attention import IMPLEMENTATION
from simlingo_model.config import ModelConfig, internvl2_1b
from simlingo_model.decoder import causal_model
from simlingo_model.network import SimLingoNetwork
from simlingo_model.packed import can_pack, pack_weights, weight_bytes
from simlingo_model.passes import Passes, PlainPasses
from simlingo_model.policy import passes_for
from simlingo_model.presets import build_mini, build_network
from simlingo_model.processor import Processor
from simlingo_model.reading import Reading
from simlingo_model.tokenizer import BASE_SPECIALS, DRIVING_SPECIALS, TextTokenizer

COMMENTARY_TOKENS = 30
# Of the released size, by kind of device.
GOALS: Mapping[str, Mapping[str, Mapping[str, float]]] = MappingProxyType(
    {
        'cpu': {'exact_speedup': {'at_least': 10.0}},
        'cuda': {
            'action_only_ms': {'at_most': 10.0},
            'action_only_p99_ratio': {'at_most': 1.2},
        },
    }
)
_COPY_BYTES = 256 * 1024 * 1024


@dataclass(frozen=True, kw_only=True)
class EngineTimes:
    """Medians of one tick, seconds, and what else was measured.

    ``naive_merged_s`` is the naive way with the adapters merged; None: there are none.
    """

    vision_s: float
    naive_s: float
    naive_merged_s: float | None
    exact_s: float
    parallel_s: float
    action_only_s: float
    action_only_p99_s: float
    token_s: float
    memory_mb: float
    weight_bytes: int
    token_weight_bytes: int
    bandwidth_bytes_per_s: float


def mini_rows(quick: bool) -> list[dict[str, Any]]:
    """Measure the mini (section ``model`` of ``simlingo bench``)."""
    network, processor = build_mini(0)
    times = measure(network, processor, repeats=5 if quick else 30)
    return rows_of(times, {'action_only_ms': {'at_most': 50.0}})


def rows_of(
    times: EngineTimes, goals: Mapping[str, Mapping[str, float]] = MappingProxyType({})
) -> list[dict[str, Any]]:
    """Return what was measured as rows of a bench section.

    Args:
        times: of ``measure``.
        goals: by name of a row, ``at_least`` or ``at_most``.
    """
    values: dict[str, tuple[str, float]] = {
        'exact_speedup': ('exact: times as fast as the naive way', times.naive_s / times.exact_s)
    }
    if times.naive_merged_s is not None:
        merged = times.naive_merged_s / times.exact_s
        values['exact_speedup_merged'] = ('the same, adapters merged in both', merged)
    values |= {
        'parallel_speedup': (
            'parallel: times as fast as exact',
            times.exact_s / times.parallel_s,
        ),
        'action_only_speedup': (
            'action only: times as fast as exact',
            times.exact_s / times.action_only_s,
        ),
        'naive_ms': (f'naive, {COMMENTARY_TOKENS} tokens [ms]', 1e3 * times.naive_s),
        'exact_ms': (f'exact, {COMMENTARY_TOKENS} tokens [ms]', 1e3 * times.exact_s),
        'parallel_ms': ('parallel [ms]', 1e3 * times.parallel_s),
        'action_only_ms': ('action only [ms]', 1e3 * times.action_only_s),
        'action_only_p99_ratio': (
            'action only, p99 / median',
            times.action_only_p99_s / times.action_only_s,
        ),
        'vision_ms': ('of that vision [ms]', 1e3 * times.vision_s),
        'tokens_per_second': ('text [tokens/s]', 1.0 / times.token_s),
        'memory_mb': ('memory of the process [MB]', times.memory_mb),
        'weights_mb': ('of that weights [MB]', times.weight_bytes / 1e6),
        'bandwidth_gb_per_s': (
            'memory, one large copy [GB/s]',
            times.bandwidth_bytes_per_s / 1e9,
        ),
        'action_only_rooflines': (
            'action only: times its weights / memory speed',
            times.action_only_s * times.bandwidth_bytes_per_s / times.weight_bytes,
        ),
        'token_rooflines': (
            'a token: times its weights / memory speed',
            times.token_s * times.bandwidth_bytes_per_s / times.token_weight_bytes,
        ),
    }
    return [
        {'name': name, 'label': label, 'value': value, **goals.get(name, {})}
        for name, (label, value) in values.items()
    ]


def measure(network: SimLingoNetwork, processor: Processor, *, repeats: int) -> EngineTimes:
    """Time one tick in every order; the network's adapters are merged after the naive one."""
    keep_large_blocks()
    plain = _Bench(network.eval(), processor, PlainPasses(network))
    plain.action_only()
    naive_s, naive_merged_s = _naive_s(plain, repeats), None
    if network.config.lora is not None:
        _merge_adapters(network)
        naive_merged_s = _naive_s(plain, repeats)
    if can_pack(network):
        pack_weights(network)
    bench = _Bench(network, processor, passes_for(network, processor))
    exact_s = _median(bench.exact, repeats)
    action_times = _times(bench.action_only, repeats)
    with_text = _median(bench.exact_without_action, repeats)
    without_text = _median(bench.read_prompt, repeats)
    return EngineTimes(
        vision_s=_median(bench.encode, repeats),
        naive_s=naive_s,
        naive_merged_s=naive_merged_s,
        exact_s=exact_s,
        parallel_s=_median(bench.parallel, repeats),
        action_only_s=statistics.median(action_times),
        action_only_p99_s=float(np.percentile(action_times, 99)),
        token_s=max(1e-9, (with_text - without_text) / (COMMENTARY_TOKENS - 1)),
        memory_mb=psutil.Process().memory_info().rss / 1e6,
        weight_bytes=weight_bytes(network),
        token_weight_bytes=_token_weight_bytes(network),
        bandwidth_bytes_per_s=_bandwidth_bytes_per_s(network.device),
    )


def _naive_s(plain: _Bench, repeats: int) -> float:
    # It is warm, and at full size one run takes more than a minute.
    return statistics.median(_timed(plain.naive) for _ in range(max(1, repeats // 5)))


def _merge_adapters(network: SimLingoNetwork) -> None:
    network.language = cast(Any, network.language).merge_and_unload()
    network.config = network.config.with_lora(None)


def _token_weight_bytes(network: SimLingoNetwork) -> int:
    """Return the memory of the weights that are read for one token of text."""
    language = causal_model(network.language)
    return weight_bytes(language) - weight_bytes(language.model.embed_tokens)


def _bandwidth_bytes_per_s(device: torch.device) -> float:
    """Return how fast a copy larger than all caches reads and writes."""
    one = torch.ones(_COPY_BYTES, dtype=torch.uint8, device=device)
    other = torch.empty_like(one)

    def copy() -> None:
        other.copy_(one)
        _synchronise(device)

    return 2 * _COPY_BYTES / min(_times(copy, 10))


class _Bench:
    """The ways to make one tick."""

    def __init__(self, network: SimLingoNetwork, processor: Processor, passes: Passes) -> None:
        self._network = network
        self._passes = passes
        encoder = processor.encoder
        side = network.config.vision.tile_px
        generator = np.random.default_rng(0)
        shape = (1, network.config.image.max_tiles, side, side, 3)
        self._tiles = torch.from_numpy(generator.integers(0, 256, shape, dtype=np.uint8))
        self._targets = torch.tensor([[[14.25, -1.5], [31.75, 4.625]]])
        navigation = prompts.target_point_clause()
        self._commentary = encoder.question(prompts.commentary_prompt(4.2, navigation))
        self._driving = encoder.question(prompts.driving_prompt(4.2, navigation))
        self._answer = encoder.answer(prompts.WAYPOINTS_ANSWER)
        self._capacity = len(self._commentary) + COMMENTARY_TOKENS + 64

    def encode(self) -> torch.Tensor:
        features = self._passes.encode(self._tiles)
        _synchronise(features.device)
        return features

    def read_prompt(self) -> Reading:
        features = self._passes.encode(self._tiles)
        reading = self._passes.begin(features, self._targets, self._capacity)
        reading.read(self._commentary)
        _synchronise(features.device)
        return reading

    def exact_without_action(self) -> None:
        reading = self.read_prompt()
        # No end token: a random network must say as many tokens as asked.
        list(reading.generate(-1, COMMENTARY_TOKENS))

    def exact(self) -> None:
        reading = self.read_prompt()
        said = list(reading.generate(-1, COMMENTARY_TOKENS))
        _wait(reading.read_and_act((), said[-1:]))

    def parallel(self) -> None:
        reading = self._act()
        if reading.fork(self._commentary, self._capacity) is None:
            raise RuntimeError('the commentary shares nothing with the action')

    def action_only(self) -> None:
        self._act()

    def _act(self) -> Reading:
        features = self._passes.encode(self._tiles)
        points, reading = self._passes.act(features, self._targets, self._driving, self._answer)
        _wait(points)
        return reading

    def naive(self) -> None:
        with _stock_attention(self._network):
            self._naive()

    @torch.inference_mode()
    def _naive(self) -> None:
        network = self._network
        features = network.encode_tiles(self._tiles)
        ids = torch.tensor([self._commentary], device=network.device)
        embeddings = network.embed(ids, features, self._targets.to(network.device))
        for _ in range(COMMENTARY_TOKENS):
            scores = network.logits(network.read(embeddings))
            token = scores[:, -1:].argmax(-1)
            embeddings = torch.cat((embeddings, network.embed_tokens(token)), dim=1)
        everything = torch.cat((embeddings, network.action.queries), dim=1)
        hidden = network.read(everything)
        path, speed = network.action(hidden[:, -network.config.action.queries :])
        _wait(torch.cat((path[0], speed[0])))


@contextmanager
def _stock_attention(network: SimLingoNetwork) -> Iterator[None]:
    models = [cast(Any, network.vision.model), cast(Any, causal_model(network.language))]
    try:
        for model in models:
            model.set_attn_implementation('sdpa')
        yield
    finally:
        for model in models:
            model.set_attn_implementation(IMPLEMENTATION)


def build_full_size(
    dtype: torch.dtype, config: ModelConfig | None = None
) -> tuple[SimLingoNetwork, Processor]:
    """Return the released size, random weights, a stand-in vocabulary.

    The vocabulary has the real special ids, so that sequences have the real length in image
    tokens; text is spelled byte by byte.
    """
    config = config or internvl2_1b()
    before = torch.get_default_dtype()
    torch.set_default_dtype(dtype)
    try:
        network, processor = build_network(config, stand_in_tokenizer(), seed=0)
    finally:
        torch.set_default_dtype(before)
    for parameter in network.parameters():
        # peft makes adapters in float32.
        parameter.data = parameter.data.to(dtype)
    return network, processor


def stand_in_tokenizer() -> TextTokenizer:
    """Return a byte vocabulary with Qwen2's special ids."""
    from tokenizers import pre_tokenizers

    vocabulary = {c: i for i, c in enumerate(sorted(pre_tokenizers.ByteLevel.alphabet()))}
    first, first_image = 151643, 151646
    specials = {name: first + i for i, name in enumerate(BASE_SPECIALS[:3])}
    specials |= {name: first_image + i for i, name in enumerate(BASE_SPECIALS[3:])}
    specials |= {name: 151655 + i for i, name in enumerate(DRIVING_SPECIALS)}
    return TextTokenizer(vocabulary, [], specials)


def _times(action: Callable[[], object], repeats: int) -> Sequence[float]:
    action()
    return [_timed(action) for _ in range(repeats)]


def _timed(action: Callable[[], object]) -> float:
    start = time.perf_counter()
    action()
    return time.perf_counter() - start


def _median(action: Callable[[], object], repeats: int) -> float:
    return statistics.median(_times(action, repeats))


def _wait(points_m: torch.Tensor) -> None:
    """Copy the result to the host, as a plan does; on a GPU this waits for it."""
    points_m.cpu()


def _synchronise(device: torch.device) -> None:
    if device.type == 'cuda':
        torch.cuda.synchronize(device)
