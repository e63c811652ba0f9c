# SPDX-License-Identifier: Apache-2.0
"""Measure this machine: transport, and whatever the installed packages add."""

from __future__ import annotations

import difflib
import json
from collections.abc import Mapping
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import Annotated, Any

import typer

from simlingo_bringup.benches import Rows
from simlingo_core.errors import ConfigError

GROUP = 'simlingo.benches'

app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command()
def bench(
    sections: Annotated[
        list[str] | None, typer.Argument(metavar='[SECTION]...', help='Default: all.')
    ] = None,
    quick: Annotated[bool, typer.Option('--quick', help='Short and rough.')] = False,
    strict: Annotated[
        bool, typer.Option('--strict', help='Exit code 1 when a target is missed.')
    ] = False,
    json_path: Annotated[
        Path, typer.Option('--json', metavar='PATH', help='Where the numbers go as JSON.')
    ] = Path('out/bench.json'),
    card: Annotated[
        bool,
        typer.Option(
            '--card', help='Instead: the real-time card of this machine, a page and JSON.'
        ),
    ] = False,
    policy: Annotated[
        str, typer.Option(help='For the card: mini, a model folder, or openvino:int8=FOLDER.')
    ] = 'mini',
    beside: Annotated[
        list[Path] | None,
        typer.Option(metavar='CARD.JSON', help='For the card: another one to stand beside it.'),
    ] = None,
    out: Annotated[Path, typer.Option(help='For the card: its folder.')] = Path('out/card'),
) -> None:
    """Measure this machine and print a table; the same numbers go to a JSON file.

    The file holds, for each section, the values by name, and under 'missed' the names of those
    that missed their target.
    """
    if card:
        from simlingo_bringup.card.run import write_card

        print(write_card(policy, out, quick=quick, beside=beside or ()))
        print(f'card: {out}')
        return
    results: dict[str, Any] = {}
    for name, point in choose(sections or []).items():
        print(f'{name} ...', flush=True)
        rows = point.load()(quick)
        print(render(rows), flush=True)
        values = {row['name']: row['value'] for row in rows}
        results[name] = {**values, 'missed': [row['name'] for row in rows if not meets(row)]}
    json_path.parent.mkdir(parents=True, exist_ok=True)
    json_path.write_text(json.dumps(results, indent=2) + '\n', encoding='utf-8')
    print(f'numbers: {json_path}')
    if strict and any(section['missed'] for section in results.values()):
        raise typer.Exit(1)


def choose(names: list[str]) -> dict[str, EntryPoint]:
    """Return the wanted sections, all of them when none is named.

    Raises:
        ConfigError: there is no such section.
    """
    known = {point.name: point for point in entry_points(group=GROUP)}
    for name in names:
        if name not in known:
            near = difflib.get_close_matches(name, known, n=1)
            hint = f'did you mean {near[0]!r}?' if near else f'expected {", ".join(known)}'
            raise ConfigError(f'there is no bench {name!r}; {hint}')
    return {name: known[name] for name in (names or sorted(known))}


def meets(row: Mapping[str, Any]) -> bool:
    """Tell whether a row meets its target; one without a target does."""
    at_most, at_least = row.get('at_most'), row.get('at_least')
    is_low = at_most is None or row['value'] <= at_most
    return is_low and (at_least is None or row['value'] >= at_least)


def render(rows: Rows) -> str:
    """Return rows as a table."""
    return '\n'.join(render_row(row) for row in rows)


def render_row(row: Mapping[str, Any]) -> str:
    """Return one line: label, value, target, verdict."""
    value = row['value']
    text = f'{value:.2f}' if isinstance(value, float) else str(value)
    target = ''
    if row.get('at_most') is not None:
        target = f'<= {row["at_most"]:g}'
    elif row.get('at_least') is not None:
        target = f'>= {row["at_least"]:g}'
    verdict = '' if not target else ('ok' if meets(row) else 'MISSED')
    return f'  {row["label"]:<40}{text:>12}{target:>12}  {verdict}'.rstrip()
