# SPDX-License-Identifier: Apache-2.0
"""A language evaluation as a web page: numbers, images, and every text beside its label."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jinja2

from simlingo_core.files import write_atomically
from simlingo_core.statements import read_statement
from simlingo_evaluation.language.summary import shown

_TEMPLATE = Path(__file__).parent.parent / 'templates' / 'language.html.j2'
PAGE_FILE = 'index.html'
SHOWN_TEXTS = 500


@dataclass(frozen=True)
class PageImage:
    """An image beside the page and what stands below it."""

    file: str
    lines: tuple[str, ...]


def write_page(
    folder: Path,
    summary: Mapping[str, Any],
    images: Sequence[PageImage],
    texts: Sequence[tuple[str, str, str]],
) -> Path:
    """Write ``index.html``.

    Args:
        folder: where it goes; the images are there already.
        summary: the numbers.
        images: to show.
        texts: what was asked, the label and the model's text; at most 500 are shown.
    """
    environment = jinja2.Environment(autoescape=True)
    template = environment.from_string(_TEMPLATE.read_text())
    rows = [
        (asked, truth, stated, _agree(truth, stated))
        for asked, truth, stated in texts[:SHOWN_TEXTS]
    ]
    page = template.render(
        summary=summary, tables=_tables(summary), images=images, rows=rows, total=len(texts)
    )
    path = folder / PAGE_FILE
    write_atomically(path, page)
    return path


def _agree(truth: str, stated: str) -> str:
    if truth == stated:
        return 'same'
    return 'same meaning' if read_statement(truth) == read_statement(stated) else 'differs'


def _tables(summary: Mapping[str, Any]) -> list[tuple[str, list[str], list[list[Any]]]]:
    """Return title, columns and rows of every table of the summary."""
    tables: list[tuple[str, list[str], list[list[Any]]]] = [
        ('text', ['score', 'value'], [[k, v] for k, v in summary['text'].items()])
    ]
    nested = {
        'meaning': summary['meaning'],
        'speed action: label, then model': summary.get('confusion', {}),
    }
    nested |= {f'{name} group': rows for name, rows in summary.get('success', {}).items()}
    if 'causal' in summary:
        nested['plan after another text'] = summary['causal']['texts']
    for title, unfiltered in nested.items():
        if rows := shown(unfiltered):
            columns = list(dict.fromkeys(name for row in rows.values() for name in row))
            cells = [[name, *(row.get(c) for c in columns)] for name, row in rows.items()]
            tables.append((title, ['', *columns], cells))
    if summary.get('refusals', {}).get('count'):
        tables.append(('refusals', ['', ''], [[k, v] for k, v in summary['refusals'].items()]))
    return tables
