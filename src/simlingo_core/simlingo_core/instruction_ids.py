# SPDX-License-Identifier: Apache-2.0
"""Ids of instructions, questions and goals; there is no other place that makes them."""

from __future__ import annotations

import uuid

_RANDOM_DIGITS = 8


def make_instruction_id(origin: str, number: int | None = None) -> str:
    """Return an id such as ``planner-3`` or ``goal-1f0c9a2e``.

    Args:
        origin: who gives the instruction, one word.
        number: counted by the origin, so that the id is the same in every run; None: eight random
            hexadecimal digits, so that ids of different processes differ.
    """
    tail = uuid.uuid4().hex[:_RANDOM_DIGITS] if number is None else str(number)
    return f'{origin}-{tail}'
