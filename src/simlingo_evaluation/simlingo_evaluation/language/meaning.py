# SPDX-License-Identifier: Apache-2.0
"""Scores by meaning: is the same action, object and reason stated, whatever the words?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

from simlingo_core.statements import Statement, read_answer, read_statement
from simlingo_evaluation.language.predictions import TextPair

SLOTS: dict[str, Callable[[Statement], Any]] = {
    'speed action': lambda stated: stated.speed,
    'route action': lambda stated: stated.route,
    'reason': lambda stated: stated.reason,
    'objects': lambda stated: stated.things or None,
    'refusal': lambda stated: stated.refuses or None,
}


def commentary_scores(pairs: Sequence[TextPair]) -> dict[str, dict[str, float]]:
    """Return for each part of a commentary how often it is right.

    ``count``: texts in which the label has this part; ``right``: share of them in which the model
    says the same; ``invented``: share of the other texts in which the model says one all the same.
    ``all``: every part is right.
    """
    stated = [read_statement(pair.prediction) for pair in pairs]
    meant = [read_statement(pair.truth) for pair in pairs]
    table = {}
    for name, part in SLOTS.items():
        both = [(part(s), part(m)) for s, m in zip(stated, meant, strict=True)]
        wanted = [s == m for s, m in both if m is not None]
        unwanted = [s is not None for s, m in both if m is None]
        table[name] = {
            'count': len(wanted),
            'right': _share(wanted),
            'invented': _share(unwanted),
        }
    equal = [s == m for s, m in zip(stated, meant, strict=True)]
    table['all'] = {'count': len(equal), 'right': _share(equal), 'invented': 0.0}
    return table


def answer_scores(pairs: Sequence[TextPair]) -> dict[str, dict[str, float]]:
    """Return precision and recall of the facts in answers, by family of facts and over all.

    ``same``: share of the answers with exactly the facts of the label.
    """
    right, stated, meant = Counter[str](), Counter[str](), Counter[str]()
    same = 0
    for pair in pairs:
        found, wanted = read_answer(pair.prediction), read_answer(pair.truth)
        same += found == wanted
        for facts, counter in ((found & wanted, right), (found, stated), (wanted, meant)):
            counter.update(_family(fact) for fact in facts)
            counter['all'] += len(facts)
    table = {
        name: {
            'count': meant[name],
            'precision': right[name] / stated[name] if stated[name] else 0.0,
            'recall': right[name] / meant[name] if meant[name] else 0.0,
        }
        for name in sorted(stated | meant)
    }
    return {**table, 'same': {'count': len(pairs), 'precision': 0.0, 'recall': same / len(pairs)}}


def confusion(pairs: Sequence[TextPair]) -> dict[str, dict[str, int]]:
    """Return how often each speed action of the labels (outer key) was stated as which (inner)."""
    table: dict[str, dict[str, int]] = {}
    for pair in pairs:
        meant, stated = read_statement(pair.truth).speed, read_statement(pair.prediction).speed
        row = table.setdefault(str(meant or 'none'), {})
        row[str(stated or 'none')] = row.get(str(stated or 'none'), 0) + 1
    return table


def _family(fact: str) -> str:
    return 'yes or no' if fact in ('yes', 'no') else fact.split(':')[0]


def _share(found: Sequence[bool]) -> float:
    return sum(found) / len(found) if found else 0.0
