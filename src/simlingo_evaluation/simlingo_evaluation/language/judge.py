# SPDX-License-Identifier: Apache-2.0
"""A language model as a judge of answers, through any endpoint with OpenAI's chat interface.

Off unless an endpoint is named.  Texts of the data set are sent there; images never.
"""

from __future__ import annotations

import json
import os
import re
import urllib.error
import urllib.request
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from simlingo_core.errors import BackendError, ConfigError
from simlingo_evaluation.language.predictions import TextPair

KEY_VARIABLE = 'SIMLINGO_JUDGE_KEY'
TRIES = 5
WORKERS = 8
_ROLE = 'You rate how well the content of an answer agrees with the content of a reference.'
_REQUEST = (
    'Rate how close the answer is to the reference in content, from 0 (unrelated or '
    'contradicting) to 100 (the same content). Wording, length and form of the '
    'sentence do not matter; use the whole range. Reply with one integer and nothing else.\n\n'
    'Reference: {truth}\nAnswer: {prediction}'
)


@dataclass(frozen=True, kw_only=True)
class JudgeConfig:
    """Where the judge is.

    Attributes:
        url: base of the endpoint, such as ``http://localhost:8000/v1``.
        model: name of the model there.
        timeout_s: for one answer.
        key_variable: environment variable that holds the key; the key itself is never stored.

    Raises:
        ConfigError: url or model do not make an endpoint.
    """

    url: str
    model: str
    timeout_s: float = 60.0
    key_variable: str = KEY_VARIABLE

    def __post_init__(self) -> None:
        if not re.match(r'https?://[^/]+', self.url):
            raise ConfigError(
                f'the judge is at {self.url!r}; expected the base URL of an OpenAI-compatible '
                'endpoint, such as http://localhost:8000/v1'
            )
        if not self.model:
            raise ConfigError('the judge has no model; name one with --judge-model')


@dataclass(frozen=True, kw_only=True)
class Judgement:
    """Ratings of a list of answers.

    Attributes:
        ratings: 0 to 100, None where the judge gave none.
        errors: number of the answers that were not rated, by reason.
    """

    ratings: tuple[int | None, ...]
    errors: dict[str, int]

    @property
    def mean(self) -> float | None:
        """Mean over the rated answers; None: none was rated."""
        rated = [rating for rating in self.ratings if rating is not None]
        return sum(rated) / len(rated) if rated else None


def judge(config: JudgeConfig, pairs: Sequence[TextPair]) -> Judgement:
    """Have every answer rated.

    Raises:
        BackendError: the judge rated none of them; the most frequent reason is named.
    """
    with ThreadPoolExecutor(WORKERS) as pool:
        found = list(pool.map(lambda pair: _rate(config, pair), pairs))
    errors: dict[str, int] = {}
    for rating in found:
        if isinstance(rating, str):
            errors[rating] = errors.get(rating, 0) + 1
    if pairs and sum(errors.values()) == len(pairs):
        reason = max(errors, key=lambda name: errors[name])
        raise BackendError(
            f'the judge at {config.url} rated none of {len(pairs)} answers: {reason}; check the '
            f'address, the model {config.model!r} and the key in ${config.key_variable}'
        )
    return Judgement(
        ratings=tuple(None if isinstance(rating, str) else rating for rating in found),
        errors=errors,
    )


def _rate(config: JudgeConfig, pair: TextPair) -> int | str:
    """Return the rating, or why there is none."""
    reason = ''
    for _ in range(TRIES):
        try:
            reply = _ask(config, _REQUEST.format(truth=pair.truth, prediction=pair.prediction))
        except urllib.error.HTTPError as error:
            reason = f'HTTP status {error.code}'
            if error.code in (400, 401, 403, 404):
                return reason
            continue
        except (OSError, ValueError, LookupError, TypeError) as error:
            reason = f'{type(error).__name__}: {error}'
            continue
        numbers = re.findall(r'(?<![\d.-])\d+(?![\d.])', reply)
        if len(numbers) == 1 and 0 <= int(numbers[0]) <= 100:
            return int(numbers[0])
        reason = 'the reply is no integer from 0 to 100'
    return reason


def _ask(config: JudgeConfig, request: str) -> str:
    body = {
        'model': config.model,
        'temperature': 0.0,
        'max_tokens': 8,
        'messages': [
            {'role': 'system', 'content': _ROLE},
            {'role': 'user', 'content': request},
        ],
    }
    headers = {'Content-Type': 'application/json'}
    if key := os.environ.get(config.key_variable):
        headers['Authorization'] = f'Bearer {key}'
    call = urllib.request.Request(
        config.url.rstrip('/') + '/chat/completions', json.dumps(body).encode(), headers
    )
    with urllib.request.urlopen(call, timeout=config.timeout_s) as answer:
        content = json.load(answer)['choices'][0]['message']['content']
    return str(content)
