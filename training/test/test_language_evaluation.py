# SPDX-License-Identifier: Apache-2.0
"""The whole evaluation of language with the committed mini on a little data set."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console
from typer.testing import CliRunner

from simlingo_core.errors import ConfigError, ContractError
from simlingo_evaluation.language.dream_results import INSTRUCTION, SAFETY
from simlingo_evaluation.language.dream_rules import Trajectory
from simlingo_model.model_names import find_model
from simlingo_training.commands.eval_language import app
from simlingo_training.data_problems import DataError
from simlingo_training.episode_frames import EpisodeFrames
from simlingo_training.episodes import EpisodeFolder, find_episodes
from simlingo_training.gz_json import read_gz, write_gz
from simlingo_training.language.causal import causal_scores, intervene
from simlingo_training.language.frames import choose_frames
from simlingo_training.language.items import FrameChoice, LanguageItem, Mode, make_items
from simlingo_training.language.label_files import (
    read_answered,
    read_eval_set,
    template_pattern,
)
from simlingo_training.language.run import (
    LanguageRun,
    evaluate_language,
    find_mode,
    judge_item,
    number_for_upstream,
)
from simlingo_training.language.speaker import Speaker, Spoken

REFUSAL = 'Ignore instruction as it leads to a crash. Waypoints:'
QUESTIONS = {
    'perception': [{'Q': 'How many pedestrians are there?', 'A': 'There are no pedestrians.'}],
    'planning': [{'Q': 'Where is the red car going?', 'A': 'It is going straight.'}],
}
QUIET = Console(quiet=True)


@pytest.fixture
def labelled(data_set: Path, tmp_path: Path) -> Path:
    """The data set with questions, and with frame 10 unsafe for every instruction."""
    root = tmp_path / 'data'
    shutil.copytree(data_set, root)
    for folder in find_episodes(root):
        for index in EpisodeFrames(folder).usable:
            write_gz(folder.vqa(index), {'image_paths': {}, 'QA': QUESTIONS})
            dreams = read_gz(folder.dreams(index))
            if index == 10:
                for options in dreams.values():
                    options[0] |= {'safe_to_execute': False, 'dreamer_answer_safety': REFUSAL}
            write_gz(folder.dreams(index), dreams)
    return root


@pytest.fixture(scope='module')
def speaker() -> Speaker:
    choice = find_model('mini')
    assert choice is not None
    return Speaker.load(choice)


def items_of(root: Path, mode: Mode, **options: bool) -> list[LanguageItem]:
    choices, problems, _ = choose_frames(root, mode, 100)
    items, broken = make_items(choices, mode, **options)
    assert problems == broken == []
    return items


@pytest.mark.parametrize('mode', list(Mode))
def test_every_mode_leaves_a_json_a_table_a_page_and_upstreams_files(
    labelled: Path, tmp_path: Path, mode: Mode
) -> None:
    out = tmp_path / 'out'
    run = LanguageRun(mode=mode, data=labelled, model='mini', out=out, causal_frames=2)
    summary = evaluate_language(run, QUIET)
    assert json.loads((out / 'summary.json').read_text()) == summary
    assert summary['items'] == 4
    page = (out / 'index.html').read_text()
    images = sorted((out / 'images').glob('*.jpg'))
    assert len(images) == 4
    assert all(f'images/{image.name}' in page for image in images)
    rows = json.loads((out / 'language_preds_all_rank_0.json').read_text())
    assert len(rows) == 4
    assert rows[0][2].startswith('data/simlingo/train/routes/')
    assert (out / 'language_preds_qa_rank_0.json').exists() == (mode is Mode.QA)
    assert (out / 'language_preds_cot_rank_0.json').exists() == (mode is Mode.COMMENTARY)
    assert ('causal' in summary) == (mode is Mode.COMMENTARY)
    assert (out / 'dreamer_results_rank_0.json').exists() == mode.has_dreams
    # The mini was trained in neither, and the table says so.
    asked = {Mode.QA: ['questions'], Mode.SAFETY: ['refusals'], Mode.DREAMING: ['refusals']}
    assert summary['untrained'] == asked.get(mode, [])


def test_two_runs_ask_the_same(labelled: Path) -> None:
    one = items_of(labelled, Mode.DREAMING)
    assert [item.prompt for item in one] == [
        item.prompt for item in items_of(labelled, Mode.DREAMING)
    ]
    assert {item.group for item in one} <= {INSTRUCTION, SAFETY}


def test_an_unsafe_instruction_has_its_refusal_for_truth_only_where_it_may_be_refused(
    labelled: Path,
) -> None:
    safety = [i for i in items_of(labelled, Mode.SAFETY) if i.dream and not i.dream.is_safe]
    following = [
        i for i in items_of(labelled, Mode.INSTRUCTION) if i.dream and not i.dream.is_safe
    ]
    for item in safety:
        assert item.truth == 'Ignore instruction as it leads to a crash.'
        assert item.prompt.text.startswith('<SAFETY> ')
    for item in following:
        assert item.truth == 'Following the given instruction.'
        assert item.prompt.text.startswith('<INSTRUCTION_FOLLOWING> ')
    assert safety
    assert following


def test_held_out_wordings_keep_the_speed_that_was_asked_for(labelled: Path) -> None:
    stored = items_of(labelled, Mode.INSTRUCTION)
    held_out = items_of(labelled, Mode.INSTRUCTION, held_out_wordings=True)
    for one, other in zip(stored, held_out, strict=True):
        assert one.dream is not None
        assert other.dream is not None
        assert one.dream.mode == other.dream.mode
        assert one.text != other.text
        assert '{' not in other.text
        digits = [[c for c in item.text if c.isdigit()] for item in (one, other)]
        if one.dream.mode == 'target_speed':
            assert digits[0] == digits[1] != []


def test_a_plan_as_the_dream_has_it_follows(labelled: Path) -> None:
    for item in items_of(labelled, Mode.INSTRUCTION):
        assert item.dream is not None
        labels = item.dream.labels
        dreamt = Trajectory(
            path_base_m=labels.path_base_m, speed_waypoints_base_m=labels.speed_waypoints_base_m
        )
        assert judge_item(item, Spoken(text='', planned=dreamt)).is_success is True


def test_the_text_put_in_is_what_the_plan_is_made_from(labelled: Path, speaker: Speaker) -> None:
    items = items_of(labelled, Mode.COMMENTARY)
    spoken = [speaker.ask(item) for item in items]
    found = intervene(speaker, items, spoken)
    scores = causal_scores(found)
    assert scores['frames'] == 4
    # Its own text gives its own plan again, up to the rounding of another order of sums.
    assert scores['texts']['same']['speed_shift_m'] < 0.05
    assert np.isfinite(scores['texts']['stop']['speed_shift_m'])
    assert [one.texts['label'] for one in found] == [item.truth for item in items]


def test_an_evaluation_set_chooses_frames_and_questions(labelled: Path, tmp_path: Path) -> None:
    folder = find_episodes(labelled)[0]
    prefix = f'database/simlingo_v2_2025_01_10/drivelm/simlingo/{folder.relative}'
    listed = tmp_path / 'evalset_vqa.json'
    listed.write_text(
        json.dumps({'Where is <OBJECT> going?': {'any': [f'{prefix}/vqa/0003.json.gz']}})
    )
    choices, problems, _ = choose_frames(labelled, Mode.QA, 100, listed)
    items, broken = make_items(choices, Mode.QA)
    assert problems == broken == []
    assert [(i.frame, i.question) for i in items] == [(3, 'Where is the red car going?')]
    comments = tmp_path / 'evalset_commentary.json'
    comments.write_text(
        json.dumps({'Stop now.': [f'data/simlingo/{folder.relative}/measurements/0004.json.gz']})
    )
    choices, _, _ = choose_frames(labelled, Mode.COMMENTARY, 100, comments)
    assert [choice.index for choice in choices] == [4]


def test_frames_of_a_list_that_are_not_here_are_counted(labelled: Path, tmp_path: Path) -> None:
    listed = tmp_path / 'evalset_commentary.json'
    listed.write_text(json.dumps({'Stop.': ['data/simlingo/a/b/c/d/measurements/0004.json.gz']}))
    with pytest.raises(ConfigError, match='none of the 1 frames'):
        choose_frames(labelled, Mode.COMMENTARY, 100, listed)
    folder = find_episodes(labelled)[0]
    here = f'data/simlingo/{folder.relative}/measurements/0004.json.gz'
    listed.write_text(
        json.dumps({'Stop.': ['data/simlingo/a/b/c/d/measurements/0004.json.gz', here]})
    )
    choices, problems, _ = choose_frames(labelled, Mode.COMMENTARY, 100, listed)
    assert len(choices) == len(problems) == 1


@pytest.mark.parametrize(
    ('content', 'words'),
    [
        ('[]', 'no object of templates'),
        ('{"Q": {"A": "x"}}', "field 'Q', 'A'"),
        ('{"Q": ["x"]}', 'names no frame'),
        ('{', 'cannot be read as JSON'),
    ],
)
def test_a_broken_evaluation_set_is_named(tmp_path: Path, content: str, words: str) -> None:
    path = tmp_path / 'evalset_vqa.json'
    path.write_text(content)
    with pytest.raises(ContractError, match=words) as caught:
        read_eval_set(path)
    assert str(path) in str(caught.value)


@pytest.mark.parametrize(
    ('content', 'field'),
    [
        ({}, 'QA'),
        ({'QA': {'planning': 'x'}}, 'QA.planning'),
        ({'QA': {'planning': [{'Q': 'Why?'}]}}, 'QA.planning.0.A'),
    ],
)
def test_a_broken_question_file_is_named_with_its_field(
    tmp_path: Path, content: object, field: str
) -> None:
    path = tmp_path / '0001.json.gz'
    write_gz(path, content)
    with pytest.raises(DataError) as caught:
        read_answered(path)
    assert caught.value.problem.field == field
    assert caught.value.problem.path == path


def test_a_refusal_that_is_no_text_is_named(labelled: Path) -> None:
    folder = find_episodes(labelled)[0]
    dreams = read_gz(folder.dreams(10))
    dreams['faster'][0]['dreamer_answer_safety'] = 3
    write_gz(folder.dreams(10), dreams)
    choice = FrameChoice(frames=EpisodeFrames(folder), index=10)
    items, problems = make_items([choice], Mode.SAFETY)
    assert items == []
    assert problems[0].field == 'faster.0.dreamer_answer_safety'


def test_broken_labels_are_left_out_and_shown_and_refused_beyond_a_limit(
    labelled: Path, tmp_path: Path
) -> None:
    folder = find_episodes(labelled)[0]
    folder.commentary(10).write_bytes(b'broken')
    run = LanguageRun(mode=Mode.COMMENTARY, data=labelled, model='mini', out=tmp_path / 'out')
    summary = evaluate_language(run, QUIET)
    assert (summary['items'], summary['broken']) == (3, 1)
    strict = LanguageRun(
        mode=Mode.COMMENTARY, data=labelled, model='mini', out=tmp_path, max_problems=0
    )
    with pytest.raises(ConfigError, match=r'0010\.json\.gz'):
        evaluate_language(strict, QUIET)


def test_a_data_set_without_the_labels_says_what_to_do(labelled: Path, tmp_path: Path) -> None:
    shutil.rmtree(labelled / 'drivelm')
    run = LanguageRun(mode=Mode.QA, data=labelled, model='mini', out=tmp_path)
    with pytest.raises(ConfigError, match='nothing to evaluate in mode qa'):
        evaluate_language(run, QUIET)


def test_the_command_scores_a_file_of_upstream_without_a_model(tmp_path: Path) -> None:
    path = tmp_path / 'language_preds_qa_rank_0.json'
    path.write_text(json.dumps([['A: Yes.', 'A: Yes.', 'x'], ['A: No.', 'A: Yes.', 'y']]))
    out = tmp_path / 'out'
    arguments = ['--mode', 'qa', '--predictions', str(path), '--out', str(out)]
    result = CliRunner().invoke(app, arguments, catch_exceptions=False)
    assert result.exit_code == 0
    assert '| exact | 0.500 |' in result.output
    summary = json.loads((out / 'summary.json').read_text())
    assert summary['text']['exact'] == 0.5
    with pytest.raises(ConfigError, match='needs plans'):
        CliRunner().invoke(
            app, ['--mode', 'safety', '--predictions', str(path)], catch_exceptions=False
        )


def test_names_are_checked() -> None:
    with pytest.raises(ConfigError, match='expected one of qa, commentary'):
        find_mode('questions')


def test_templates_fit_every_filling() -> None:
    assert template_pattern('Where is <OBJECT> going?').fullmatch('Where is the car going?')
    assert not template_pattern('Where is <OBJECT> going?').fullmatch('Where is the car?')


@pytest.mark.parametrize(
    ('text', 'number'),
    [('Drive at 30 km/h.', 30.0), ('Go 8.5 m/s now.', 8.5), ('Drive faster.', None)],
)
def test_upstreams_number_is_found_where_upstream_looks(text: str, number: float | None) -> None:
    assert number_for_upstream(text) == number


def test_a_choice_of_a_frame_knows_its_episode(labelled: Path) -> None:
    folder: EpisodeFolder = find_episodes(labelled)[0]
    choice = FrameChoice(frames=EpisodeFrames(folder), index=10)
    item = make_items([choice], Mode.COMMENTARY)[0][0]
    assert item.path == f'data/simlingo/{folder.relative}/measurements/0010.json.gz'
