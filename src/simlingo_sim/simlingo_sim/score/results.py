# SPDX-License-Identifier: Apache-2.0
"""Results in the layout of the leaderboard's checkpoint file."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from simlingo_sim.score.infractions import EndReason, InfractionKind
from simlingo_sim.score.protocol import ScoreProtocol
from simlingo_sim.score.scorer import EpisodeScore

LABELS = (
    ('Avg. driving score', 'score_composed'),
    ('Avg. route completion', 'score_route'),
    ('Avg. infraction penalty', 'score_penalty'),
    ('Collisions with pedestrians', InfractionKind.COLLISION_PEDESTRIAN),
    ('Collisions with vehicles', InfractionKind.COLLISION_VEHICLE),
    ('Collisions with layout', InfractionKind.COLLISION_STATIC),
    ('Red lights infractions', InfractionKind.RED_LIGHT),
    ('Stop sign infractions', InfractionKind.STOP_SIGN),
    ('Off-road infractions', InfractionKind.OUTSIDE_LANES),
    ('Route deviations', InfractionKind.ROUTE_DEVIATION),
    ('Route timeouts', InfractionKind.ROUTE_TIMEOUT),
    ('Agent blocked', InfractionKind.BLOCKED),
    ('Yield emergency vehicles infractions', InfractionKind.YIELD_EMERGENCY),
    ('Scenario timeouts', InfractionKind.SCENARIO_TIMEOUT),
    ('Min speed infractions', InfractionKind.MIN_SPEED),
)


@dataclass(frozen=True, kw_only=True)
class EpisodeEntry:
    """One drive as it goes into the result file.

    Attributes:
        route_id: of the route file.
        repetition: counts from 0.
        town: name of the town.
        scenario: name of the situation.
        score: what came out.
        duration_system_s: wall time it took.
    """

    route_id: str
    repetition: int
    town: str
    scenario: str
    score: EpisodeScore
    duration_system_s: float = 0.0


def route_record(entry: EpisodeEntry, index: int) -> dict[str, Any]:
    """Return the record of one drive, with Bench2Drive's extra keys."""
    score = entry.score
    infractions: dict[str, list[str]] = {kind.value: [] for kind in InfractionKind}
    for infraction in score.infractions:
        infractions[infraction.kind.value].append(infraction.message)
    return {
        'index': index,
        'route_id': f'RouteScenario_{entry.route_id}_rep{entry.repetition}',
        'status': score.status,
        'num_infractions': len(score.infractions),
        'infractions': infractions,
        'scores': {
            'score_route': round(score.route_score, 6),
            'score_penalty': round(score.penalty, 6),
            'score_composed': round(score.driving_score, 6),
        },
        'meta': {
            'route_length': round(score.route_length_m, 3),
            'duration_game': round(score.duration_s, 3),
            'duration_system': round(entry.duration_system_s, 3),
        },
        'scenario_name': entry.scenario,
        'town_name': entry.town,
    }


def global_record(entries: Sequence[EpisodeEntry], total: int) -> dict[str, Any]:
    """Return the means over all drives; ``total`` drives were asked for."""
    keys = ('score_composed', 'score_route', 'score_penalty')
    columns: dict[str, list[float]] = {
        'score_composed': [entry.score.driving_score for entry in entries],
        'score_route': [entry.score.route_score for entry in entries],
        'score_penalty': [entry.score.penalty for entry in entries],
    }
    spread = {key: round(_deviation(columns[key]), 6) for key in keys}
    failed = [
        [route_record(entry, index)['route_id'], index, entry.score.status]
        for index, entry in enumerate(entries)
        if entry.score.end is not EndReason.ARRIVED
    ]
    return {
        'index': -1,
        'route_id': -1,
        'status': 'Failed' if failed else _best_status(entries),
        'infractions': infractions_per_km(entries),
        'scores_mean': {key: round(sum(columns[key]) / max(total, 1), 6) for key in keys},
        'scores_std_dev': spread,
        'meta': {
            'total_length': round(sum(entry.score.route_length_m for entry in entries), 3),
            'duration_game': round(sum(entry.score.duration_s for entry in entries), 3),
            'duration_system': round(sum(entry.duration_system_s for entry in entries), 3),
            'exceptions': failed,
        },
    }


def infractions_per_km(entries: Sequence[EpisodeEntry]) -> dict[str, float]:
    """Return infractions per completed kilometre; outside lanes: kilometres per kilometre."""
    driven_km = sum(e.score.route_length_m * e.score.route_score / 1e5 for e in entries)
    totals = dict.fromkeys(InfractionKind, 0.0)
    for entry in entries:
        length_km = entry.score.route_length_m * entry.score.route_score / 1e5
        for infraction in entry.score.infractions:
            is_share = infraction.kind is InfractionKind.OUTSIDE_LANES
            totals[infraction.kind] += infraction.percentage / 100 * length_km if is_share else 1.0
    return {kind.value: round(total / max(driven_km, 1e-3), 3) for kind, total in totals.items()}


def checkpoint(
    entries: Sequence[EpisodeEntry], total: int, protocol: ScoreProtocol
) -> dict[str, Any]:
    """Return the whole result file.

    Args:
        entries: the drives made, in order.
        total: drives asked for; missing ones count as zero, unless the protocol drops them.
        protocol: the rules the drives were scored by.
    """
    counted = list(entries)
    if protocol.drops_crashed:
        counted = [e for e in entries if e.score.end is not EndReason.AGENT_CRASHED]
        total = len(counted)
    summary = global_record(counted, total)
    values = [
        summary['scores_mean'][key]
        if isinstance(key, str) and key in summary['scores_mean']
        else summary['infractions'][str(key)]
        for _, key in LABELS
    ]
    return {
        '_checkpoint': {
            'global_record': summary,
            'progress': [len(entries), total],
            'records': [route_record(entry, index) for index, entry in enumerate(entries)],
        },
        'entry_status': 'Finished' if len(entries) >= total else 'Started',
        'eligible': len(entries) >= total,
        'sensors': [],
        'values': [str(value) for value in values],
        'labels': [label for label, _ in LABELS],
        'protocol': protocol.name,
    }


def _deviation(values: Sequence[float]) -> float:
    return statistics.stdev(values) if len(values) > 1 else 0.0


def _best_status(entries: Sequence[EpisodeEntry]) -> str:
    statuses = {entry.score.status for entry in entries}
    return 'Perfect' if statuses == {'Perfect'} else 'Completed'
