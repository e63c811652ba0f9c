# SPDX-License-Identifier: Apache-2.0
"""Questions and answers on a frame as a graph in the manner of DriveLM (upstream_spec §4.4)."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from simlingo_training.text_labels.answer_wordings import OBJECT_ANSWERS
from simlingo_training.text_labels.planning_wordings import PLANNING_ANSWERS
from simlingo_training.text_labels.question_wordings import QUESTIONS
from simlingo_training.text_labels.road_answer_wordings import ROAD_ANSWERS
from simlingo_training.text_labels.sign_answer_wordings import SIGN_ANSWERS
from simlingo_training.text_labels.wording_groups import WordingGroup, drawn, fill

FAMILIES = ('perception', 'prediction', 'planning', 'behavior')
ALL_ANSWERS: Mapping[str, WordingGroup] = {
    **OBJECT_ANSWERS,
    **ROAD_ANSWERS,
    **SIGN_ANSWERS,
    **PLANNING_ANSWERS,
}
OF_THE_SCENE = -1
"""Cluster of questions that are not about one object."""


@dataclass(eq=False, slots=True)
class Node:
    """One question with its answer.

    Attributes:
        family: of ``FAMILIES``.
        layer: depth in the graph, 0: builds on nothing.
        cluster: number of the object it is about, or ``OF_THE_SCENE``.
        question, answer: groups of wordings.
        values: what their placeholders stand for.
        tags: names of the objects it speaks of.
        up: questions that it builds on.
        place: its number within its layer.
    """

    family: str
    layer: int
    cluster: int
    question: str
    answer: str
    values: Mapping[str, str]
    tags: Sequence[str]
    up: Sequence[Node]
    place: int


class QuestionGraph:
    """Collects the questions of a frame."""

    def __init__(self) -> None:
        self.nodes: list[Node] = []
        self._sizes: Counter[int] = Counter()

    def add(
        self,
        family: str,
        question: str,
        answer: str,
        values: Mapping[str, str] | None = None,
        *,
        cluster: int = OF_THE_SCENE,
        tags: Sequence[str] = (),
        up: Sequence[Node] = (),
    ) -> Node:
        """Add a question; its layer is one below those that it builds on."""
        layer = 1 + (up[0].layer if len(up) == 1 else max([n.layer for n in up])) if up else 0
        place = self._sizes[layer]
        self._sizes[layer] = place + 1
        node = Node(family, layer, cluster, question, answer, values or {}, tags, up, place)
        self.nodes.append(node)
        return node

    def as_dict(self) -> dict[str, list[dict[str, Any]]]:
        """Return the entry ``QA`` of the file: by family, with the groups of wordings.

        ``con_up`` and ``con_down`` hold pairs of layer and number within the layer.
        """
        down: defaultdict[int, list[list[int]]] = defaultdict(list)
        for node in self.nodes:
            here = [node.layer, node.place]
            for parent in node.up:
                down[id(parent)].append(here)
        result: dict[str, list[dict[str, Any]]] = {family: [] for family in FAMILIES}
        for node in self.nodes:
            values = node.values
            result[node.family].append(
                {
                    'Q': spoken(QUESTIONS[node.question].train[0], values),
                    'A': spoken(ALL_ANSWERS[node.answer].train[0], values),
                    'C': None,
                    'con_up': [[parent.layer, parent.place] for parent in node.up],
                    'con_down': down[id(node)],
                    'cluster': node.cluster,
                    'layer': node.layer,
                    'object_tags': list(node.tags),
                    'question_group': node.question,
                    'answer_group': node.answer,
                    'values': dict(values),
                }
            )
        return result


def spoken(template: str, values: Mapping[str, str]) -> str:
    """Fill a template in and begin it with a capital letter."""
    text = fill(template, values)
    return text if text[:1].isupper() else text[:1].upper() + text[1:]


def reworded_question(
    entry: Mapping[str, Any], rng: np.random.Generator, *, is_held_out: bool = False
) -> tuple[str, str]:
    """Return question and answer of an entry of a file in other words.

    Args:
        entry: of ``QA``.
        rng: draws the wordings.
        is_held_out: draw those that are never trained on.

    Returns:
        The texts as stored where the entry has no groups of wordings (upstream's).
    """
    question, answer = str(entry.get('question_group')), str(entry.get('answer_group'))
    if question not in QUESTIONS or answer not in ALL_ANSWERS:
        return str(entry['Q']), str(entry['A'])
    pick = drawn(rng, is_held_out=is_held_out)
    values = entry.get('values') or {}
    return spoken(pick(QUESTIONS[question]), values), spoken(pick(ALL_ANSWERS[answer]), values)
