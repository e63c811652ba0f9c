# SPDX-License-Identifier: Apache-2.0
"""One episode as a web page: video, numbers, curves, events."""

from __future__ import annotations

import base64
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import jinja2
from matplotlib.figure import Figure

_TEMPLATE = Path(__file__).parent / 'templates' / 'report.html.j2'


@dataclass(frozen=True)
class Curve:
    """One line in a plot: times in seconds and values."""

    label: str
    t_s: Sequence[float]
    values: Sequence[float]


@dataclass(frozen=True, kw_only=True)
class EpisodeReport:
    """What the page shows.

    Attributes:
        title: heading.
        arrived: whether the car reached its goal.
        verdict: one sentence on how it ended.
        numbers: name and value, in order.
        panels: curves by the label of their axis, with units.
        events: time in seconds and what happened.
        video: file name of the video beside the page; empty: none.
    """

    title: str
    arrived: bool
    verdict: str
    numbers: Sequence[tuple[str, Any]]
    panels: Mapping[str, Sequence[Curve]]
    events: Sequence[tuple[float, str]] = field(default_factory=tuple)
    video: str = ''


def write_report(report: EpisodeReport, path: Path) -> None:
    """Write the page."""
    environment = jinja2.Environment(autoescape=True)
    template = environment.from_string(_TEMPLATE.read_text())
    page = template.render(
        title=report.title,
        arrived=report.arrived,
        verdict=report.verdict,
        numbers=report.numbers,
        events=report.events,
        video=report.video,
        plot=plot_curves(report.panels),
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(page)


def plot_curves(panels: Mapping[str, Sequence[Curve]]) -> str:
    """Draw the panels below each other; return a PNG in base64."""
    figure = Figure(figsize=(11, 2.1 * max(1, len(panels))), layout='constrained')
    axes = figure.subplots(max(1, len(panels)), 1, sharex=True, squeeze=False)[:, 0]
    for axis, (label, curves) in zip(axes, panels.items(), strict=False):
        for curve in curves:
            axis.plot(curve.t_s, curve.values, label=curve.label, linewidth=1.2)
        axis.set_ylabel(label)
        axis.grid(alpha=0.3)
        if len(curves) > 1:
            axis.legend(loc='upper right', fontsize='small')
    axes[-1].set_xlabel('simulation time [s]')
    buffer = io.BytesIO()
    figure.savefig(buffer, format='png', dpi=110)
    return base64.b64encode(buffer.getvalue()).decode()
