# SPDX-License-Identifier: Apache-2.0
"""Token ids of a whole conversation in InternVL's chat form."""

from __future__ import annotations

from dataclasses import dataclass

from simlingo_core.errors import ContractError
from simlingo_model.prompts import Mark, Prompt
from simlingo_model.tokenizer import (
    IMAGE_CONTEXT,
    IMAGE_END,
    IMAGE_START,
    PAD,
    TARGET_POINT,
    TURN_END,
    TURN_START,
    TextTokenizer,
)


@dataclass(frozen=True)
class LabelledIds:
    """A conversation for training: ids, and which of them the model has to generate."""

    ids: tuple[int, ...]
    learned: tuple[bool, ...]


class ConversationEncoder:
    r"""Turns prompts and answers into ids.

    ``<|im_start|>user\n<img>...</img>\n{prompt}<|im_end|><|im_start|>assistant\n{answer}
    <|im_end|>``: no system part, no newline between turns.

    Args:
        tokenizer: of the model.
        image_tokens: number of tokens of an image.
        numbers: embedded numbers of a model without language, which has image and numbers and no
            text at all; 0: the model has language.
    """

    def __init__(self, tokenizer: TextTokenizer, image_tokens: int, numbers: int = 0) -> None:
        self.tokenizer = tokenizer
        special = tokenizer.special_id
        self.image_id = special(IMAGE_CONTEXT)
        self.target_id = special(TARGET_POINT)
        self.end_id = special(TURN_END)
        self.pad_id = special(PAD)
        # Without language: the image, then the numbers, whatever is asked.
        self._wordless = (*[self.image_id] * image_tokens, *[self.target_id] * numbers)
        self._has_language = not numbers
        self._head = (
            special(TURN_START),
            *tokenizer.encode('user\n'),
            special(IMAGE_START),
            *[self.image_id] * image_tokens,
            special(IMAGE_END),
        )
        self._assistant = (special(TURN_START), *tokenizer.encode('assistant\n'))

    def question(self, prompt: Prompt) -> tuple[int, ...]:
        """Return the ids up to the beginning of the model's answer.

        Raises:
            ContractError: the prompt has one target point, or more than two.
        """
        if not self._has_language:
            return self._wordless
        count = prompt.pieces.count(Mark.TARGET_POINT)
        if count not in (0, 2):
            raise ContractError(f'the prompt has {count} target points; expected none or two')
        ids = list(self._head)
        pending = '\n'
        for piece in prompt.pieces:
            if isinstance(piece, str):
                pending += piece
                continue
            ids += self.tokenizer.encode(pending)
            ids.append(self.target_id)
            pending = ''
        ids += self.tokenizer.encode(pending)
        return (*ids, self.end_id, *self._assistant)

    def answer(self, answer: str) -> tuple[int, ...]:
        """Return the ids of an answer, with its end token; none without language."""
        if not self._has_language:
            return ()
        return (*self.tokenizer.encode(answer), self.end_id)

    def conversation(self, prompt: Prompt, answer: str) -> LabelledIds:
        """Return prompt and answer; everything from the assistant's header on is learned."""
        question = self.question(prompt)
        ids = question + self.answer(answer)
        if not self._has_language:
            return LabelledIds(ids, (False,) * len(ids))
        first = len(question) - len(self._assistant)
        return LabelledIds(ids, tuple(i >= first for i in range(len(ids))))
