# SPDX-License-Identifier: Apache-2.0
"""Which episodes are worth imitating, by their ``results.json.gz``.

They are the route record of the CARLA leaderboard: a status, scores in percent and the messages
of each kind of infraction, judged by the rule of upstream's loader (upstream_spec §4.5).  A turn
of the expert in takeover collection has no scores: it counts unless it holds a collision or a red
light run, as do our files from before schema 1, which hold a list of kinds.
"""

from __future__ import annotations

from collections.abc import Mapping

from simlingo_training.data_problems import DataError
from simlingo_training.episodes import EpisodeFolder
from simlingo_training.schema.base import read_file
from simlingo_training.schema.results import ResultsFile

PART = 'Part'
"""Status of one turn of the expert."""
BAD = ('collisions_layout', 'collisions_pedestrian', 'collisions_vehicle', 'red_light')
"""Infractions that our own episodes must not have."""
HARMLESS = ('min_speed_infractions', 'outside_route_lanes')
"""Infractions that upstream's loader accepts."""
UNFINISHED = ('Failed', 'Started')
"""How the statuses of episodes begin that crashed or were interrupted."""
COMPLETE_PERCENT = 100.0
LEAST_ROUTE_PERCENT = 94.0


def reason_to_leave_out(folder: EpisodeFolder) -> str:
    """Return why an episode is not trained on; empty: it is good.

    Raises:
        DataError: the results cannot be read, or a field is missing or wrong.
    """
    results: ResultsFile = read_file(ResultsFile, folder.results)
    found = results.infractions
    if isinstance(found, list):
        return _infractions(set(found) & set(BAD))
    if results.status == PART:
        return _infractions({kind for kind, some in found.items() if some} & set(BAD))
    return _upstream_reason(folder, results, found)


def _upstream_reason(
    folder: EpisodeFolder, results: ResultsFile, messages: Mapping[str, list[str]]
) -> str:
    status = results.status
    if status is None:
        raise DataError(folder.results, 'status', 'is missing')
    if status.startswith(UNFINISHED):
        return f'status: {status}'
    if _score(folder, results, 'score_composed') >= COMPLETE_PERCENT:
        return ''
    if _score(folder, results, 'score_route') <= LEAST_ROUTE_PERCENT:
        return f'route not completed (status: {status})'
    kinds = {kind for kind, found in messages.items() if found}
    return _infractions(kinds.difference(HARMLESS))


def _infractions(kinds: set[str]) -> str:
    return f'infractions: {", ".join(sorted(kinds))}' if kinds else ''


def _score(folder: EpisodeFolder, results: ResultsFile, name: str) -> float:
    if results.scores is None or name not in results.scores:
        raise DataError(folder.results, f'scores.{name}', 'is missing')
    return results.scores[name]
