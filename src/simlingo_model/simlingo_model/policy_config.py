# SPDX-License-Identifier: Apache-2.0
"""Settings of the driving policy."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Order(Enum):
    """How text and action follow each other.

    EXACT: upstream's: the text is generated first and the action depends on it.
    PARALLEL: the action comes first; text streams beside it and shares its cache.
    ACTION_ONLY: as PARALLEL, but nothing is kept for language.
    """

    EXACT = 'exact'
    PARALLEL = 'parallel'
    ACTION_ONLY = 'action_only'


@dataclass(frozen=True, kw_only=True)
class PolicyConfig:
    """Settings of the policy.

    Attributes:
        order: of text and action.
        uses_command: navigate by the route's command as text instead of by target points.
        is_blind: give the network the mean image of its training instead of the camera's (a
            baseline, not for driving).
    """

    order: Order = Order.PARALLEL
    uses_command: bool = False
    is_blind: bool = False
