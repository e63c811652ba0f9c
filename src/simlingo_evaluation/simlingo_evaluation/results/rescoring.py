# SPDX-License-Identifier: Apache-2.0
"""One rollout under the rules of every protocol, from the messages of its result file.

What a file says can be scored again: infractions, route completion, crashes.  What it does not
say cannot: a route that ended by one protocol's rules (tick limit, 60 s of standing) might have
gone on under another's.  The leaderboard compares the speed over 4 parts of the route,
Bench2Drive over 20: entries beyond 4 are averaged in groups.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from simlingo_evaluation.results.result_file import end_of
from simlingo_sim.score.infractions import EndReason, Infraction, InfractionKind
from simlingo_sim.score.protocol import PROTOCOLS, ScoreProtocol
from simlingo_sim.score.scorer import EpisodeScore, penalty_of

SAME_PENALTY = 1e-3
PERCENTAGE = re.compile(r'(-?\d+(?:\.\d+)?)\s*%')


@dataclass(frozen=True, kw_only=True)
class ProtocolScore:
    """The means of a set of records under one protocol.

    Attributes:
        driving_score, success_rate: 0 to 100, 0 to 1.
        divisor: number of routes the sums are divided by.
        matches: number of records whose own penalty these rules give.
    """

    driving_score: float
    success_rate: float
    divisor: int
    matches: int


def score_of(record: Mapping[str, Any]) -> EpisodeScore:
    """Return a checked record as the score of an episode; places, times and lengths are 0."""
    return EpisodeScore(
        protocol='',
        end=end_of(record['status']) or EndReason.STOPPED_EARLY,
        route_score=record['scores']['score_route'],
        penalty=record['scores']['score_penalty'],
        infractions=tuple(
            _infraction(InfractionKind(kind), str(message))
            for kind, messages in record['infractions'].items()
            for message in messages
        ),
        route_length_m=0.0,
        duration_s=0.0,
    )


def score_under(score: EpisodeScore, protocol: ScoreProtocol) -> EpisodeScore:
    """Return the score with the penalty of another protocol."""
    slow = [i for i in score.infractions if i.kind is InfractionKind.MIN_SPEED]
    others = [i for i in score.infractions if i.kind is not InfractionKind.MIN_SPEED]
    parts = _in_parts(slow, protocol.min_speed_checkpoints)
    penalty = penalty_of([*others, *parts], protocol)
    return replace(score, protocol=protocol.name, penalty=penalty)


def score_under_all(
    records: Sequence[Mapping[str, Any]], *, total: int
) -> dict[str, ProtocolScore]:
    """Return the means of one set of records under every protocol, by its name.

    Args:
        records: checked records, each route once.
        total: routes of the benchmark; protocols that leave out crashed agents divide by what is
            left instead.
    """
    scores = [score_of(record) for record in records]
    result = {}
    for name, protocol in PROTOCOLS.items():
        kept = [
            score
            for score in scores
            if not (protocol.drops_crashed and score.end is EndReason.AGENT_CRASHED)
        ]
        again = [score_under(score, protocol) for score in kept]
        divisor = max(len(kept) if protocol.drops_crashed else total, 1)
        result[name] = ProtocolScore(
            driving_score=sum(score.driving_score for score in again) / divisor,
            success_rate=sum(score.is_success for score in again) / divisor,
            divisor=divisor,
            matches=sum(
                abs(new.penalty - old.penalty) <= SAME_PENALTY
                for new, old in zip(again, kept, strict=True)
            ),
        )
    return result


def _infraction(kind: InfractionKind, message: str) -> Infraction:
    found = PERCENTAGE.search(message)
    return Infraction(
        kind=kind,
        t_s=0.0,
        position_map_m=(0.0, 0.0),
        message=message,
        percentage=float(found.group(1)) if found else 0.0,
    )


def _in_parts(entries: Sequence[Infraction], parts: int) -> list[Infraction]:
    """Return at most ``parts`` entries: means over groups of neighbours."""
    if len(entries) <= parts:
        return list(entries)
    groups = np.array_split(np.array([entry.percentage for entry in entries]), parts)
    return [replace(entries[0], percentage=float(group.mean())) for group in groups]
