# SPDX-License-Identifier: Apache-2.0
"""The numbers of a language evaluation: one JSON, one table."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from simlingo_core.files import write_atomically
from simlingo_evaluation.language.dream_results import (
    DreamResult,
    refusal_scores,
    success_table,
)
from simlingo_evaluation.language.judge import JudgeConfig, judge
from simlingo_evaluation.language.meaning import answer_scores, commentary_scores, confusion
from simlingo_evaluation.language.predictions import TextPair
from simlingo_evaluation.language.text_metrics import meteor_stem, spice, text_scores

SUMMARY_FILE, TABLE_FILE = 'summary.json', 'table.md'


def text_summary(
    pairs: Sequence[TextPair], *, is_questions: bool, judge_config: JudgeConfig | None = None
) -> dict[str, Any]:
    """Return the scores of texts: ``text``, ``meaning`` and, for commentary, ``confusion``.

    Where ``meteor_stem`` or ``spice`` is null, ``meteor_stem_missing`` or ``spice_missing`` says
    why; ``judge`` is there if there is a judge.

    Raises:
        BackendError: a metric or the judge cannot be run.
    """
    optional = {'meteor_stem': meteor_stem(pairs), 'spice': spice(pairs)}
    found: dict[str, Any] = {
        'text': {**text_scores(pairs), **{name: value for name, (value, _) in optional.items()}},
        'meaning': answer_scores(pairs) if is_questions else commentary_scores(pairs),
    }
    found |= {f'{name}_missing': reason for name, (_, reason) in optional.items() if reason}
    if not is_questions:
        found['confusion'] = confusion(pairs)
    if judge_config is not None:
        judgement = judge(judge_config, pairs)
        found['judge'] = {
            'model': judge_config.model,
            'mean': judgement.mean,
            'rated': len(pairs) - sum(judgement.errors.values()),
            'errors': judgement.errors,
        }
    return found


def dream_summary(results: Sequence[DreamResult]) -> dict[str, Any]:
    """Return ``success`` by group and mode, and ``refusals``."""
    return {'success': success_table(results), 'refusals': refusal_scores(results)}


def write_summary(folder: Path, summary: Mapping[str, Any]) -> None:
    """Write ``summary.json`` and ``table.md``."""
    write_atomically(folder / SUMMARY_FILE, json.dumps(summary, indent=1, allow_nan=False))
    write_atomically(folder / TABLE_FILE, markdown(summary))


def markdown(summary: Mapping[str, Any]) -> str:
    """Return the numbers as tables that can be pasted into a page."""
    parts = [
        f'{summary["mode"]}, {summary.get("model", "predictions of a file")}: '
        f'{summary["items"]} items'
        + (f' of {summary["episodes"]} episodes' if 'episodes' in summary else '')
    ]
    if summary.get('untrained'):
        parts.append(f'The model was not trained in: {", ".join(summary["untrained"])}.')
    parts += [_rows(['text', ''], [[k, _number(v)] for k, v in summary['text'].items()])]
    parts += [f'{reason}.' for name, reason in summary.items() if name.endswith('_missing')]
    if 'judge' in summary:
        judged = summary['judge']
        parts.append(f'Judge {judged["model"]}: {_number(judged["mean"])} of 100.')
    parts += [_nested('meaning', summary['meaning'])]
    for group, modes in summary.get('success', {}).items():
        parts.append(_nested(f'{group} group', modes))
    if summary.get('refusals', {}).get('count'):
        rows = [[name, _number(value)] for name, value in summary['refusals'].items()]
        parts.append(_rows(['refusals', ''], rows))
    if 'causal' in summary:
        parts += _causal(summary['causal'])
    return '\n\n'.join(parts) + '\n'


def _causal(causal: Mapping[str, Any]) -> list[str]:
    contradicts = ', '.join(f'{k} {v:.1%}' for k, v in causal['contradicts'].items()) or 'never'
    return [
        _nested('plan after text', causal['texts']),
        f'{causal["frames"]} frames; *stop* ends slower than *go* in '
        f'{_number(causal["stop_is_slower"])} of {causal["moving_frames"]} moving frames; own '
        f'plan against own text: {contradicts}.',
    ]


def shown(rows: Mapping[str, Mapping[str, Any]]) -> dict[str, Mapping[str, Any]]:
    """Return the rows of a table without those that count nothing."""
    return {name: row for name, row in rows.items() if row.get('count', 1) or row.get('invented')}


def _nested(title: str, rows: Mapping[str, Mapping[str, Any]]) -> str:
    rows = shown(rows)
    columns = list(dict.fromkeys(name for row in rows.values() for name in row))
    cells = [[name, *(_number(row.get(c)) for c in columns)] for name, row in rows.items()]
    return _rows([title, *columns], cells)


def _rows(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    align = ['---', *['---:'] * (len(head) - 1)]
    lines = [head, align, *rows]
    return '\n'.join('| ' + ' | '.join(cells) + ' |' for cells in lines)


def _number(value: Any) -> str:
    if value is None:
        return '-'
    if isinstance(value, float):
        return f'{value:.0f}' if value.is_integer() and abs(value) > 1.0 else f'{value:.3f}'
    return str(value)
