# SPDX-License-Identifier: Apache-2.0
"""How well a policy drives when its plans come as late as they do on a machine."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from simlingo_bringup.card.measures import TICK_S, latency_ticks
from simlingo_core.errors import BackendError

LATENCIES_MS = (0.0, 50.0, 100.0, 200.0)
ROUTE_SET = 'val'


def latencies_to_drive(measured_ms: float) -> dict[int, str]:
    """Return ticks of latency to drive with, each with the reason."""
    named = {latency_ticks(one): f'{one:.0f} ms' for one in LATENCIES_MS}
    ticks = latency_ticks(measured_ms)
    own = f'measured here, {measured_ms:.0f} ms'
    named[ticks] = f'{named[ticks]}; {own}' if ticks in named else own
    return dict(sorted(named.items()))


def score_latencies(
    policy: str, measured_ms: float, routes: Sequence[int], folder: Path
) -> list[dict[str, Any]]:
    """Drive the same validation routes in lockstep with each latency.

    Finished episodes are kept in ``folder``, so that a second call goes on.

    Args:
        policy: as ``simlingo eval --policy`` takes it.
        measured_ms: latency of this machine.
        routes: ids.
        folder: of the campaigns.

    Returns:
        ``ticks``, ``latency_ms``, ``why``, ``driving_score``, ``episodes``, ``crashed`` of
        each.

    Raises:
        BackendError: a campaign ended without a summary.
    """
    rows = []
    for ticks, why in latencies_to_drive(measured_ms).items():
        numbers = _drive(policy, ticks, routes, folder / f'latency_{ticks}')
        rows.append(
            {
                'ticks': ticks,
                'latency_ms': 1e3 * TICK_S * ticks,
                'why': why,
                'driving_score': numbers['driving_score']['mean'],
                'episodes': numbers['episodes'],
                'crashed': len(numbers['crashed']),
            }
        )
    return rows


def _drive(policy: str, ticks: int, routes: Sequence[int], folder: Path) -> dict[str, Any]:
    file = folder / 'card.json'
    words = ['--policy', policy, '--routes', ROUTE_SET, '--no-strips', '--out', str(folder)]
    words += ['--plan-latency', str(ticks), '--json', str(file)]
    words += [word for route in routes for word in ('--route', str(route))]
    done = subprocess.run(
        [sys.executable, '-m', 'simlingo_bringup', 'eval', *words],
        capture_output=True,
        text=True,
    )
    if not file.is_file():
        raise BackendError(f'simlingo eval ended with {done.returncode}:\n{done.stderr[-1500:]}')
    numbers: dict[str, Any] = json.loads(file.read_text(encoding='utf-8'))['policies'][policy]
    return numbers
