# SPDX-License-Identifier: Apache-2.0
"""Similarity of texts: exact match, BLEU, ROUGE-L, CIDEr; METEOR and SPICE where installed.

ROUGE-L and CIDEr are as COCO's caption evaluation defines them (Lin 2004 with beta 1.2; Vedantam
et al. 2015, CIDEr-D), which upstream's scores are made with; BLEU is sacrebleu's without
smoothing.  All use the same tokens: lower case, numbers and words, no punctuation.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Sequence

from simlingo_core.errors import BackendError
from simlingo_evaluation.language.predictions import TextPair

ROUGE_BETA = 1.2
CIDER_ORDERS = 4
CIDER_SIGMA = 6.0
UPSTREAM_CHUNK = 500
_TOKEN = re.compile(r"\d+(?:\.\d+)?|[^\W\d_]+(?:'[^\W\d_]+)?")
Ngrams = Counter[tuple[str, ...]]


def tokens(text: str) -> list[str]:
    """Return the words and numbers of a text in lower case."""
    return _TOKEN.findall(text.lower())


def text_scores(pairs: Sequence[TextPair]) -> dict[str, float]:
    """Return all scores of texts that need no other program.

    ``exact``, ``rouge_l`` and ``bleu_1`` ... ``bleu_4`` lie in [0, 1], CIDEr in [0, 10].
    ``cider_upstream`` is the mean over chunks of 500, whose document frequencies differ, as
    upstream computes it.

    Args:
        pairs: at least one.

    Raises:
        BackendError: sacrebleu is not installed.
    """
    hypotheses = [tokens(pair.prediction) for pair in pairs]
    references = [tokens(pair.truth) for pair in pairs]
    return {
        'exact': sum(pair.prediction == pair.truth for pair in pairs) / len(pairs),
        **{f'bleu_{n}': bleu(hypotheses, references, n) for n in range(1, 5)},
        'rouge_l': sum(map(rouge_l, hypotheses, references)) / len(pairs),
        'cider': cider(hypotheses, references),
        'cider_upstream': _in_chunks(cider, hypotheses, references),
    }


def bleu(
    hypotheses: Sequence[Sequence[str]], references: Sequence[Sequence[str]], order: int
) -> float:
    """Return BLEU of a corpus up to n-grams of an order, in [0, 1].

    Raises:
        BackendError: sacrebleu is not installed.
    """
    try:
        from sacrebleu.metrics.bleu import BLEU
    except ImportError as error:
        raise BackendError(
            'BLEU needs sacrebleu, which is not installed; run make setup or pip install sacrebleu'
        ) from error
    metric = BLEU(tokenize='none', smooth_method='none', max_ngram_order=order, force=True)
    found = metric.corpus_score(
        [' '.join(words) for words in hypotheses], [[' '.join(words) for words in references]]
    )
    return float(found.score) / 100.0


def rouge_l(hypothesis: Sequence[str], reference: Sequence[str]) -> float:
    """Return the F-measure of the longest common subsequence, in [0, 1]."""
    common = _common_length(hypothesis, reference)
    if not common:
        return 0.0
    precision, recall = common / len(hypothesis), common / len(reference)
    squared = ROUGE_BETA**2
    return (1.0 + squared) * precision * recall / (recall + squared * precision)


def cider(hypotheses: Sequence[Sequence[str]], references: Sequence[Sequence[str]]) -> float:
    """Return CIDEr-D with one reference each, in [0, 10].

    N-grams are weighed by how few of the references hold them; so the score depends on the set.
    A set of one text, or of equal ones, has no rare n-grams and scores 0.
    """
    counted = [_ngrams(words) for words in references]
    frequencies = Counter(ngram for grams in counted for ngram in grams)
    most = math.log(max(len(references), 1))

    def weigh(grams: Ngrams) -> list[dict[tuple[str, ...], float]]:
        weighed: list[dict[tuple[str, ...], float]] = [{} for _ in range(CIDER_ORDERS)]
        for ngram, count in grams.items():
            rarity = most - math.log(max(1, frequencies[ngram]))
            weighed[len(ngram) - 1][ngram] = count * rarity
        return weighed

    total = 0.0
    for words, truth, grams in zip(hypotheses, references, counted, strict=True):
        # COCO's length is the number of bigrams.
        difference = max(len(words) - 1, 0) - max(len(truth) - 1, 0)
        penalty = math.exp(-(difference**2) / (2.0 * CIDER_SIGMA**2))
        stated, meant = weigh(_ngrams(words)), weigh(grams)
        total += penalty * sum(map(_cosine, stated, meant)) / CIDER_ORDERS
    return 10.0 * total / len(hypotheses)


class _NoSynonyms:
    """Takes the place of WordNet, which nltk would have to download."""

    @staticmethod
    def synsets(word: str) -> list[object]:
        """Return the synonyms of a word: none."""
        return []


def meteor_stem(pairs: Sequence[TextPair]) -> tuple[float | None, str]:
    """Return METEOR by equal words and equal stems, in [0, 1], or None and why it is missing.

    Synonyms, METEOR's third way to match words, are left out: they need WordNet's data.  So it is
    at most as high as the METEOR of other works.
    """
    try:
        from nltk.translate.meteor_score import single_meteor_score
    except ImportError:
        return None, 'METEOR needs the package nltk, which is not installed: pip install nltk'
    scores = [
        single_meteor_score(tokens(pair.truth), tokens(pair.prediction), wordnet=_NoSynonyms())
        for pair in pairs
    ]
    return float(sum(scores) / len(scores)), ''


def spice(pairs: Sequence[TextPair]) -> tuple[float | None, str]:
    """Return SPICE, or None and the reason why it cannot be computed here.

    It is computed by a Java program that comes with pycocoevalcap.
    """
    try:
        from pycocoevalcap.spice.spice import Spice
    except ImportError:
        return None, (
            'SPICE needs Java and the package pycocoevalcap, which is not installed: '
            'pip install pycocoevalcap'
        )
    texts = {n: [' '.join(tokens(pair.truth))] for n, pair in enumerate(pairs)}
    stated = {n: [' '.join(tokens(pair.prediction))] for n, pair in enumerate(pairs)}
    try:
        return float(Spice().compute_score(texts, stated)[0]), ''
    except OSError as error:  # no Java
        return None, f'SPICE needs Java ({error})'


def _in_chunks(
    metric: Callable[[Sequence[Sequence[str]], Sequence[Sequence[str]]], float],
    hypotheses: Sequence[Sequence[str]],
    references: Sequence[Sequence[str]],
) -> float:
    total = 0.0
    for start in range(0, len(hypotheses), UPSTREAM_CHUNK):
        part = slice(start, start + UPSTREAM_CHUNK)
        total += len(hypotheses[part]) * metric(hypotheses[part], references[part])
    return total / len(hypotheses)


def _ngrams(words: Sequence[str]) -> Ngrams:
    return Counter(
        tuple(words[start : start + order])
        for order in range(1, CIDER_ORDERS + 1)
        for start in range(len(words) - order + 1)
    )


def _cosine(stated: dict[tuple[str, ...], float], meant: dict[tuple[str, ...], float]) -> float:
    product = sum(
        min(weight, meant.get(ngram, 0.0)) * meant.get(ngram, 0.0)
        for ngram, weight in stated.items()
    )
    lengths = math.sqrt(
        sum(weight**2 for weight in stated.values()) * sum(weight**2 for weight in meant.values())
    )
    return product / lengths if lengths else product


def _common_length(one: Sequence[str], other: Sequence[str]) -> int:
    row = [0] * (len(other) + 1)
    for word in one:
        above = 0
        for column, candidate in enumerate(other, start=1):
            above, row[column] = (
                row[column],
                above + 1 if word == candidate else max(row[column], row[column - 1]),
            )
    return row[-1]
