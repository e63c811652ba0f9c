# SPDX-License-Identifier: Apache-2.0
"""From what was recorded of a drive to ``summary.json`` and ``report.html``."""

from __future__ import annotations

import importlib.metadata
import json
from pathlib import Path
from typing import Any

import numpy as np

from simlingo_bringup.observer.series import DriveSeries, Line
from simlingo_core.errors import BackendError
from simlingo_evaluation.report import Curve, DriveReport, write_report

RESULT_FILE = 'result.json'
SUMMARY_FILE = 'summary.json'
REPORT_FILE = 'report.html'
VIDEO_FILE = 'drive.mp4'
PACKAGES = ('simlingo_bringup', 'ros-rclpy', 'libsumo', 'carla', 'panda3d', 'torch')


def summarise(folder: Path) -> dict[str, Any]:
    """Write summary and report of the drive in a folder and return the summary.

    Raises:
        BackendError: the world ended without a result.
        ContractError: the observer ended without its series.
    """
    path = folder / RESULT_FILE
    if not path.is_file():
        raise BackendError(f'there is no {path}: the drive was stopped before its end')
    result = json.loads(path.read_text(encoding='utf-8'))
    series = DriveSeries.read(folder)
    summary: dict[str, Any] = result | measures(series) | {'versions': versions()}
    (folder / SUMMARY_FILE).write_text(json.dumps(summary, indent=2) + '\n', encoding='utf-8')
    write_report(_report(summary, series), folder / REPORT_FILE)
    return summary


def measures(series: DriveSeries) -> dict[str, Any]:
    """Return rates, plan ages and latencies of a drive."""
    seconds = max(series.duration_s, 1e-6)
    return {
        'plans_per_second': series.plans / seconds,
        'plan_age_ms': _spread_ms(series.plan_age_s),
        'plan_latency_ms': _spread_ms(series.plan_latency_s),
        'control_hz': series.commands / seconds,
        'instructions': series.instructions,
    }


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


def _report(summary: dict[str, Any], series: DriveSeries) -> DriveReport:
    infractions = [(i['t_s'], i['message']) for i in summary['infractions']]
    panels = {
        'speed [m/s]': [_curve('speed', series.speed_mps)],
        'steering (+ left)': [_curve('steering', series.steer)],
        'pedals': [_curve('throttle', series.throttle), _curve('brake', series.brake)],
    }
    if series.plan_age_s.values:
        panels['plan age [s]'] = [_curve('plan age', series.plan_age_s)]
    return DriveReport(
        title=f'Route {summary["route"]} in {summary["town"]}',
        arrived=summary['arrived'],
        verdict=f'{summary["status"]}: driving score {summary["driving_score"]:.1f}, '
        f'{summary["route_completion"]:.1f} % of the route, seed {summary["seed"]}.',
        numbers=[(name, _show(value)) for name, value in summary.items() if _is_shown(value)],
        panels=panels,
        events=sorted({*series.events_as_tuples(), *infractions}),
        video=VIDEO_FILE,
    )


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
