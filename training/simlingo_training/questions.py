# SPDX-License-Identifier: Apache-2.0
"""What is asked about a frame, and what the answer is, in the two styles of a recipe."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from simlingo_core.types import SafetyMode
from simlingo_model import prompts
from simlingo_training.buckets import Bucket
from simlingo_training.dream_files import DreamSample
from simlingo_training.labels import Labels
from simlingo_training.paraphrases import Paraphrases
from simlingo_training.recipe import Recipe
from simlingo_training.samples import FrameSample

GIVEN_SHARE, AS_COMMAND_SHARE = 0.1, 0.1
"""Of commentaries: shares that are given in the prompt, and that take the place of the route."""
WITHOUT_ROUTE_SHARE = 0.2
"""Of instructions."""
DULL_SHARE = 0.2
"""Answers that nothing is there are taken so often; else another question is drawn."""
DULL_ANSWERS = (
    'There are no pedestrians.',
    'There is no traffic light',
    'No, the ego vehicle is not affected by a stop sign.',
    'No, the ego vehicle is not affected by a junction.',
    'There is no traffic light affecting the ego vehicle.',
    'There is no stop sign affecting the ego vehicle.',
    'There is no junction affecting the ego vehicle.',
    'It is not possible to tell',
    'There is no reason for the ego vehicle to brake.',
    # Ours: the rest of them is upstream's list.
    'There are no important objects in the scene.',
    'No, there is no obstacle on the current road.',
    'No, the ego vehicle can stay on its lane.',
)
MOST_DRAWS = 50

Navigation = tuple[prompts.Piece, ...]


@dataclass(frozen=True, kw_only=True)
class Question:
    """One prompt, its answer and its labels.

    Attributes:
        kind: ``driving``, ``commentary``, ``vqa`` or ``dream``, for the report of the mixture.
        prompt, answer: texts.
        labels: path, speed waypoints and target points.
        speed_mps: shown to the model.
    """

    kind: str
    prompt: prompts.Prompt
    answer: str
    labels: Labels
    speed_mps: float


@dataclass(frozen=True, kw_only=True)
class FrameQuestions:
    """What is asked about one frame.

    Attributes:
        is_shifted: whether the shifted camera shows it.
        questions: one or two.
    """

    is_shifted: bool
    questions: list[Question]


class QuestionMaker:
    """Draws questions.

    Args:
        recipe: shares and style.
        paraphrases: other words for labels; None: none.
        askable_share: of the draws, the share of frames that have questions.  They are asked so
            much more often that questions have their share of all draws.
    """

    def __init__(
        self, recipe: Recipe, paraphrases: Paraphrases | None = None, askable_share: float = 1.0
    ) -> None:
        self._recipe = recipe
        self._askable_share = askable_share
        self._paraphrases = paraphrases or Paraphrases()
        styles: dict[str, Callable[[FrameSample, np.random.Generator], FrameQuestions]] = {
            'driving_first': self._driving_first,
            'upstream': self._upstream,
        }
        self._style = styles[recipe.ask.style]

    def draw(self, sample: FrameSample, rng: np.random.Generator) -> FrameQuestions:
        """Return what is asked about a frame."""
        return self._style(sample, rng)

    def _driving_first(self, sample: FrameSample, rng: np.random.Generator) -> FrameQuestions:
        mix, ask = self._recipe.mix, self._recipe.ask
        is_going = sample.bucket in (Bucket.GO, Bucket.GREEN)
        start_share = mix.go_start_share if is_going else mix.start_share
        start = sample.start if rng.random() < start_share else None
        asks_twice = start is None and rng.random() < ask.second_question_share
        dreams = [dream for dream in sample.dreams if dream.is_trained_on]
        wants_dream = bool(dreams) and rng.random() < ask.dream_share
        may_shift = start is None and not (asks_twice and wants_dream)
        is_shifted = may_shift and rng.random() < mix.shifted_share
        camera = sample.shifted if is_shifted else sample.plain
        labels, speed_mps = (camera, sample.speed_mps) if start is None else (start, 0.0)
        questions = [_driving(speed_mps, self._navigation(sample, rng), labels)]
        if asks_twice and wants_dream:
            questions.append(self._dream(sample, dreams, self._navigation(sample, rng), rng))
        elif asks_twice:
            asks_vqa = (
                bool(sample.questions) and ask.vqa_share > 0.0 and rng.random() < ask.vqa_share
            )
            make = self._vqa if asks_vqa else self._commentary
            questions.append(make(sample, labels, self._navigation(sample, rng), rng))
        return FrameQuestions(is_shifted=is_shifted, questions=questions)

    def _upstream(self, sample: FrameSample, rng: np.random.Generator) -> FrameQuestions:
        """Ask one question, as upstream's loader does (upstream_spec §4.6)."""
        ask = self._recipe.ask
        dreams = [dream for dream in sample.dreams if dream.is_trained_on]
        if rng.random() < ask.dream_share and dreams:
            has_route = rng.random() >= WITHOUT_ROUTE_SHARE
            navigation = self._navigation(sample, rng) if has_route else None
            question = self._dream(sample, dreams, navigation, rng)
            return FrameQuestions(is_shifted=False, questions=[question])
        is_shifted = bool(rng.random() < self._recipe.mix.shifted_share)
        labels = sample.shifted if is_shifted else sample.plain
        navigation = self._navigation(sample, rng)
        draw = rng.random()
        commentary_share, vqa_share = self._shares_of(sample)
        if draw < commentary_share:
            question = self._commentary_as_upstream(sample, labels, navigation, rng)
        elif draw < commentary_share + vqa_share:
            question = self._vqa(sample, labels, navigation, rng)
        else:
            question = _driving(sample.speed_mps, navigation, labels)
        return FrameQuestions(is_shifted=is_shifted, questions=[question])

    def _shares_of(self, sample: FrameSample) -> tuple[float, float]:
        """Return the shares of commentary and questions for a frame.

        Upstream moves them while it trains, towards equal counts; here the shares of the recipe
        hold for all draws, whatever share of the frames has questions.
        """
        ask = self._recipe.ask
        commentary = ask.second_question_share * (1.0 - ask.vqa_share)
        vqa = ask.second_question_share * ask.vqa_share
        of_rest = commentary / (1.0 - vqa) if vqa < 1.0 else 0.0
        asked = 0.0
        if sample.questions and self._askable_share > 0.0:
            asked = min(1.0, vqa / self._askable_share)
        return of_rest * (1.0 - asked), asked

    def _navigation(self, sample: FrameSample, rng: np.random.Generator) -> Navigation:
        share = self._recipe.ask.command_share
        if not share or rng.random() >= share:
            return prompts.target_point_clause()
        distance_m = float(np.linalg.norm(sample.plain.target_points_base_m[0]))
        other = self._paraphrases.command(sample.command, distance_m, rng)
        if other is not None:
            return (other,)
        return prompts.command_clause(sample.command, sample.next_command, distance_m)

    def _commentary(
        self, sample: FrameSample, labels: Labels, navigation: Navigation, rng: np.random.Generator
    ) -> Question:
        return Question(
            kind='commentary',
            prompt=prompts.commentary_prompt(sample.speed_mps, navigation),
            answer=prompts.commentary_answer(self._words(sample, rng)),
            labels=labels,
            speed_mps=sample.speed_mps,
        )

    def _commentary_as_upstream(
        self, sample: FrameSample, labels: Labels, navigation: Navigation, rng: np.random.Generator
    ) -> Question:
        draw = rng.random()
        if draw >= GIVEN_SHARE + AS_COMMAND_SHARE:
            return self._commentary(sample, labels, navigation, rng)
        words = self._words(sample, rng)
        is_given = draw < GIVEN_SHARE
        return Question(
            kind='commentary',
            prompt=prompts.given_commentary_prompt(sample.speed_mps, navigation, words)
            if is_given
            else prompts.commentary_command_prompt(sample.speed_mps, words),
            answer=prompts.WAYPOINTS_ANSWER,
            labels=labels,
            speed_mps=sample.speed_mps,
        )

    def _words(self, sample: FrameSample, rng: np.random.Generator) -> str:
        share = self._recipe.ask.paraphrase_share
        return self._paraphrases.commentary(sample.commentary_file, share, rng)

    def _vqa(
        self, sample: FrameSample, labels: Labels, navigation: Navigation, rng: np.random.Generator
    ) -> Question:
        pair = sample.questions[0]
        for _ in range(MOST_DRAWS):
            pair = sample.questions[int(rng.integers(len(sample.questions)))]
            is_dull = any(text in pair.A for text in DULL_ANSWERS)
            if not is_dull or rng.random() < DULL_SHARE:
                break
        share = self._recipe.ask.paraphrase_share
        question, answer = self._paraphrases.pair(pair, sample.objects, share, rng)
        return Question(
            kind='vqa',
            prompt=prompts.question_prompt(sample.speed_mps, navigation, question),
            answer=prompts.question_answer(answer),
            labels=labels,
            speed_mps=sample.speed_mps,
        )

    def _dream(
        self,
        sample: FrameSample,
        dreams: list[DreamSample],
        navigation: Navigation | None,
        rng: np.random.Generator,
    ) -> Question:
        dream = dreams[int(rng.integers(len(dreams)))]
        text = dream.texts[int(rng.integers(len(dream.texts)))]
        share = self._recipe.ask.safety_share
        may_refuse = share > 0.0 and rng.random() < share
        mode = SafetyMode.REFUSE_UNSAFE if may_refuse else SafetyMode.FOLLOW
        refuses = may_refuse and not dream.is_safe and bool(dream.safety_answer)
        return Question(
            kind='dream',
            prompt=prompts.instruction_prompt(sample.speed_mps, navigation, text, mode),
            answer=dream.safety_answer if refuses else prompts.FOLLOWING_ANSWER,
            labels=sample.plain if refuses else dream.labels,
            speed_mps=sample.speed_mps,
        )


def _driving(speed_mps: float, navigation: Navigation, labels: Labels) -> Question:
    return Question(
        kind='driving',
        prompt=prompts.driving_prompt(speed_mps, navigation),
        answer=prompts.WAYPOINTS_ANSWER,
        labels=labels,
        speed_mps=speed_mps,
    )
