# SPDX-License-Identifier: Apache-2.0
"""The report of a replay evaluation: one page with numbers, curves and the worst moments."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jinja2

from simlingo_core.files import write_atomically
from simlingo_evaluation.replay.drive_log import DriveLog
from simlingo_evaluation.replay.moment_images import WorstMoment
from simlingo_evaluation.replay.reference import Comparison
from simlingo_evaluation.replay.run_results import StackRun
from simlingo_evaluation.replay.scores import MEASURES, ReplayScore
from simlingo_evaluation.replay.verdict import Judgement
from simlingo_evaluation.report import Curve, plot_curves

# Recorded commentary of this age still speaks of the frame.
FRESH_S, SAME_STAMP_S = 1.0, 0.001
_TEMPLATE = Path(__file__).parent.parent / 'templates' / 'replay.html.j2'


@dataclass(frozen=True, kw_only=True)
class ReplayReport:
    """What the page shows."""

    title: str
    judgements: Sequence[Judgement]
    comparison: Comparison | None
    summary: Mapping[str, Any]
    moments: Sequence[WorstMoment]
    score: ReplayScore
    log: DriveLog


def write_replay_report(report: ReplayReport, path: Path) -> None:
    """Write the page; the images lie beside it."""
    environment = jinja2.Environment(autoescape=True)
    template = environment.from_string(_TEMPLATE.read_text(encoding='utf-8'))
    comments = pair_comments(report.score.run, report.log)
    page = template.render(
        title=report.title,
        judgements=report.judgements,
        comparison=report.comparison,
        summary=report.summary,
        measures=[
            (name, *MEASURES[name], spread) for name, spread in report.summary['measures'].items()
        ],
        moments=report.moments,
        comments=comments,
        same=sum(recorded == generated for _, recorded, generated in comments),
        plot=plot_curves(_panels(report)),
    )
    write_atomically(path, page)


def pair_comments(run: StackRun, log: DriveLog) -> list[tuple[float, str, str]]:
    """Return time, recorded and own commentary where the policy has generated something.

    Recorded commentary is on every few frames; the newest that is no older than a second counts.
    """
    times = sorted(log.commentary)
    pairs = []
    for frame in run.frames:
        if not frame.commentary:
            continue
        index = bisect_right(times, frame.plan.t_s + SAME_STAMP_S) - 1
        is_fresh = index >= 0 and frame.plan.t_s - times[index] <= FRESH_S
        recorded = log.commentary[times[index]].strip() if is_fresh else ''
        pairs.append((frame.plan.t_s, recorded, frame.commentary))
    return pairs


def _panels(report: ReplayReport) -> dict[str, list[Curve]]:
    frames, ticks, log = report.score.frames, report.score.run.ticks, report.log
    times = [frame.t_s for frame in frames]
    planned = [frame.plan.target_speed_mps for frame in report.score.run.frames]
    driven = [log.driven.speed_at(t_s, 0.5) for t_s in times]
    tick_times = [tick.t_s for tick in ticks]
    steer = [tick.output.command.steer for tick in ticks]
    panels = {
        'speed in 0.5 s [m/s]': [Curve('planned', times, planned), Curve('driven', times, driven)],
        'distance [m]': [
            Curve(name, times, [frame.values[name] for frame in frames])
            for name in ('fde_1s', 'fde_2.5s', 'lateral_error')
        ],
        'steer': [Curve('commanded', tick_times, steer)],
    }
    if len(log.command_t_s):
        recorded = log.commands[:, 0].tolist()
        panels['steer'].append(Curve('recorded', log.command_t_s.tolist(), recorded))
    return panels
