# SPDX-License-Identifier: Apache-2.0
"""Scores of texts: similarity, meaning, files, judge."""

from __future__ import annotations

import json
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from simlingo_core.errors import BackendError, ConfigError, ContractError
from simlingo_evaluation.language.judge import JudgeConfig, judge
from simlingo_evaluation.language.meaning import answer_scores, commentary_scores, confusion
from simlingo_evaluation.language.page import write_page
from simlingo_evaluation.language.predictions import (
    TextPair,
    read_predictions,
    write_by_question,
    write_predictions,
)
from simlingo_evaluation.language.summary import markdown, text_summary, write_summary
from simlingo_evaluation.language.text_metrics import (
    bleu,
    cider,
    meteor_stem,
    rouge_l,
    spice,
    text_scores,
    tokens,
)

GENERATED = (
    'Follow the route. Decelerate due to the red traffic light.',
    'Turn left. Stop now.',
    'Accelerate.',
    'Follow the route. Remain stopped to stay behind the car.',
    'Maintain your current speed.',
    'Stop.',
)
LABELS = (
    'Follow the route. Stop now due to the red traffic light.',
    'Turn left. Stop now because a pedestrian is crossing.',
    'Follow the route. Accelerate.',
    'Follow the route. Remain stopped to stay behind the bus.',
    'Maintain your current speed.',
    'Decelerate.',
)


@pytest.fixture
def pairs() -> list[TextPair]:
    return [
        TextPair(prediction=generated, truth=label, path=f'{number}.json.gz')
        for number, (generated, label) in enumerate(zip(GENERATED, LABELS, strict=True))
    ]


def test_scores_equal_those_of_cocos_caption_evaluation() -> None:
    # Computed with pycocoevalcap 1.2 on the same tokens.
    generated, labels = [tokens(t) for t in GENERATED], [tokens(t) for t in LABELS]
    assert cider(generated, labels) == pytest.approx(5.0491481038986805, abs=1e-9)
    mean = sum(map(rouge_l, generated, labels)) / len(labels)
    assert mean == pytest.approx(0.614377274152288, abs=1e-9)
    found = [bleu(generated, labels, order) for order in range(1, 5)]
    coco = [0.6667363985690969, 0.6574109547024745, 0.63507522665016, 0.6009868485253411]
    assert found == pytest.approx(coco, abs=1e-6)


@pytest.mark.parametrize(
    ('metric', 'package'),
    [(meteor_stem, 'nltk'), (spice, 'pycocoevalcap')],
    ids=['meteor', 'spice'],
)
def test_what_a_score_needs_is_written_where_it_is_missing(
    metric: Any, package: str, pairs: list[TextPair], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    value, reason = metric(pairs)
    assert value is None
    assert f'pip install {package}' in reason
    summary = {
        'mode': 'commentary',
        'items': len(pairs),
        **text_summary(pairs, is_questions=False),
    }
    assert summary['text'][metric.__name__] is None
    assert f'{reason}.' in markdown(summary)


def test_meteor_takes_stems_for_equal_and_needs_no_data() -> None:
    pytest.importorskip('nltk')

    def of(truth: str, prediction: str) -> float:
        value, reason = meteor_stem([TextPair(prediction=prediction, truth=truth, path='')])
        assert reason == ''
        assert value is not None
        return value

    equal, stems, other = (
        of('the car slows', text) for text in ('the car slows', 'the car slowing', 'turn left')
    )
    assert other == 0.0
    assert equal == stems > of('the car slows', 'the car stands')


def test_equal_texts_have_the_best_scores() -> None:
    same = [TextPair(prediction=label, truth=label, path='') for label in LABELS]
    scores = text_scores(same)
    best = {'exact', 'rouge_l', *(f'bleu_{n}' for n in range(1, 5))}
    assert {name: scores[name] for name in best} == pytest.approx(dict.fromkeys(best, 1.0))


def test_meaning_is_scored_part_by_part(pairs: list[TextPair]) -> None:
    table = commentary_scores(pairs)
    assert table['speed action'] == {
        'count': 6,
        'right': pytest.approx(4 / 6),
        'invented': 0.0,
    }
    assert table['route action'] == {'count': 4, 'right': pytest.approx(3 / 4), 'invented': 0.0}
    assert table['objects']['right'] == pytest.approx(1 / 3)
    assert table['reason'] == {'count': 3, 'right': pytest.approx(2 / 3), 'invented': 0.0}
    assert confusion(pairs)['stop'] == {'decelerate': 1, 'stop': 1}


def test_other_words_of_the_same_meaning_count_as_right() -> None:
    pair = TextPair(
        prediction='Slow down so that you do not hit the bus.',
        truth='Decelerate to avoid a collision with the bus.',
        path='',
    )
    assert commentary_scores([pair])['all']['right'] == 1.0
    assert text_scores([pair])['exact'] == 0.0


def test_answers_are_scored_by_their_facts() -> None:
    pair = TextPair(
        prediction='Yes, because of the red traffic light.', truth='No, there is one car.', path=''
    )
    table = answer_scores([pair])
    assert table['yes or no'] == {'count': 1, 'precision': 0.0, 'recall': 0.0}
    assert table['number']['recall'] == 0.0
    assert table['same']['recall'] == 0.0


def test_predictions_are_written_and_read_in_upstreams_form(
    tmp_path: Path, pairs: list[TextPair]
) -> None:
    path = write_predictions(tmp_path, 'cot', pairs)
    assert path.name == 'language_preds_cot_rank_0.json'
    assert json.loads(path.read_text())[1] == [GENERATED[1], LABELS[1], '1.json.gz']
    assert read_predictions(path) == pairs
    grouped = json.loads(write_by_question(tmp_path, pairs).read_text())
    assert len(grouped['']) == 6


def test_markers_of_upstreams_texts_are_taken_off(tmp_path: Path) -> None:
    path = tmp_path / 'language_preds_qa_rank_0.json'
    path.write_text(json.dumps([['A: Yes. <|im_end|>', 'A: Yes.', 'x']]))
    assert text_scores(read_predictions(path))['exact'] == 1.0


@pytest.mark.parametrize(
    ('content', 'words'),
    [
        ('{"a": 1}', 'expected a list'),
        ('[]', 'at least one'),
        ('[["a", "b"]]', 'item 0'),
        ('[["a", "b", "c"], ["a", null, "c"]]', "item 1, field 'truth'"),
        ('[["a",', 'cannot be read as JSON'),
    ],
)
def test_a_broken_file_is_named_with_item_and_field(
    tmp_path: Path, content: str, words: str
) -> None:
    path = tmp_path / 'language_preds_qa_rank_0.json'
    path.write_text(content)
    with pytest.raises(ContractError, match=words) as caught:
        read_predictions(path)
    assert str(path) in str(caught.value)


class _Endpoint(BaseHTTPRequestHandler):
    """An OpenAI-compatible endpoint that rates 80, and what the tests have it do besides."""

    replies: tuple[str, ...] = ('80',)
    status = 200
    seen: list[dict[str, Any]]

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers['Content-Length'])))
        self.seen.append({'path': self.path, 'key': self.headers.get('Authorization'), **body})
        reply = self.replies[(len(self.seen) - 1) % len(self.replies)]
        self.send_response(self.status)
        self.send_header('Content-Type', 'application/json')
        self.end_headers()
        answer = {'choices': [{'message': {'role': 'assistant', 'content': reply}}]}
        self.wfile.write(json.dumps(answer).encode())

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture
def endpoint() -> Iterator[tuple[str, type[_Endpoint]]]:
    handler = type('Handler', (_Endpoint,), {'seen': []})
    server = ThreadingHTTPServer(('127.0.0.1', 0), handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f'http://127.0.0.1:{server.server_port}/v1', handler
    server.shutdown()
    server.server_close()
    thread.join()


def test_a_judge_rates_every_answer(
    endpoint: tuple[str, type[_Endpoint]],
    pairs: list[TextPair],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    url, handler = endpoint
    monkeypatch.setenv('JUDGE_KEY_OF_THIS_TEST', 'abc')
    config = JudgeConfig(url=url, model='rater', key_variable='JUDGE_KEY_OF_THIS_TEST')
    judgement = judge(config, pairs)
    assert (judgement.mean, judgement.errors) == (80.0, {})
    assert len(handler.seen) == 6
    request = handler.seen[0]
    assert (request['path'], request['model']) == ('/v1/chat/completions', 'rater')
    assert request['key'] == 'Bearer abc'
    texts = [seen['messages'][1]['content'] for seen in handler.seen]
    assert all(any(label in text for text in texts) for label in LABELS)


def test_a_reply_that_is_no_rating_is_asked_for_again(
    endpoint: tuple[str, type[_Endpoint]], pairs: list[TextPair]
) -> None:
    url, handler = endpoint
    handler.replies = ('I would say good', '150', 'Rating: 40')
    judgement = judge(JudgeConfig(url=url, model='rater'), pairs[:1])
    assert judgement.ratings == (40,)
    assert len(handler.seen) == 3


def test_answers_that_are_never_rated_are_counted(
    endpoint: tuple[str, type[_Endpoint]], pairs: list[TextPair]
) -> None:
    url, handler = endpoint
    handler.replies = ('never',)
    with pytest.raises(BackendError, match='rated none of 2 answers: the reply is no integer'):
        judge(JudgeConfig(url=url, model='rater'), pairs[:2])


def test_a_judge_that_refuses_is_named(
    endpoint: tuple[str, type[_Endpoint]], pairs: list[TextPair]
) -> None:
    url, handler = endpoint
    handler.status = 401
    with pytest.raises(BackendError, match=r'HTTP status 401.*key'):
        judge(JudgeConfig(url=url, model='rater'), pairs)
    assert len(handler.seen) == 6  # a refusal is not asked again


def test_no_judge_at_the_address_is_an_error(pairs: list[TextPair]) -> None:
    with pytest.raises(BackendError, match='rated none'):
        judge(JudgeConfig(url='http://127.0.0.1:9/v1', model='rater'), pairs[:1])
    with pytest.raises(ConfigError, match='base URL'):
        JudgeConfig(url='localhost:8000', model='rater')
    with pytest.raises(ConfigError, match='no model'):
        JudgeConfig(url='http://localhost:8000/v1', model='')


def test_a_summary_becomes_one_table_one_json_and_one_page(
    tmp_path: Path, pairs: list[TextPair]
) -> None:
    summary = {'mode': 'commentary', 'items': 6, **text_summary(pairs, is_questions=False)}
    write_summary(tmp_path, summary)
    hostile = [('<script>x</script>', 'a', 'b')]
    page = write_page(tmp_path, summary, [], hostile).read_text()
    assert json.loads((tmp_path / 'summary.json').read_text())['text']['cider'] > 5.0
    assert (tmp_path / 'table.md').read_text() == markdown(summary)
    assert '| speed action | 6 | 0.667 | 0.000 |' in markdown(summary)
    assert '<script>x' not in page
    assert 'speed action' in page
