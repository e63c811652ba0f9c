# SPDX-License-Identifier: Apache-2.0
"""Efficiency and comfort of merged records, as ``efficiency_smoothness_benchmark.py`` has them.

Comfort is given twice, official and corrected: ``simlingo_sim/score/smoothness.py`` names what the
official number gets wrong (reference facts: outside §c, agent_spec §11.2).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from simlingo_core.errors import ConfigError
from simlingo_evaluation.results.metric_info import FILE_NAME, read_metric_info
from simlingo_evaluation.results.rescoring import score_of
from simlingo_sim.score.bench2drive import efficiency
from simlingo_sim.score.infractions import InfractionKind
from simlingo_sim.score.smoothness import corrected_smoothness, official_windows

Records = Sequence[Mapping[str, Any]]


def efficiency_of(records: Records) -> dict[str, Any]:
    """Return the mean speed against the traffic around: ``driving_efficiency`` [percent].

    Mean over the routes that have entries of the mean over their entries; entries above 1000 % are
    left out.  None where no route has one.
    """
    scores = [score_of(record) for record in records]
    has_entries = [any(i.kind is InfractionKind.MIN_SPEED for i in s.infractions) for s in scores]
    return {
        'driving_efficiency': _number(efficiency(scores)),
        'routes': len(scores),
        'routes_with_entries': sum(has_entries),
    }


def comfort_of(records: Records, folder: Path, *, period_s: float) -> dict[str, Any]:
    """Return the share of comfortable segments, official and corrected.

    Args:
        records: merged records; ``save_name`` names the folder of each log.
        folder: holds ``<save_name>/metric_info.json``.
        period_s: true time between two steps of the logs.

    Returns:
        ``driving_smoothness`` and ``driving_smoothness_corrected`` (means over the routes that
        have a log, 0 to 1, None without any), ``routes`` with both by save name, and ``missing``:
        save names without a log.

    Raises:
        ConfigError: the folder does not exist, or a record names no log.
        ContractError: a log cannot be read.
    """
    if not folder.is_dir():
        raise ConfigError(
            f'{folder} is not a folder; expected <save_name>/{FILE_NAME} of each route in it'
        )
    routes: dict[str, dict[str, float | None]] = {}
    missing = []
    for record in records:
        name = record.get('save_name')
        if not isinstance(name, str) or not name:
            raise ConfigError(
                f'{record["route_id"]} has no save_name, which names its log; files of the '
                'leaderboard have none: use those of Bench2Drive'
            )
        path = folder / name / FILE_NAME
        if path.is_file():
            routes[name] = _comfort(path, period_s)
        else:
            missing.append(name)
    return {
        'driving_smoothness': _mean(routes, 'official'),
        'driving_smoothness_corrected': _mean(routes, 'corrected'),
        'routes': routes,
        'missing': missing,
    }


def _comfort(path: Path, period_s: float) -> dict[str, float | None]:
    info = read_metric_info(path)
    acceleration, rate = info.acceleration_base_mps2, info.logged_yaw_rate
    windows = [good for good in official_windows(acceleration, rate) if good is not None]
    return {
        'official': float(np.mean(windows)) if windows else None,
        'corrected': _number(
            corrected_smoothness(acceleration, np.radians(rate), period_s=period_s)
        ),
    }


def _mean(routes: Mapping[str, Mapping[str, float | None]], name: str) -> float | None:
    values = [shares[name] for shares in routes.values()]
    known = [value for value in values if value is not None]
    return float(np.mean(known)) if known else None


def _number(value: float) -> float | None:
    return value if math.isfinite(value) else None
