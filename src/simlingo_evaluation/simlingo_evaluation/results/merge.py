# SPDX-License-Identifier: Apache-2.0
"""Merge result files as Bench2Drive's ``merge_route_json.py`` does (reference facts: outside §c).

Driving score and success rate are sums over the records, divided by the number of routes of the
benchmark.  SimLingo's copy of that tool leaves out crashed agents and divides by what is left.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from simlingo_core.errors import ConfigError, ContractError
from simlingo_evaluation.results.rescoring import score_of
from simlingo_evaluation.results.result_file import ResultFile, end_of, read_result_file
from simlingo_sim.score.infractions import EndReason
from simlingo_sim.score.protocol import ScoreProtocol

BENCH2DRIVE_ROUTES = 220
MERGED_NAME = 'merged.json'
CAMPAIGN_FILE, CAMPAIGN_RESULT = 'manifest.json', 'leaderboard_'


def result_paths(path: Path) -> list[Path]:
    """Return the result files directly in a folder, by name; a file is one of its own.

    Files with ``merged.json`` in their name are left out, as the original does; in the folder of a
    campaign of ``simlingo eval``, all but ``leaderboard_<policy>.json``.

    Raises:
        ConfigError: there is none, or a campaign has those of several policies.
    """
    if path.is_file():
        return [path]
    paths = [p for p in sorted(path.glob('*.json')) if MERGED_NAME not in p.name]
    if (path / CAMPAIGN_FILE).is_file():
        paths = [p for p in paths if p.name.startswith(CAMPAIGN_RESULT)]
        if len(paths) > 1:
            names = ', '.join(p.name for p in paths)
            raise ConfigError(f'{path} holds the results of several policies; give one of {names}')
    if not paths:
        raise ConfigError(f'{path} holds no result file (*.json); give the folder of them')
    return paths


def read_folders(folders: Sequence[Path]) -> list[ResultFile]:
    """Read result files in the order given, those of a folder as ``result_paths`` has them.

    Raises:
        ConfigError: a folder does not exist, is given twice, or holds no result file.
        ContractError: a file is not a result file.
    """
    if len({folder.resolve() for folder in folders}) < len(folders):
        raise ConfigError('a folder is given twice; give each folder once')
    files: list[ResultFile] = []
    for folder in folders:
        files += [read_result_file(path) for path in result_paths(folder)]
    return files


def merge(
    files: Sequence[ResultFile],
    protocol: ScoreProtocol,
    *,
    total: int = BENCH2DRIVE_ROUTES,
    keeps_duplicates: bool = True,
) -> dict[str, Any]:
    """Return the merged file: records without index, by route id downwards, and the two scores.

    Args:
        files: the result files, in order.
        protocol: whether crashed agents are left out (``drops_crashed``).
        total: routes of the benchmark; not used where crashed agents are left out.
        keeps_duplicates: count every record of a route, as the original; otherwise the last one.

    Raises:
        ContractError: no record is left, so that there is no mean.
    """
    records = [record for file in files for record in file.records]
    if not keeps_duplicates:
        records = list({record['route_id']: record for record in records}.values())
    if protocol.drops_crashed:
        records = [r for r in records if end_of(r['status']) is not EndReason.AGENT_CRASHED]
    divisor = len(records) if protocol.drops_crashed else total
    if divisor < 1:
        raise ContractError(
            f'there is no record to divide by under {protocol.name}; expected at least one route '
            'whose agent did not crash'
        )
    driving_score = sum(record['scores']['score_composed'] for record in records) / divisor
    successes = sum(score_of(record).is_success for record in records)
    without_index = [{k: v for k, v in record.items() if k != 'index'} for record in records]
    return {
        '_checkpoint': {
            'records': sorted(without_index, key=lambda r: str(r['route_id']), reverse=True)
        },
        'driving score': driving_score,
        'success rate': successes / divisor,
        'eval num': len(records),
    }


def warnings_of(files: Sequence[ResultFile], total: int) -> list[str]:
    """Return what makes the merged numbers incomparable with published ones."""
    messages = [
        f'{file.path} is incomplete: entry status {file.entry_status or "none"}, progress '
        f'{file.progress}'
        for file in files
        if not file.is_complete
    ]
    counts = Counter(record['route_id'] for file in files for record in file.records)
    messages += [f'{route} has {n} records' for route, n in sorted(counts.items()) if n > 1]
    crashed = [
        record['route_id']
        for file in files
        for record in file.records
        if end_of(record['status']) is EndReason.AGENT_CRASHED
    ]
    if crashed:
        messages.append(f'the agent crashed on {", ".join(crashed)}')
    if len(counts) != total:
        messages.append(f'there are {len(counts)} routes; the benchmark has {total}')
    return messages
