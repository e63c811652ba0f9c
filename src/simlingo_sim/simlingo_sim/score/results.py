# SPDX-License-Identifier: Apache-2.0
"""Results in the layout of the leaderboard's checkpoint file, as Bench2Drive writes it.

Source: ``statistics_manager.py`` of Bench2Drive's leaderboard (reference facts:
carla_ros_interface §5.3, outside §c).
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from simlingo_sim.score.infractions import EndReason, InfractionKind
from simlingo_sim.score.protocol import ScoreProtocol
from simlingo_sim.score.scorer import EpisodeScore

SCORE_DIGITS, DIGITS = 6, 3
LEAST_KM = 1e-3
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
    """One episode as it goes into the result file.

    Attributes:
        route_id: id in the route file.
        repetition: number of the repetition, from 0.
        town: name of the town.
        scenario: name of the situation.
        score: result of the episode.
        duration_system_s: wall time it took.
    """

    route_id: str
    repetition: int
    town: str
    scenario: str
    score: EpisodeScore
    duration_system_s: float = 0.0

    @property
    def record_id(self) -> str:
        """Route and repetition as the leaderboard names them."""
        return f'RouteScenario_{self.route_id}_rep{self.repetition}'

    @property
    def save_name(self) -> str:
        """Name of its files: route, town and situation; letters, digits and ``_.+-`` only."""
        name = f'{self.record_id}_{Path(self.town).stem}_{self.scenario}'
        return re.sub(r'[^A-Za-z0-9_.+-]+', '-', name)

    @property
    def completed_km(self) -> float:
        """Completed part of the route."""
        return self.score.route_length_m / 1000.0 * self.score.route_score / 100.0


def route_record(entry: EpisodeEntry, index: int) -> dict[str, Any]:
    """Return the record of one episode, with Bench2Drive's extra keys.

    ``weather_id`` is None: the embedded simulator has no weather of that table.
    """
    score = entry.score
    infractions: dict[str, list[str]] = {kind.value: [] for kind in InfractionKind}
    for infraction in score.infractions:
        infractions[infraction.kind.value].append(infraction.message)
    return {
        'index': index,
        'route_id': entry.record_id,
        'scenario_name': entry.scenario,
        'weather_id': None,
        'save_name': entry.save_name,
        'status': score.status,
        'num_infractions': len(score.infractions),
        'infractions': infractions,
        'scores': {
            'score_route': round(score.route_score, SCORE_DIGITS),
            'score_penalty': round(score.penalty, SCORE_DIGITS),
            'score_composed': round(score.driving_score, SCORE_DIGITS),
        },
        'meta': {
            'route_length': round(score.route_length_m, DIGITS),
            'duration_game': round(score.duration_s, DIGITS),
            'duration_system': round(entry.duration_system_s, DIGITS),
        },
        'town_name': entry.town,
    }


def checkpoint(
    entries: Sequence[EpisodeEntry], total: int, protocol: ScoreProtocol
) -> dict[str, Any]:
    """Return the whole result file.

    Args:
        entries: the episodes run, in order.
        total: episodes asked for; missing ones count as zero in the means, unless the protocol
            drops crashed agents and divides by what is left.  Progress and eligibility always
            refer to what was asked for.
        protocol: the rules the episodes were scored by.
    """
    indexed = list(enumerate(entries))
    divisor = total
    if protocol.drops_crashed:
        indexed = [(k, e) for k, e in indexed if e.score.end is not EndReason.AGENT_CRASHED]
        divisor = len(indexed)
    summary = _global_record(indexed, divisor)
    values = [
        summary['scores_mean'][key]
        if isinstance(key, str) and key in summary['scores_mean']
        else summary['infractions'][str(key)]
        for _, key in LABELS
    ]
    status = _entry_status(entries, total)
    return {
        '_checkpoint': {
            'global_record': summary,
            'progress': [len(entries), total],
            'records': [route_record(entry, index) for index, entry in enumerate(entries)],
        },
        'entry_status': status,
        'eligible': status == 'Finished',
        'sensors': [],
        'values': [str(value) for value in values],
        'labels': [label for label, _ in LABELS],
        'protocol': protocol.name,
    }


def infractions_per_km(entries: Sequence[EpisodeEntry]) -> dict[str, float]:
    """Return infractions per completed kilometre.

    Outside lanes: kilometres driven outside per completed kilometre.
    """
    totals, driven_km = _infraction_totals(entries)
    return {kind.value: round(total / driven_km, DIGITS) for kind, total in totals.items()}


def _entry_status(entries: Sequence[EpisodeEntry], total: int) -> str:
    if any(entry.score.end is EndReason.SIMULATION_CRASHED for entry in entries):
        return 'Crashed'
    return 'Finished' if len(entries) >= total else 'Started'


def _global_record(indexed: Sequence[tuple[int, EpisodeEntry]], total: int) -> dict[str, Any]:
    """Return means and sums over episodes, each with its index among the records."""
    entries = [entry for _, entry in indexed]
    columns = {
        'score_composed': [entry.score.driving_score for entry in entries],
        'score_route': [entry.score.route_score for entry in entries],
        'score_penalty': [entry.score.penalty for entry in entries],
    }
    means = {key: sum(values) / max(total, 1) for key, values in columns.items()}
    failed = [
        [entry.record_id, index, entry.score.status]
        for index, entry in indexed
        if entry.score.end is not EndReason.ARRIVED
    ]
    return {
        'index': -1,
        'route_id': -1,
        'status': 'Failed' if failed else _best_status(entries),
        'infractions': _global_infractions(entries),
        'scores_mean': {key: round(mean, SCORE_DIGITS) for key, mean in means.items()},
        'scores_std_dev': {
            key: round(_deviation(values, means[key], total), DIGITS)
            for key, values in columns.items()
        },
        'meta': {
            'total_length': round(sum(entry.score.route_length_m for entry in entries), DIGITS),
            'duration_game': round(sum(entry.score.duration_s for entry in entries), DIGITS),
            'duration_system': round(sum(entry.duration_system_s for entry in entries), DIGITS),
            'exceptions': failed,
        },
    }


def _global_infractions(entries: Sequence[EpisodeEntry]) -> dict[str, float]:
    """Return infractions per completed kilometre; outside lanes in kilometres, as the original."""
    rates = infractions_per_km(entries)
    totals, _ = _infraction_totals(entries)
    rates[InfractionKind.OUTSIDE_LANES.value] = round(totals[InfractionKind.OUTSIDE_LANES], DIGITS)
    return rates


def _infraction_totals(
    entries: Sequence[EpisodeEntry],
) -> tuple[dict[InfractionKind, float], float]:
    """Return counts (kilometres for outside lanes), and the completed kilometres, above 0."""
    totals = dict.fromkeys(InfractionKind, 0.0)
    for entry in entries:
        for infraction in entry.score.infractions:
            is_share = infraction.kind is InfractionKind.OUTSIDE_LANES
            totals[infraction.kind] += (
                infraction.percentage / 100.0 * entry.completed_km if is_share else 1.0
            )
    return totals, max(sum(entry.completed_km for entry in entries), LEAST_KM)


def _deviation(values: Sequence[float], mean: float, total: int) -> float:
    """Return the deviation as the original computes it, also where episodes are missing."""
    if total < 2:
        return 0.0
    return math.sqrt(sum((value - mean) ** 2 for value in values) / (total - 1))


def _best_status(entries: Sequence[EpisodeEntry]) -> str:
    return 'Perfect' if all(e.score.status == 'Perfect' for e in entries) else 'Completed'
