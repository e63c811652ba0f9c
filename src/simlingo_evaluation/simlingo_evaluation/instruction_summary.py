# SPDX-License-Identifier: Apache-2.0
"""How often instructions were followed, as data and as a table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from simlingo_core.wordings import ManoeuvreKind
from simlingo_evaluation.instruction_trials import InstructionTrial, TrialRecord

KIND_NAMES = {
    ManoeuvreKind.SLOWER: 'slow down',
    ManoeuvreKind.STOP: 'stop',
    ManoeuvreKind.LANE_LEFT: 'change lane left',
    ManoeuvreKind.LANE_RIGHT: 'change lane right',
}


def summarise_trials(records: Sequence[TrialRecord]) -> dict[str, Any]:
    """Return trials, how many were followed and the share, for each policy and kind.

    Field names: ``policies.<name>.<kind>`` with ``trials``, ``followed`` and ``share`` (null
    without trials), ``all`` among the kinds; ``trials`` lists every one; ``crashed`` lists
    ``policy``, ``route``, ``seed`` and ``error`` of crashed episodes.
    """
    trials = sorted(
        (trial for record in records for trial in record.trials),
        key=lambda trial: (trial.policy, trial.kind, trial.route_id, trial.seed),
    )
    return {
        'schema': 2,
        'policies': {
            policy: {
                kind: _count([t for t in trials if t.policy == policy and kind in ('all', t.kind)])
                for kind in ('all', *KIND_NAMES.values())
            }
            for policy in sorted({record.policy for record in records})
        },
        'trials': [asdict(trial) for trial in trials],
        'crashed': [
            {'policy': r.policy, 'route': r.route_id, 'seed': r.seed, 'error': r.error}
            for r in sorted(records, key=lambda r: (r.policy, r.route_id, r.seed))
            if r.error
        ],
    }


def trials_markdown(summary: dict[str, Any]) -> str:
    """Return the shares as a table."""
    lines = ['| instruction | policy | trials | followed | share |', '|---|---|---:|---:|---:|']
    for policy, kinds in summary['policies'].items():
        for kind, count in kinds.items():
            share = '–' if count['share'] is None else f'{100.0 * count["share"]:.0f} %'
            lines.append(
                f'| {kind} | {policy} | {count["trials"]} | {count["followed"]} | {share} |'
            )
    crashed = len(summary['crashed'])
    if crashed:
        lines += ['', f'{crashed} crashed; see `instructions.json`, and use `--retry-crashed`.']
    return '\n'.join([*lines, ''])


def _count(trials: Sequence[InstructionTrial]) -> dict[str, Any]:
    followed = sum(trial.is_followed for trial in trials)
    share = followed / len(trials) if trials else None
    return {'trials': len(trials), 'followed': followed, 'share': share}
