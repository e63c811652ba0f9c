# SPDX-License-Identifier: Apache-2.0
"""What somebody waits for while the node goes on: an answer, or the end of an instruction."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from typing import Any

from simlingo_core.status import InstructionStatus
from simlingo_core.types import Instruction
from simlingo_ros.conversions.language import Answer


@dataclass
class PendingAnswer:
    """A question somebody waits for; awaited by the service, filled by the language loop."""

    instruction: Instruction
    image_t_s: float
    asked_s: float
    answer: Answer | None = None

    def finish(self, answer: Answer) -> None:
        """Give the answer."""
        self.answer = answer

    def __await__(self) -> Generator[None, None, Answer]:
        while self.answer is None:
            yield  # the executor asks again after whatever else it does
        return self.answer


@dataclass
class RunningGoal:
    """An instruction given as an action; awaited until it has ended."""

    handle: Any
    instruction: Instruction
    end: InstructionStatus | None = None

    def __await__(self) -> Generator[None, None, InstructionStatus]:
        while self.end is None:
            yield  # the executor asks again after whatever else it does
        return self.end
