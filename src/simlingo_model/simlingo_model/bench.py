# SPDX-License-Identifier: Apache-2.0
"""Measure the engine against upstream's naive way, on the same weights and machine.

The naive way runs the whole sequence again for every token, with scores for all positions, and
once more for the action, with PyTorch's own attention and the weights as in the file: upstream's
adapters are not merged.  All ways use the same image and generate the same number of tokens.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, cast

import numpy as np
import psutil
import torch

from simlingo_core.memory import keep_large_blocks
from simlingo_model.bench_ways import COMMENTARY_TOKENS, BenchWays, synchronise
from simlingo_model.decoder import causal_model
from simlingo_model.network import SimLingoNetwork
from simlingo_model.packed import can_pack, pack_weights, weight_bytes
from simlingo_model.passes import EagerPasses, choose_passes
from simlingo_model.presets import build_mini
from simlingo_model.processor import Processor

# Goals for the released size, by kind of device.
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
    """Measured times of one tick (medians), memory and bandwidth.

    Attributes:
        vision_s: of the image encoder.
        naive_s: of upstream's naive way.
        naive_merged_s: of the naive way with merged adapters; None: there are no adapters.
        exact_s, parallel_s, action_only_s: of our orders.
        action_only_p99_s: 99th percentile of the action alone.
        token_s: of one generated token.
        memory_mb: of the process.
        weight_bytes: of all weights.
        token_weight_bytes: of the weights used for one token.
        bandwidth_bytes_per_s: of a copy larger than the processor's caches, read and written.
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
    """Return measured times as rows of a bench section.

    Args:
        times: of ``measure``.
        goals: by name of a row, ``at_least`` or ``at_most``.
    """
    values = _speedups(times) | _numbers(times)
    return [
        {'name': name, 'label': label, 'value': value, **goals.get(name, {})}
        for name, (label, value) in values.items()
    ]


def _speedups(times: EngineTimes) -> dict[str, tuple[str, float]]:
    """Return label and value of the ratios between the ways, by name."""
    rows = {'exact_speedup': ('exact: speed-up over naive', times.naive_s / times.exact_s)}
    if times.naive_merged_s is not None:
        merged = times.naive_merged_s / times.exact_s
        rows['exact_speedup_merged'] = ('exact: speed-up, adapters merged in both', merged)
    rows['parallel_speedup'] = (
        'parallel: speed-up over exact',
        times.exact_s / times.parallel_s,
    )
    rows['action_only_speedup'] = (
        'action only: speed-up over exact',
        times.exact_s / times.action_only_s,
    )
    return rows


def _numbers(times: EngineTimes) -> dict[str, tuple[str, float]]:
    """Return label and value of times and memory, by name."""
    bandwidth = times.bandwidth_bytes_per_s
    action_roofline_s = times.weight_bytes / bandwidth
    token_roofline_s = times.token_weight_bytes / bandwidth
    p99_ratio = times.action_only_p99_s / times.action_only_s
    return {
        'naive_ms': (f'naive, {COMMENTARY_TOKENS} tokens [ms]', 1e3 * times.naive_s),
        'exact_ms': (f'exact, {COMMENTARY_TOKENS} tokens [ms]', 1e3 * times.exact_s),
        'parallel_ms': ('parallel [ms]', 1e3 * times.parallel_s),
        'action_only_ms': ('action only [ms]', 1e3 * times.action_only_s),
        'action_only_p99_ratio': ('action only, p99 / median', p99_ratio),
        'vision_ms': ('vision, part of each [ms]', 1e3 * times.vision_s),
        'tokens_per_second': ('text [tokens/s]', 1.0 / times.token_s),
        'memory_mb': ('memory of the process [MB]', times.memory_mb),
        'weights_mb': ('memory of the weights [MB]', times.weight_bytes / 1e6),
        'bandwidth_gb_per_s': ('memory bandwidth, large copy [GB/s]', bandwidth / 1e9),
        'action_only_rooflines': (
            'action only / time to read its weights',
            times.action_only_s / action_roofline_s,
        ),
        'token_rooflines': (
            'one token / time to read its weights',
            times.token_s / token_roofline_s,
        ),
    }


def measure(network: SimLingoNetwork, processor: Processor, *, repeats: int) -> EngineTimes:
    """Time one tick in every order; adapters are merged after the naive way was timed."""
    keep_large_blocks()
    eager = BenchWays(network.eval(), processor, EagerPasses(network))
    eager.action_only()
    naive_s, naive_merged_s = _naive_s(eager, repeats), None
    if network.config.lora is not None:
        _merge_adapters(network)
        naive_merged_s = _naive_s(eager, repeats)
    if can_pack(network):
        pack_weights(network)
    bench = BenchWays(network, processor, choose_passes(network, processor))
    exact_s = _median(bench.exact, repeats)
    action_times = _times(bench.action_only, repeats)
    with_text = _median(bench.exact_without_action, repeats)
    without_text = _median(bench.prefill, repeats)
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


def _naive_s(eager: BenchWays, repeats: int) -> float:
    # Already warm, and at full size one run takes more than a minute.
    return statistics.median(_timed(eager.naive) for _ in range(max(1, repeats // 5)))


def _merge_adapters(network: SimLingoNetwork) -> None:
    network.language = cast(Any, network.language).merge_and_unload()
    network.config = network.config.with_lora(None)


def _token_weight_bytes(network: SimLingoNetwork) -> int:
    """Return the memory of the weights used for one token of text."""
    language = causal_model(network.language)
    return weight_bytes(language) - weight_bytes(language.model.embed_tokens)


def _bandwidth_bytes_per_s(device: torch.device) -> float:
    """Return the bandwidth of a copy larger than the processor's caches, read and written."""
    one = torch.ones(_COPY_BYTES, dtype=torch.uint8, device=device)
    other = torch.empty_like(one)

    def copy() -> None:
        other.copy_(one)
        synchronise(device)

    return 2 * _COPY_BYTES / min(_times(copy, 10))


def _times(action: Callable[[], object], repeats: int) -> Sequence[float]:
    action()
    return [_timed(action) for _ in range(repeats)]


def _timed(action: Callable[[], object]) -> float:
    start = time.perf_counter()
    action()
    return time.perf_counter() - start


def _median(action: Callable[[], object], repeats: int) -> float:
    return statistics.median(_times(action, repeats))
