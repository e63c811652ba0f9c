# SPDX-License-Identifier: Apache-2.0
"""What a policy was trained to do besides driving along its route."""

from __future__ import annotations

from dataclasses import dataclass

from simlingo_core.wordings import ManoeuvreKind


@dataclass(frozen=True, kw_only=True)
class PolicyCapabilities:
    """What a policy was trained in; the defaults are those of a policy that only drives.

    The planner refuses what is missing here instead of asking the policy for it: a model that was
    never trained to answer questions generates a text for each, and none of them is an answer.

    Attributes:
        comments: describes what it does.
        answers: answers questions about an image.
        manoeuvres: kinds of instruction that it follows.
        follows_free_text: also follows instructions of no known kind.
        refuses: refuses unsafe instructions in ``SafetyMode.REFUSE_UNSAFE``.
    """

    comments: bool = False
    answers: bool = False
    manoeuvres: frozenset[ManoeuvreKind] = frozenset()
    follows_free_text: bool = False
    refuses: bool = False

    @classmethod
    def everything(cls) -> PolicyCapabilities:
        """Return the capabilities of the released SimLingo."""
        return cls(
            comments=True,
            answers=True,
            manoeuvres=frozenset(ManoeuvreKind),
            follows_free_text=True,
            refuses=True,
        )

    def follows(self, kind: ManoeuvreKind | None) -> bool:
        """Whether it follows an instruction of this kind; None: of no known kind."""
        return self.follows_free_text if kind is None else kind in self.manoeuvres
