# SPDX-License-Identifier: Apache-2.0
"""What a model is asked about recorded frames: one item for each prompt."""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from simlingo_core.types import SafetyMode
from simlingo_core.understanding import understand
from simlingo_core.wordings import WORDINGS, ManoeuvreKind, speed_words
from simlingo_evaluation.language.dream_results import INSTRUCTION, SAFETY
from simlingo_model import prompts
from simlingo_model.prompts import Prompt
from simlingo_training.data_problems import DataError, DataProblem
from simlingo_training.dream_files import DreamSample, read_dreams
from simlingo_training.episode_frames import EpisodeFrames
from simlingo_training.episodes import EpisodeFolder
from simlingo_training.labels import Labels
from simlingo_training.language.label_files import Answered, read_answered
from simlingo_training.samples import read_commentary

FIRST_FRAME = 10
"""Upstream leaves out the first frames of an episode, in which the car has just appeared."""
NAVIGATED_SHARE = 0.8
"""Share of the instructions that are given together with the route, as in upstream's loader."""


class Mode(StrEnum):
    """What is evaluated."""

    QA = 'qa'
    COMMENTARY = 'commentary'
    DREAMING = 'dreaming'
    SAFETY = 'safety'
    INSTRUCTION = 'instruction'

    @property
    def has_dreams(self) -> bool:
        """Whether instructions are given."""
        return self in (Mode.DREAMING, Mode.SAFETY, Mode.INSTRUCTION)

    @property
    def groups(self) -> tuple[str, ...]:
        """Which prefixes instructions get."""
        return {
            Mode.DREAMING: (INSTRUCTION, SAFETY),
            Mode.SAFETY: (SAFETY,),
            Mode.INSTRUCTION: (INSTRUCTION,),
        }.get(self, ())


@dataclass(frozen=True, kw_only=True)
class LanguageItem:
    """One prompt about a frame, and what is right.

    Attributes:
        folder: of the episode.
        frame: number in it.
        speed_mps: of the car.
        expert: labels of the frame; they hold the target points.
        prompt: for the model.
        truth: the right text, without markers.
        question: that is asked; empty: none.
        dream: the instruction that is given; None: none.
        text: of the instruction.
        group: of the instruction, ``instruction`` or ``safety``.
    """

    folder: EpisodeFolder
    frame: int
    speed_mps: float
    expert: Labels
    prompt: Prompt
    truth: str
    question: str = ''
    dream: DreamSample | None = None
    text: str = ''
    group: str = ''

    @property
    def path(self) -> str:
        """The measurement of the frame, relative to the data set's root, as upstream names it."""
        return str(self.folder.measurement(self.frame).relative_to(self.folder.root))


@dataclass(frozen=True, kw_only=True)
class FrameChoice:
    """A frame to ask about.

    Attributes:
        frames: of the episode.
        index: of the frame.
        questions: patterns of the questions to ask; empty: any of the frame.
    """

    frames: EpisodeFrames
    index: int
    questions: tuple[str, ...] = ()


def usable_frames(frames: EpisodeFrames, mode: Mode) -> list[int]:
    """Return the frames of an episode that have what a mode needs."""
    folder = frames.folder
    file_of = {Mode.QA: folder.vqa, Mode.COMMENTARY: folder.commentary}
    path = file_of.get(mode, folder.dreams)
    return [i for i in frames.usable if i >= FIRST_FRAME and path(i).is_file()]


def make_items(
    choices: Sequence[FrameChoice],
    mode: Mode,
    *,
    held_out_wordings: bool = False,
    seed: int = 42,
) -> tuple[list[LanguageItem], list[DataProblem]]:
    """Return what is asked about frames.

    Which option, wording and question of a frame is taken depends on nothing but its name and the
    seed.

    Args:
        choices: the frames.
        mode: what is evaluated.
        held_out_wordings: give instructions of a known kind in wordings that no training has seen.
        seed: of the choices.

    Returns:
        The items, and the files that cannot be used.
    """
    items: list[LanguageItem] = []
    problems: list[DataProblem] = []
    for choice in choices:
        key = f'{choice.frames.folder.relative}/{choice.index}/{mode}'
        rng = np.random.default_rng([seed, zlib.crc32(key.encode())])
        try:
            items += _items_of(choice, mode, rng, held_out_wordings)
        except DataError as error:
            problems.append(error.problem)
    return items, problems


def _items_of(
    choice: FrameChoice, mode: Mode, rng: np.random.Generator, held_out: bool
) -> Iterator[LanguageItem]:
    if mode is Mode.COMMENTARY:
        yield _commentary_item(choice)
    elif mode is Mode.QA:
        path = choice.frames.folder.vqa(choice.index)
        found = read_answered(path, choice.questions)
        if not found and choice.questions:
            raise DataError(path, 'QA', f'has no question like {choice.questions[0]!r}')
        wanted = found if choice.questions else _some(found, rng)
        for answered in wanted:
            yield _question_item(choice, answered)
    else:
        yield from _dream_items(choice, mode, rng, held_out)


def _commentary_item(choice: FrameChoice) -> LanguageItem:
    speed_mps = choice.frames.future(choice.index)[0].speed_mps
    return LanguageItem(
        folder=choice.frames.folder,
        frame=choice.index,
        speed_mps=speed_mps,
        expert=choice.frames.labels(choice.index),
        prompt=prompts.commentary_prompt(speed_mps, prompts.target_point_clause()),
        truth=read_commentary(choice.frames.folder.commentary(choice.index)),
    )


def _question_item(choice: FrameChoice, answered: Answered) -> LanguageItem:
    speed_mps = choice.frames.future(choice.index)[0].speed_mps
    return LanguageItem(
        folder=choice.frames.folder,
        frame=choice.index,
        speed_mps=speed_mps,
        expert=choice.frames.labels(choice.index),
        prompt=prompts.question_prompt(
            speed_mps, prompts.target_point_clause(), answered.question
        ),
        truth=answered.answer,
        question=answered.question,
    )


def _dream_items(
    choice: FrameChoice, mode: Mode, rng: np.random.Generator, held_out: bool
) -> Iterator[LanguageItem]:
    folder, index = choice.frames.folder, choice.index
    expert = choice.frames.labels(index)
    dreams = read_dreams(folder.dreams(index), expert)
    options = [dream for dream in dreams if dream.is_trained_on]
    if not options:
        return
    dream = options[int(rng.integers(len(options)))]
    speed_mps = choice.frames.future(index)[0].speed_mps
    text = _wording(dream, rng, held_out)
    navigation = prompts.target_point_clause() if rng.random() < NAVIGATED_SHARE else None
    groups = mode.groups
    group = groups[int(rng.integers(len(groups)))]
    may_refuse = group == SAFETY
    truth = dream.safety_answer if may_refuse and not dream.is_safe else ''
    yield LanguageItem(
        folder=folder,
        frame=index,
        speed_mps=speed_mps,
        expert=expert,
        prompt=prompts.instruction_prompt(
            speed_mps,
            navigation,
            text,
            SafetyMode.REFUSE_UNSAFE if may_refuse else SafetyMode.FOLLOW,
        ),
        truth=prompts.without_markers(truth or prompts.FOLLOWING_ANSWER),
        dream=dream,
        text=text,
        group=group,
    )


def _wording(option: DreamSample, rng: np.random.Generator, held_out: bool) -> str:
    texts, manoeuvre = option.texts, option.kind
    if held_out and manoeuvre is not None:
        speed_mps = understand(texts[0]).speed_mps
        if speed_mps is not None or manoeuvre is not ManoeuvreKind.TARGET_SPEED:
            speed = speed_words(speed_mps or 0.0, in_kmh='m/s' not in texts[0])
            texts = tuple(text.format(speed=speed) for text in WORDINGS[manoeuvre].held_out)
    return texts[int(rng.integers(len(texts)))]


def _some(found: Sequence[Answered], rng: np.random.Generator) -> list[Answered]:
    """Return one question of a frame."""
    return [found[int(rng.integers(len(found)))]] if found else []
