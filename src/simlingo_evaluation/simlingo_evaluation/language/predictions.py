# SPDX-License-Identifier: Apache-2.0
"""Predicted texts beside the true ones, in the files of upstream's evaluation (agent_spec §10.3).

``language_preds_{cot,qa,all}_rank_{r}.json`` is a list of ``[prediction, truth, path]``.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from simlingo_core.errors import ContractError
from simlingo_core.files import write_atomically

_MARKERS = re.compile(r'^A: | ?<\|im_end\|>')
PART_NAMES = ('prediction', 'truth', 'path')


@dataclass(frozen=True, kw_only=True)
class TextPair:
    """One predicted text and the true one.

    Attributes:
        prediction: of the model, without markers.
        truth: of the label, without markers.
        path: of the frame, relative to the data set's root.
        question: that was asked; empty: none, or not known.
    """

    prediction: str
    truth: str
    path: str
    question: str = ''


def without_upstream_markers(text: str) -> str:
    """Return a text without ``A: `` and `` <|im_end|>``, as upstream's metrics take it."""
    return _MARKERS.sub('', text).strip()


def read_predictions(path: Path) -> list[TextPair]:
    """Read a file ``language_preds_*.json``, ours or upstream's.

    Raises:
        ContractError: the file cannot be read, or an item is not three texts; file and item are
            named.
    """
    items = read_json(path)
    if not isinstance(items, list) or not items:
        raise ContractError(
            f'{path} holds {type(items).__name__}; expected a list of [prediction, truth, path], '
            'at least one: give a file language_preds_*.json'
        )
    return [_pair(path, number, item) for number, item in enumerate(items)]


def write_predictions(folder: Path, part: str, pairs: Sequence[TextPair], rank: int = 0) -> Path:
    """Write predictions as upstream's evaluation does.

    Args:
        folder: of the run; made if it is not there.
        part: ``cot`` (commentary), ``qa`` or ``all``.
        pairs: to write.
        rank: of the process.

    Returns:
        The file.
    """
    path = folder / f'language_preds_{part}_rank_{rank}.json'
    rows = [[pair.prediction, pair.truth, pair.path] for pair in pairs]
    write_atomically(path, json.dumps(rows, indent=1))
    return path


def write_by_question(folder: Path, pairs: Iterable[TextPair], rank: int = 0) -> Path:
    """Write the predictions grouped by question, ``sorted_qa_templates_rank_{r}.json``."""
    grouped: dict[str, list[list[str]]] = defaultdict(list)
    for pair in pairs:
        grouped[pair.question].append([pair.prediction, pair.truth, pair.path])
    path = folder / f'sorted_qa_templates_rank_{rank}.json'
    write_atomically(path, json.dumps(dict(sorted(grouped.items())), indent=1))
    return path


def read_json(path: Path) -> Any:
    """Return what a JSON file holds.

    Raises:
        ContractError: it is missing or no JSON.
    """
    try:
        return json.loads(path.read_text())
    except FileNotFoundError as error:
        raise ContractError(f'{path} is not there; expected a JSON file') from error
    except (OSError, ValueError) as error:
        raise ContractError(f'{path} cannot be read as JSON ({error})') from error


def _pair(path: Path, number: int, item: Any) -> TextPair:
    if not isinstance(item, list) or len(item) != len(PART_NAMES):
        raise ContractError(
            f'{path}, item {number}: it is {str(item)[:80]!r}; expected [prediction, truth, path]'
        )
    for name, value in zip(PART_NAMES, item, strict=True):
        if not isinstance(value, str):
            raise ContractError(
                f'{path}, item {number}, field {name!r}: it is {value!r}; expected a text'
            )
    prediction, truth, frame = item
    return TextPair(
        prediction=without_upstream_markers(prediction),
        truth=without_upstream_markers(truth),
        path=frame,
    )
