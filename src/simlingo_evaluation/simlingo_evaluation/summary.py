# SPDX-License-Identifier: Apache-2.0
"""The numbers of a campaign, by policy and by situation."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from simlingo_evaluation.records import TRUSTED, EpisodeRecord
from simlingo_evaluation.statistics import Interval, bootstrap_over_seeds
from simlingo_sim.score.abilities import ABILITIES, abilities_of
from simlingo_sim.score.bench2drive import efficiency
from simlingo_sim.score.infractions import EndReason
from simlingo_sim.score.protocol import ScoreProtocol
from simlingo_sim.score.results import checkpoint, infractions_per_km

Value = Callable[[EpisodeRecord], float]


def summarise(
    records: Sequence[EpisodeRecord], episodes_asked: dict[str, int], protocol: ScoreProtocol
) -> dict[str, Any]:
    """Return the numbers of a campaign.

    Field names: ``policies.<name>`` holds ``episodes``, ``episodes_asked``, ``driving_score``,
    ``success_percent``, ``route_completion_percent``, ``penalty`` (each with ``mean``, ``low`` and
    ``high`` of the 95 % bootstrap interval over seeds), ``driving_score_over_episodes`` (the same
    with every episode drawn by itself), ``smoothness_official_percent``,
    ``smoothness_corrected_percent``, ``efficiency_percent``, ``infractions_per_km``,
    ``says_and_does`` (see there; empty without commentary),
    ``situations.<name>`` with the same first three, ``abilities.<name>`` (see there), ``failures``
    and ``crashed`` (route, seed, situations, status, driving_score, cause, strip) and
    ``leaderboard``, the result in the leaderboard's layout.

    An episode whose simulation crashed says nothing about the policy: it is missing from the
    numbers.  One whose agent crashed counts as the protocol says.  Both are listed as crashed and
    not as failures.

    Args:
        records: finished episodes of all policies.
        episodes_asked: how many episodes each policy should have.
        protocol: the rules they were scored by.
    """
    by_policy: dict[str, list[EpisodeRecord]] = {name: [] for name in episodes_asked}
    for record in records:
        by_policy.setdefault(record.policy, []).append(record)
    return {
        'schema': 2,
        'protocol': protocol.name,
        'policies': {
            name: _policy(found, episodes_asked.get(name, len(found)), protocol)
            for name, found in by_policy.items()
        },
    }


def has_crashes(summary: dict[str, Any]) -> bool:
    """Tell whether a summary, of scores or of instructions, has crashed episodes."""
    policies = summary['policies'].values()
    return bool(summary.get('crashed')) or any(policy.get('crashed') for policy in policies)


def _policy(
    records: Sequence[EpisodeRecord], asked: int, protocol: ScoreProtocol
) -> dict[str, Any]:
    results = [record for record in records if record.has_result]
    counted = results
    if protocol.drops_crashed:
        counted = [r for r in results if r.score.end is not EndReason.AGENT_CRASHED]
    situations: dict[str, list[EpisodeRecord]] = defaultdict(list)
    for record in counted:
        for name in record.situations:
            situations[name].append(record)
    entries = [record.entry(repetition=record.seed) for record in results]
    return {
        'episodes': len(results),
        'episodes_asked': asked,
        **_headline(counted),
        'driving_score_over_episodes': _as_dict(
            bootstrap_over_seeds({n: [r.score.driving_score] for n, r in enumerate(counted)})
        ),
        'penalty': _interval(counted, lambda r: r.score.penalty),
        'smoothness_official_percent': _mean_percent(r.smoothness_official for r in counted),
        'smoothness_corrected_percent': _mean_percent(r.smoothness_corrected for r in counted),
        'efficiency_percent': _number(efficiency([r.score for r in counted])),
        'infractions_per_km': infractions_per_km(entries),
        'situations': {name: _headline(found) for name, found in sorted(situations.items())},
        'abilities': abilities(counted),
        'failures': [_failure(r) for r in records if not (r.score.is_success or r.is_crashed)],
        'crashed': [_failure(record) for record in records if record.is_crashed],
        'says_and_does': says_and_does(results),
        'leaderboard': checkpoint(entries, asked, protocol),
    }


def abilities(records: Sequence[EpisodeRecord]) -> dict[str, Any]:
    """Return ``count`` and ``success_percent`` of each of Bench2Drive's abilities.

    An episode counts once for each ability that one of its situations shows; an episode without
    success counts as failed, also where Bench2Drive's tool would let a traffic sign count that was
    passed before (``simlingo results ability`` does).
    """
    shown: dict[str, list[EpisodeRecord]] = {name: [] for name in ABILITIES}
    for record in records:
        for name in dict.fromkeys(a for s in record.situations for a in abilities_of(s)):
            shown[name].append(record)
    return {
        name: {
            'count': len(found),
            'success_percent': _mean_percent(float(r.score.is_success) for r in found),
        }
        for name, found in shown.items()
    }


def says_and_does(records: Iterable[EpisodeRecord]) -> dict[str, Any]:
    """Return how often texts contradict plan, drive or what is there.

    ``compared``: texts; ``share``: of them, by kind of contradiction; ``episodes``: with any, by
    kind; ``trusted``: texts while plans were not doubted; ``share_trusted``: contradictions among
    those, also of ``compared``.  Empty where nothing was compared.
    """
    found = [record.words for record in records if record.words]
    compared = sum(words['compared'] for words in found)
    kinds = sorted(
        kind
        for kind in {kind for words in found for kind in words} - {'compared'}
        if not kind.startswith(TRUSTED)
    )
    if not compared:
        return {}
    return {
        'compared': compared,
        'share': {k: _number(sum(w.get(k, 0) for w in found) / compared) for k in kinds},
        'episodes': {kind: sum(kind in words for words in found) for kind in kinds},
        'trusted': sum(words.get(TRUSTED, words['compared']) for words in found),
        'share_trusted': {
            kind: _number(sum(w.get(f'{TRUSTED}_{kind}', 0) for w in found) / compared)
            for kind in kinds
        },
    }


def _headline(records: Iterable[EpisodeRecord]) -> dict[str, Any]:
    found = list(records)
    return {
        'count': len(found),
        'driving_score': _interval(found, lambda r: r.score.driving_score),
        'success_percent': _interval(found, lambda r: 100.0 * r.score.is_success),
        'route_completion_percent': _interval(found, lambda r: r.score.route_score),
    }


def _interval(records: Sequence[EpisodeRecord], value: Value) -> dict[str, float | None]:
    by_seed: dict[int, list[float]] = defaultdict(list)
    for record in records:
        by_seed[record.seed].append(value(record))
    return _as_dict(bootstrap_over_seeds(by_seed))


def _as_dict(interval: Interval) -> dict[str, float | None]:
    return {
        'mean': _number(interval.mean),
        'low': _number(interval.low),
        'high': _number(interval.high),
    }


def _mean_percent(shares: Iterable[float | None]) -> float | None:
    known = [share for share in shares if share is not None]
    return _number(100.0 * sum(known) / len(known)) if known else None


def _number(value: float) -> float | None:
    """JSON knows no NaN; null says that there is no number."""
    return round(value, 4) if math.isfinite(value) else None


def _failure(record: EpisodeRecord) -> dict[str, Any]:
    return {
        'route': record.route_id,
        'seed': record.seed,
        'situations': list(record.situations),
        'status': record.score.status,
        'driving_score': round(record.score.driving_score, 2),
        'cause': record.cause,
        'strip': record.strip,
    }
