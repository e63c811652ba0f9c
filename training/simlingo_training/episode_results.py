# SPDX-License-Identifier: Apache-2.0
"""Which episodes are worth imitating, by their ``results.json.gz``.

Our files hold a list of the kinds of infractions.  Upstream's are the route record of the CARLA
leaderboard: a status, scores in percent and the messages of each kind of infraction; they are
judged by the rule of upstream's loader (upstream_spec §4.5).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from simlingo_core.checks import finite_number
from simlingo_core.errors import SimlingoError
from simlingo_training.data_problems import DataError
from simlingo_training.episodes import EpisodeFolder
from simlingo_training.gz_json import read_gz

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
    results = read_gz(folder.results)
    found = results.get('infractions') if isinstance(results, dict) else None
    if isinstance(found, dict):
        return _upstream_reason(folder, results, found)
    if not isinstance(found, list) or not all(isinstance(kind, str) for kind in found):
        reason = f'is {found!r}; expected a list of kinds, or messages by kind'
        raise DataError(folder.results, 'infractions', reason)
    return _infractions(set(found) & set(BAD))


def _upstream_reason(
    folder: EpisodeFolder, results: Mapping[str, Any], messages: Mapping[str, Any]
) -> str:
    status = results.get('status')
    if not isinstance(status, str):
        raise DataError(folder.results, 'status', 'is missing or no text')
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


def _score(folder: EpisodeFolder, results: Mapping[str, Any], name: str) -> float:
    try:
        return finite_number(name, results['scores'][name])
    except (KeyError, TypeError, ValueError, SimlingoError) as error:
        raise DataError(folder.results, f'scores.{name}', f'is missing or wrong ({error})') from (
            error
        )
