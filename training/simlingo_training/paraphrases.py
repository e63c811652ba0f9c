# SPDX-License-Identifier: Apache-2.0
"""Other words for labels: our own wordings, and upstream's template files where there are any.

Labels that ``simlingo label`` has written name their groups of wordings
(``simlingo_training.text_labels``); others are looked up in the user's files:

``<root>/augmented_templates/`` or ``<root>/data/augmented_templates/`` (upstream_spec §4.4) may
hold ``commentary_augmented.json`` (template to wordings), ``lmdrive.json`` (number of a command to
wordings) and ``drivelm_train_augmented_v2/all_qs_augmented.json`` (question to wordings).  None of
them comes with this project.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import TypeAdapter

from simlingo_core.types import RoadOption
from simlingo_training.data_problems import DataError
from simlingo_training.schema.base import parse
from simlingo_training.schema.language import CommentaryFile, QuestionAnswer
from simlingo_training.text_labels.commentary import reworded
from simlingo_training.text_labels.question_graph import reworded_question

FOLDERS = ('augmented_templates', 'data/augmented_templates')
COMMENTARY, COMMANDS = 'commentary_augmented.json', 'lmdrive.json'
QUESTIONS = 'drivelm_train_augmented_v2/all_qs_augmented.json'
LMDRIVE_TEMPLATES = {
    RoadOption.LEFT: (0, 2, 4, 7),
    RoadOption.RIGHT: (1, 3, 5, 8),
    RoadOption.STRAIGHT: (6, 9),
    RoadOption.LANE_FOLLOW: (38, 40, 42, 43, 44, 45),
    RoadOption.CHANGE_LANE_LEFT: (34, 36),
    RoadOption.CHANGE_LANE_RIGHT: (35, 37),
}
"""Templates of each command in ``lmdrive.json`` (upstream_spec §1.9)."""
_WORDINGS: TypeAdapter[dict[str, list[str]]] = TypeAdapter(dict[str, list[str]])
_PLACEHOLDER = re.compile(r'<[A-Z_]+>')


@dataclass(frozen=True, kw_only=True)
class Paraphrases:
    """Wordings by template; without files only our own labels have other words."""

    commentaries: Mapping[str, Sequence[str]] = field(default_factory=dict)
    questions: Mapping[str, Sequence[str]] = field(default_factory=dict)
    commands: Mapping[int, Sequence[str]] = field(default_factory=dict)

    @classmethod
    def find(cls, root: Path) -> Paraphrases:
        """Read the files below a data set's root; those that are missing are left out.

        Raises:
            DataError: one is no table of wordings.
        """
        commands = _read(root, COMMANDS)
        return cls(
            commentaries=_read(root, COMMENTARY),
            questions=_read(root, QUESTIONS),
            commands={int(name): words for name, words in commands.items() if name.isdecimal()},
        )

    def commentary(self, stored: CommentaryFile, share: float, rng: np.random.Generator) -> str:
        """Return a commentary, in a share of the cases in other words."""
        if stored.sentences:
            return stored.commentary if rng.random() >= share else reworded(dict(stored), rng)
        words = self.commentaries.get(stored.commentary_template or '', ())
        if not words or rng.random() >= share:
            return stored.commentary
        text = words[int(rng.integers(len(words)))]
        for name, value in stored.placeholder.items():
            text = text.replace(name, value)
        if _PLACEHOLDER.search(text):
            return stored.commentary
        return text.replace('..', '.').replace('in in', 'in')

    def pair(
        self,
        stored: QuestionAnswer,
        objects: Sequence[str],
        share: float,
        rng: np.random.Generator,
    ) -> tuple[str, str]:
        """Return a question and its answer, in a share of the cases in other words.

        Args:
            stored: of the file.
            objects: descriptions of the key objects.
            share: of questions.
            rng: draws.
        """
        if stored.question_group:
            is_kept = rng.random() >= share
            return (stored.Q, stored.A) if is_kept else reworded_question(dict(stored), rng)
        return self.question(stored.Q, objects, share, rng), stored.A

    def question(
        self, question: str, objects: Sequence[str], share: float, rng: np.random.Generator
    ) -> str:
        """Return a question, in a share of the cases in other words.

        Args:
            question: as stored.
            objects: descriptions of the key objects; a question on more than one stays.
            share: of questions.
            rng: draws.
        """
        named = [thing for thing in objects if thing and thing in question]
        if not self.questions or len(named) > 1:
            return question
        template = question.replace(named[0], '<OBJECT>') if named else question
        words = self.questions.get(template, ())
        if not words or rng.random() >= share:
            return question
        text = words[int(rng.integers(len(words)))]
        text = text.replace('<OBJECT>', named[0]) if named else text
        return question if _PLACEHOLDER.search(text) else text

    def command(
        self, command: RoadOption, distance_m: float, rng: np.random.Generator
    ) -> str | None:
        """Return a command in LMDrive's words for half of the cases; None: in our own."""
        numbers = [n for n in LMDRIVE_TEMPLATES.get(command, ()) if self.commands.get(n)]
        if not numbers or rng.random() < 0.5:
            return None
        words = self.commands[numbers[int(rng.integers(len(numbers)))]]
        text = words[int(rng.integers(len(words)))].replace('[x]', str(int(distance_m)))
        return f'Command: {text}.'.replace('..', '.')


def _read(root: Path, name: str) -> dict[str, list[str]]:
    for folder in FOLDERS:
        path = root / folder / name
        if path.is_file():
            try:
                data = json.loads(path.read_text(encoding='utf-8'))
            except (OSError, ValueError) as error:
                raise DataError(path, '', f'cannot be read ({error})') from error
            found: dict[str, list[str]] = parse(_WORDINGS, _as_lists(data), path)
            return found
    return {}


def _as_lists(data: Any) -> Any:
    """Return a table whose values are lists; LMDrive's file may be a list of lists."""
    return {str(k): v for k, v in enumerate(data)} if isinstance(data, list) else data
