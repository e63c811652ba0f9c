# SPDX-License-Identifier: Apache-2.0
"""The file that one episode of a campaign leaves: written, read, and found broken."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from simlingo_core.errors import ContractError
from simlingo_core.files import write_atomically
from simlingo_sim.score.infractions import EndReason, Infraction, InfractionKind
from simlingo_sim.score.results import EpisodeEntry
from simlingo_sim.score.scorer import EpisodeScore

SCHEMA = 3
# Begins the names of what was counted while plans were not doubted.
TRUSTED = 'trusted'
CRASHES = frozenset({EndReason.AGENT_CRASHED, EndReason.SIMULATION_CRASHED})


@dataclass(frozen=True, kw_only=True)
class EpisodeRecord:
    """One episode of a campaign, driven.

    Attributes:
        key: of the task, see ``EpisodeTask.key``.
        policy: which policy or driver.
        route_id, town, situations, seed: what was driven.
        score: by the rules.
        smoothness_official, smoothness_corrected: share of comfortable segments as Bench2Drive's
            tool computes it, and with its faults corrected; None if too short.
        has_happened: each situation by name: whether it took place.
        cause: of a failure, in words; empty for a success.
        strip: file name of the image strip beside the record, empty: none.
        events: infractions and their times.
        error: why the episode broke off, empty if it did not.
        wall_s: real time it took.
        top_speed_mps: fastest.
        words: texts ``compared`` with plans, and contradictions by kind; empty: none compared.
    """

    key: str
    policy: str
    route_id: str
    town: str
    situations: tuple[str, ...]
    seed: int
    score: EpisodeScore
    smoothness_official: float | None
    smoothness_corrected: float | None
    has_happened: dict[str, bool]
    cause: str
    strip: str
    events: tuple[tuple[float, str], ...]
    error: str
    wall_s: float
    top_speed_mps: float
    words: dict[str, int] = field(default_factory=dict)

    @property
    def is_crashed(self) -> bool:
        """Whether the agent or the simulation failed: the policy could not show what it can do."""
        return self.score.end in CRASHES

    @property
    def has_result(self) -> bool:
        """Whether the score says something about the policy; not if the simulation failed."""
        return self.score.end is not EndReason.SIMULATION_CRASHED

    def entry(self, repetition: int) -> EpisodeEntry:
        """Return the episode as an entry of the leaderboard's result file."""
        return EpisodeEntry(
            route_id=self.route_id,
            repetition=repetition,
            town=self.town,
            scenario='+'.join(self.situations),
            score=self.score,
            duration_system_s=self.wall_s,
        )


def write_record(path: Path, record: EpisodeRecord) -> None:
    """Write one record; a reader never finds half of it."""
    data = {'schema': SCHEMA, **asdict(record)}
    write_atomically(path, json.dumps(data, indent=1, allow_nan=False))


def read_record(path: Path) -> EpisodeRecord:
    """Read one record.

    Raises:
        ContractError: the file is not such a record.
    """
    try:
        data: dict[str, Any] = json.loads(path.read_text())
        schema = data.pop('schema')
        if schema != SCHEMA:
            raise ContractError(f'{path} has schema {schema!r}; expected {SCHEMA}')
        data['score'] = _score(data['score'])
        data['situations'] = tuple(data['situations'])
        data['events'] = tuple((float(t), str(text)) for t, text in data['events'])
        return EpisodeRecord(**data)
    except (AttributeError, KeyError, OSError, TypeError, ValueError) as error:
        raise ContractError(f'{path} is not the record of an episode ({error})') from error


def _score(data: dict[str, Any]) -> EpisodeScore:
    infractions = tuple(
        Infraction(
            **{
                **item,
                'kind': InfractionKind(item['kind']),
                'position_map_m': tuple(item['position_map_m']),
            }
        )
        for item in data['infractions']
    )
    return EpisodeScore(**{**data, 'end': EndReason(data['end']), 'infractions': infractions})
