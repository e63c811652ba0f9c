# SPDX-License-Identifier: Apache-2.0
"""Judges the sentences of the two files in this folder; run it to see what is missed."""

from __future__ import annotations

import json
from pathlib import Path

from simlingo_core.intents import Intent
from simlingo_core.understanding import Understanding, understand

FOLDER = Path(__file__).parent


def sentences(name: str) -> list[tuple[str, str]]:
    """Return the label and the text of every sentence of a file."""
    table = json.loads((FOLDER / f'{name}.json').read_text(encoding='utf-8'))
    return [(label, text) for label, texts in table.items() for text in texts]


def label_of(found: Understanding) -> str:
    """Return the label of what was understood, as the file of benign sentences has it."""
    label = found.intent.value
    if found.problem and found.intent in (Intent.UNKNOWN, Intent.SEVERAL, Intent.NEGATED):
        return f'problem: {found.problem}'
    if found.unsafe:
        return found.unsafe
    if found.turn is not None:
        label = f'turn:{found.turn.direction.value}:{found.turn.ordinal}'
    return label if found.language == 'en' else f'{found.language}:{label}'


def main() -> None:
    """Print every sentence that is not understood as its label says."""
    benign = sentences('benign')
    missed = [(label, text) for label, text in benign if label_of(understand(text)) != label]
    for label, text in missed:
        print(f'{label:16} {text}  ->  {label_of(understand(text))}')
    print(f'benign: {len(benign) - len(missed)} of {len(benign)} as labelled')


if __name__ == '__main__':
    main()
