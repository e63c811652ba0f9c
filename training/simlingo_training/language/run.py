# SPDX-License-Identifier: Apache-2.0
"""One language evaluation: frames chosen, a model asked, scores, files and page written."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rich.console import Console

from simlingo_core.errors import ConfigError
from simlingo_core.understanding import understand
from simlingo_evaluation.jobs.workers import Workers
from simlingo_evaluation.language.dream_results import (
    SAFETY,
    DreamResult,
    write_upstream_results,
)
from simlingo_evaluation.language.dream_rules import (
    DreamCase,
    Trajectory,
    follows,
    follows_upstream,
)
from simlingo_evaluation.language.judge import JudgeConfig
from simlingo_evaluation.language.page import write_page
from simlingo_evaluation.language.predictions import (
    TextPair,
    write_by_question,
    write_predictions,
)
from simlingo_evaluation.language.summary import (
    dream_summary,
    text_summary,
    write_summary,
)
from simlingo_model.model_names import COMMITTED, ModelChoice, find_model
from simlingo_training.data_problems import report_problems
from simlingo_training.language.asking import ask_all
from simlingo_training.language.causal import causal_scores, intervene
from simlingo_training.language.frames import choose_frames
from simlingo_training.language.items import LanguageItem, Mode, make_items
from simlingo_training.language.page_images import draw_items
from simlingo_training.language.speaker import Speaker, Spoken

MAX_PROBLEMS = 20
_PARTS = {Mode.QA: 'qa', Mode.COMMENTARY: 'cot'}


@dataclass(frozen=True, kw_only=True)
class LanguageRun:
    """Settings of an evaluation.

    Attributes:
        mode: what is evaluated.
        data: root of the data set.
        model: to ask, see ``simlingo_model.model_names``.
        out: folder for files.
        frames: at most so many, evenly spread.
        eval_set: file that lists the frames; None: they are spread.
        causal_frames: frames of the causal test (mode ``commentary``); 0: none.
        held_out_wordings: give instructions in wordings that no training has seen.
        judge: rates texts; None: nobody does.
        max_problems: files that may be broken.
        device, engine, tokenizer_folder: how the model is run.
        workers: who asks it; each loads it once.
    """

    mode: Mode
    data: Path
    model: str
    out: Path
    frames: int = 500
    eval_set: Path | None = None
    causal_frames: int = 0
    held_out_wordings: bool = False
    judge: JudgeConfig | None = None
    max_problems: int = MAX_PROBLEMS
    device: str = 'auto'
    engine: str = 'auto'
    tokenizer_folder: Path | None = None
    workers: Workers = field(default_factory=Workers)


def evaluate_language(run: LanguageRun, console: Console) -> dict[str, Any]:
    """Ask a model about recorded frames, score it and write everything to the run's folder.

    Returns:
        The summary, as written to ``summary.json``.

    Raises:
        BackendError: the model, the judge or a metric cannot be run.
        CheckpointError: the model cannot be read.
        ConfigError: there is nothing to evaluate, or too much is broken.
    """
    choice = _find(run.model)
    choices, problems, kept = choose_frames(run.data, run.mode, run.frames, run.eval_set)
    items, broken = make_items(choices, run.mode, held_out_wordings=run.held_out_wordings)
    problems += broken
    report_problems(problems, run.data, run.max_problems, console)
    if not items:
        raise ConfigError(
            f'{run.data} has nothing to evaluate in mode {run.mode.value}: {kept} frames of good '
            'episodes, none with the labels it needs; run simlingo label, or choose another mode'
        )
    speaker = Speaker.load(
        choice,
        tokenizer_folder=run.tokenizer_folder,
        device=run.device,
        engine=run.engine,
    )
    spoken = ask_all(run, items, speaker, console)
    summary: dict[str, Any] = {
        'mode': run.mode.value,
        'model': speaker.name,
        'items': len(items),
        'episodes': len({item.folder.relative for item in items}),
        'broken': len(problems),
        'untrained': _untrained(speaker, run.mode),
    }
    summary |= _scores(run, speaker, items, spoken)
    write_summary(run.out, summary)
    write_page(run.out, summary, draw_items(run.out, items, spoken), _texts(items, spoken))
    return summary


def _scores(
    run: LanguageRun,
    speaker: Speaker,
    items: Sequence[LanguageItem],
    spoken: Sequence[Spoken],
) -> dict[str, Any]:
    pairs = _pairs(items, spoken)
    write_predictions(run.out, 'all', pairs)
    if run.mode in _PARTS:
        write_predictions(run.out, _PARTS[run.mode], pairs)
    if run.mode is Mode.QA:
        write_by_question(run.out, pairs)
    found = text_summary(pairs, is_questions=run.mode is Mode.QA, judge_config=run.judge)
    if run.mode.has_dreams:
        results = [judge_item(i, s) for i, s in zip(items, spoken, strict=True)]
        write_upstream_results(run.out, results)
        found |= dream_summary(results)
    if run.mode is Mode.COMMENTARY and run.causal_frames:
        step = max(1, -(-len(items) // run.causal_frames))
        some = range(0, len(items), step)
        found['causal'] = causal_scores(
            intervene(speaker, [items[i] for i in some], [spoken[i] for i in some])
        )
    return found


def judge_item(item: LanguageItem, spoken: Spoken) -> DreamResult:
    """Return what became of an instruction.

    Raises:
        ConfigError: the item holds no instruction.
    """
    if item.dream is None:
        raise ConfigError(f'{item.path} holds no instruction; expected an item of a dream')
    labels = item.dream.labels
    case = DreamCase(
        mode=item.dream.mode,
        speed_mps=item.speed_mps,
        original=_trajectory(item.expert.path_base_m, item.expert.speed_waypoints_base_m),
        instructed=_trajectory(labels.path_base_m, labels.speed_waypoints_base_m),
        asked_mps=understand(item.text).speed_mps,
    )
    return DreamResult(
        path=item.path,
        mode=item.dream.mode,
        group=item.group,
        text=item.text,
        reply=spoken.text,
        is_safe=item.dream.is_safe,
        follows=follows(case, spoken.planned),
        follows_upstream=follows_upstream(case, spoken.planned, number_for_upstream(item.text)),
    )


def number_for_upstream(text: str) -> float | None:
    """Return the number that upstream takes for the speed, whatever its unit; None: none.

    It is the last but one word of the prompt, else the one before.
    """
    words = text.rstrip('.!?').split()
    for place in (-2, -3):
        word = words[place] if len(words) >= -place else ''
        if re.fullmatch(r'\d+(\.\d+)?', word):
            return float(word)
    return None


def find_mode(name: str) -> Mode:
    """Return the mode of a name.

    Raises:
        ConfigError: there is none.
    """
    if name not in set(Mode):
        raise ConfigError(f'mode is {name!r}; expected one of {", ".join(Mode)}')
    return Mode(name)


def _find(name: str) -> ModelChoice:
    choice = find_model(name)
    if choice is None:
        raise ConfigError(
            f'there is no model {name!r}; expected {", ".join(COMMITTED)}, the path of a '
            'model, or blind= and one of these'
        )
    return choice


def _trajectory(path: Any, waypoints: Any) -> Trajectory:
    return Trajectory(path_base_m=path, speed_waypoints_base_m=waypoints)


def _pairs(items: Sequence[LanguageItem], spoken: Sequence[Spoken]) -> list[TextPair]:
    return [
        TextPair(prediction=s.text, truth=i.truth, path=i.path, question=i.question)
        for i, s in zip(items, spoken, strict=True)
    ]


def _untrained(speaker: Speaker, mode: Mode) -> list[str]:
    """Return what the mode asks of the model that its card says it was not trained in."""
    able = speaker.capabilities
    missing = {
        'questions': mode is Mode.QA and not able.answers,
        'commentary': mode is Mode.COMMENTARY and not able.comments,
        'refusals': SAFETY in mode.groups and not able.refuses,
    }
    return [name for name, is_missing in missing.items() if is_missing]


def _texts(items: Sequence[LanguageItem], spoken: Sequence[Spoken]) -> list[tuple[str, str, str]]:
    return [
        (i.question or i.text or i.path, i.truth, s.text)
        for i, s in zip(items, spoken, strict=True)
    ]
