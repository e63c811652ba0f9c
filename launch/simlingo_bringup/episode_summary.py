# SPDX-License-Identifier: Apache-2.0
"""From what was recorded of an episode to ``summary.json`` and ``report.html``."""

from __future__ import annotations

import importlib.metadata
import json
from pathlib import Path
from typing import Any

import numpy as np

from simlingo_bringup.observer.series import EpisodeSeries, Line
from simlingo_core.errors import BackendError
from simlingo_evaluation.report import Curve, EpisodeReport, write_report

RESULT_FILE = 'result.json'
SUMMARY_FILE = 'summary.json'
REPORT_FILE = 'report.html'
VIDEO_FILE = 'episode.mp4'
OUTCOMES = {'done': 'followed', 'not_followed': 'not followed'}
RESULT_FIELDS = ('arrived', 'driving_score', 'route_completion', 'infractions')
PACKAGES = ('simlingo_bringup', 'ros-rclpy', 'libsumo', 'carla', 'panda3d', 'torch')


def summarise(folder: Path) -> dict[str, Any]:
    """Write summary and report of the episode in a folder and return the summary.

    Field names: ``arrived``, ``driving_score``, ``route_completion`` [%], ``infractions`` (kind,
    t_s, message), ``plans_per_second``, ``plan_age_ms`` and ``plan_latency_ms`` (``median``,
    ``p99``; null without a plan), ``control_hz``, ``instructions`` (text, time_s, outcome,
    measured, ended), ``says_and_does`` (texts ``compared`` with plans, contradictions by
    kind; empty: none was compared), ``seed``, ``versions``.  The rest of the world's result stays
    in ``result.json``.

    Raises:
        BackendError: the world ended without a result.
        ContractError: the observer ended without its series.
    """
    path = folder / RESULT_FILE
    if not path.is_file():
        raise BackendError(f'there is no {path}: the episode was stopped before its end')
    result = json.loads(path.read_text(encoding='utf-8'))
    series = EpisodeSeries.read(folder)
    summary: dict[str, Any] = {
        **{name: result[name] for name in RESULT_FIELDS},
        **measures(series),
        'seed': result['seed'],
        'versions': versions(),
    }
    (folder / SUMMARY_FILE).write_text(json.dumps(summary, indent=2) + '\n', encoding='utf-8')
    write_report(_report(result, summary, series), folder / REPORT_FILE)
    return summary


def measures(series: EpisodeSeries) -> dict[str, Any]:
    """Return rates, plan ages, latencies and what became of instructions."""
    seconds = max(series.duration_s, 1e-6)
    return {
        'plans_per_second': series.plans / seconds,
        'plan_age_ms': _spread_ms(series.plan_age_s),
        'plan_latency_ms': _spread_ms(series.plan_latency_s),
        'control_hz': series.commands / seconds,
        'instructions': instruction_outcomes(series),
        'says_and_does': series.words,
    }


def instruction_outcomes(series: EpisodeSeries) -> list[dict[str, Any]]:
    """Return text, time, outcome, what was measured and how it ended, for each instruction.

    The planner compares the drive with the instruction; nothing else judges it.
    """
    found = []
    for given in series.instructions:
        last = given['states'][-1] if given['states'] else {'state': 'unanswered', 'reason': ''}
        found.append(
            {
                'text': given['text'],
                'time_s': given['t_s'],
                'outcome': OUTCOMES.get(last['state'], 'not measured'),
                'measured': last['reason'],
                'ended': _ended(last['state'], last['reason']),
            }
        )
    return found


def _ended(state: str, reason: str) -> str:
    words = state.replace('_', ' ')
    return f'{words}: {reason}' if reason else words


def versions() -> dict[str, str]:
    """Return the versions of what drove."""
    return {name: importlib.metadata.version(name) for name in PACKAGES}


def _spread_ms(line: Line) -> dict[str, float | None]:
    if not line.values:
        return {'median': None, 'p99': None}
    values_ms = np.array(line.values) * 1e3
    return {
        'median': float(np.median(values_ms)),
        'p99': float(np.percentile(values_ms, 99)),
    }


def _report(
    result: dict[str, Any], summary: dict[str, Any], series: EpisodeSeries
) -> EpisodeReport:
    infractions = [(i['t_s'], i['message']) for i in summary['infractions']]
    panels = {
        'speed [m/s]': [_curve('speed', series.speed_mps)],
        'steering (+ left)': [_curve('steering', series.steer)],
        'pedals': [_curve('throttle', series.throttle), _curve('brake', series.brake)],
    }
    if series.plan_age_s.values:
        panels['plan age [s]'] = [_curve('plan age', series.plan_age_s)]
    return EpisodeReport(
        title=f'Route {result["route"]} in {result["town"]}',
        arrived=summary['arrived'],
        verdict=f'{result["status"]}: driving score {summary["driving_score"]:.1f}, '
        f'{summary["route_completion"]:.1f} % of the route, seed {summary["seed"]}.',
        numbers=[
            *((name, _show(value)) for name, value in summary.items() if _is_shown(value)),
            *(_instruction_row(row) for row in summary['instructions']),
            *_words_rows(series.words),
        ],
        panels=panels,
        events=sorted({*series.events_as_tuples(), *infractions}),
        video=VIDEO_FILE,
    )


def _words_rows(words: dict[str, int]) -> list[tuple[str, str]]:
    if not words:
        return []
    kinds = [f'{kind} {count}' for kind, count in words.items() if kind != 'compared']
    return [('contradictions', f'{", ".join(kinds) or "none"} in {words["compared"]} texts')]


def _instruction_row(row: dict[str, Any]) -> tuple[str, str]:
    value = f'{row["time_s"]:.1f} s: {row["outcome"]}; {row["ended"]}'
    return f'instruction "{row["text"]}"', value


def _curve(label: str, line: Line) -> Curve:
    return Curve(label=label, t_s=line.t_s, values=line.values)


def _is_shown(value: object) -> bool:
    return isinstance(value, str | int | float) or (
        isinstance(value, dict) and set(value) == {'median', 'p99'}
    )


def _show(value: object) -> str:
    if isinstance(value, dict):
        known = {name: number for name, number in value.items() if number is not None}
        return ', '.join(f'{name} {number:.0f}' for name, number in known.items()) or 'none'
    return f'{value:.2f}' if isinstance(value, float) else str(value)
