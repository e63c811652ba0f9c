# SPDX-License-Identifier: Apache-2.0
"""Check this machine and environment, and say what to do where something is wrong."""

import json
import os
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from simlingo_bringup.doctor import Finding, Status, judge, must_be_fixed
from simlingo_bringup.doctor_facts import collect_facts

app = typer.Typer(add_completion=False)

_COLOURS = {Status.OK: 'green', Status.WARNING: 'yellow', Status.ERROR: 'red'}


@app.command()
def doctor(
    json_path: Annotated[
        Path | None, typer.Option('--json', help='Write the findings to this file as well.')
    ] = None,
    carla: Annotated[
        str | None,
        typer.Option(help='Look at a CARLA server instead: HOST, HOST:PORT, or "" for localhost.'),
    ] = None,
) -> None:
    """Check this machine and environment; exit with 1 if something must be fixed."""
    findings = judge(collect_facts()) if carla is None else _look_at_server(carla)
    Console().print(render_table(findings))
    if json_path is not None:
        json_path.write_text(render_json(findings))
    raise typer.Exit(1 if must_be_fixed(findings) else 0)


def _look_at_server(address: str) -> Sequence[Finding]:
    # Here and not at the top: the client of CARLA takes a second to import.
    from simlingo_bringup.carla_doctor import judge_server
    from simlingo_bringup.carla_topics import look_at_topics
    from simlingo_carla.server_facts import collect_server_facts
    from simlingo_carla.world_config import config_of

    findings = judge_server(collect_server_facts(config_of(address)), os.environ)
    return [*findings, *look_at_topics()]


def render_table(findings: Sequence[Finding]) -> Table:
    """Return the table for people."""
    table = Table(show_lines=True)
    table.add_column('check', no_wrap=True)
    for name in ('found', 'wanted', 'remedy'):
        table.add_column(name, overflow='fold')
    for finding in findings:
        # Text objects, because what was found may hold square brackets.
        words = (finding.found, finding.wanted, finding.remedy)
        first = Text(finding.check, style=_COLOURS[finding.status])
        table.add_row(first, *(Text(word) for word in words))
    return table


def render_json(findings: Sequence[Finding]) -> str:
    """Return the table for programs.

    ``ok``: nothing must be fixed; ``findings``: a list of objects with ``check``, ``status``
    (ok, warning, error), ``found``, ``wanted`` and ``remedy``, all text.
    """
    content = {
        'ok': not must_be_fixed(findings),
        'findings': [asdict(finding) for finding in findings],
    }
    return json.dumps(content, indent=2) + '\n'
