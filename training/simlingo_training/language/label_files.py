# SPDX-License-Identifier: Apache-2.0
"""Questions about frames and evaluation sets, in upstream's files."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from simlingo_core.errors import ContractError
from simlingo_evaluation.language.predictions import read_json
from simlingo_training.schema.base import read_file
from simlingo_training.schema.language import VqaFile

_PLACEHOLDER = re.compile(r'<[A-Z_]+>')
_EPISODE = re.compile(r'(?:^|/)(?:data|commentary|drivelm|dreamer)/simlingo/(?P<rest>.+)$')


@dataclass(frozen=True)
class Answered:
    """A question about a frame and its answer."""

    question: str
    answer: str


def read_answered(path: Path, patterns: Sequence[str] = ()) -> list[Answered]:
    """Return the questions about a frame with their answers.

    Args:
        path: of the file ``vqa/NNNN.json.gz``.
        patterns: only questions that one of these templates fits, such as
            ``Where is <OBJECT> going?``; empty: all.

    Raises:
        DataError: the file cannot be read or a question is not whole; the field is named.
    """
    signs = [template_pattern(pattern) for pattern in patterns]
    stored: VqaFile = read_file(VqaFile, path)
    return [
        Answered(row.Q, row.A)
        for rows in stored.QA.values()
        for row in rows
        if not signs or any(sign.fullmatch(row.Q) for sign in signs)
    ]


@dataclass(frozen=True)
class ListedFrame:
    """A frame that an evaluation set lists.

    Attributes:
        relative: of its episode.
        index: of the frame.
        question: template of the question; empty: a commentary.
    """

    relative: Path
    index: int
    question: str = ''


def read_eval_set(path: Path) -> list[ListedFrame]:
    """Read ``evalset_vqa.json`` or ``evalset_commentary.json`` in upstream's layout.

    Questions map answer templates to lists of paths, commentary templates map to lists of paths.
    The beginning of a path, up to ``data/simlingo``, makes no difference.

    Raises:
        ContractError: the file cannot be read, or a path in it names no frame; both are named.
    """
    data = read_json(path)
    if not isinstance(data, dict) or not data:
        raise ContractError(f'{path} holds no object of templates; expected an evaluation set')
    listed = []
    for template, content in data.items():
        is_question = isinstance(content, dict)
        groups = content.items() if is_question else [('', content)]
        for answer, paths in groups:
            where = f'{template!r}' + (f', {answer!r}' if answer else '')
            if not isinstance(paths, list):
                raise ContractError(
                    f'{path}, field {where}: it is {type(paths).__name__}; expected a list of '
                    'paths'
                )
            for name in paths:
                listed.append(_listed(path, where, name, template if is_question else ''))
    return listed


def template_pattern(template: str) -> re.Pattern[str]:
    """Return a pattern that fits every filling of a template such as ``Where is <OBJECT>?``."""
    parts = [re.escape(part) for part in _PLACEHOLDER.split(template)]
    return re.compile('.+'.join(parts))


def _listed(path: Path, where: str, name: Any, question: str) -> ListedFrame:
    match = _EPISODE.search(name) if isinstance(name, str) else None
    parts = PurePosixPath(match['rest']).parts if match else ()
    number = parts[-1].split('.')[0] if parts else ''
    if len(parts) < 3 or not number.isdecimal():
        raise ContractError(
            f'{path}, field {where}: {name!r} names no frame; expected a path such as '
            'data/simlingo/<split>/<route set>/<variant>/<episode>/measurements/0010.json.gz'
        )
    return ListedFrame(Path(*parts[:-2]), int(number), question)
