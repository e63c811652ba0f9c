# SPDX-License-Identifier: Apache-2.0
"""Does the text cause the plan?  Another commentary is put into the model's mouth.

In exact order the plan is computed after the text.  If the text has an effect, a plan after
"stop now" is slower than one after "accelerate" on the same image (the intervention of
VLADriveBench, 2606.12706); if not, what the model says explains nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from simlingo_core.consistency import PlanFacts, contradictions
from simlingo_core.statements import RouteAction, read_statement
from simlingo_evaluation.language.dream_rules import Trajectory
from simlingo_training.language.items import LanguageItem
from simlingo_training.language.speaker import Speaker, Spoken

STOP_TEXT, GO_TEXT = 'Stop now.', 'Accelerate.'
MOVES_M = 0.5
"""A plan has changed if its speed waypoints are moved by more than this on average."""
SLOWER_MPS = 0.5
_ROUTE_WORDS = {
    RouteAction.LEFT: 'Turn left.',
    RouteAction.RIGHT: 'Turn right.',
    RouteAction.LANE_LEFT: 'Change to the left lane.',
    RouteAction.LANE_RIGHT: 'Change to the right lane.',
}


@dataclass(frozen=True, kw_only=True)
class Intervention:
    """Plans of one frame after different texts.

    Attributes:
        item: the frame.
        own: what the model says, and its plan.
        texts: that were put in place of it, by name.
        planned: the plans after them.
    """

    item: LanguageItem
    own: Spoken
    texts: dict[str, str]
    planned: dict[str, Trajectory]


def intervene(
    speaker: Speaker, items: Sequence[LanguageItem], spoken: Sequence[Spoken]
) -> list[Intervention]:
    """Replace the commentary on each frame by five others.

    ``same``: the model's own text, put in its mouth again (how much is noise); ``label``: the true
    one; ``stop`` and ``go``; ``other``: what it says about another frame; ``none``: no text.

    Args:
        speaker: the model.
        items: of mode ``commentary``.
        spoken: what it says about them by itself.
    """
    found = []
    for number, (item, own) in enumerate(zip(items, spoken, strict=True)):
        route = _ROUTE_WORDS.get(read_statement(item.truth).route or RouteAction.FOLLOW)
        head = route or 'Follow the route.'
        texts = {
            'same': own.text,
            'label': item.truth,
            'stop': f'{head} {STOP_TEXT}',
            'go': f'{head} {GO_TEXT}',
            'other': spoken[(number + len(spoken) // 2) % len(spoken)].text,
            'none': '',
        }
        planned = {name: speaker.plan_after(item, text) for name, text in texts.items()}
        found.append(Intervention(item=item, own=own, texts=texts, planned=planned))
    return found


def causal_scores(interventions: Sequence[Intervention]) -> dict[str, Any]:
    """Return how far plans move with the text.

    For each text: ``speed_shift_m`` and ``path_shift_m``, the mean distance of the points to those
    after the model's own text; ``end_speed_mps``, the mean change of the speed at the end;
    ``moved``: share of the frames whose speed waypoints move by more than 0.5 m.
    ``stop_is_slower``: share of the moving frames in which *stop* ends more than 0.5 m/s slower
    than *go* (1: the text decides; near 0: it has no effect).  ``contradicts``: share of the
    frames whose own plan does the opposite of the own text.
    """
    table: dict[str, Any] = {}
    for name in interventions[0].texts:
        shifts = [_shift(one, name) for one in interventions]
        table[name] = {
            'speed_shift_m': float(np.mean([shift[0] for shift in shifts])),
            'path_shift_m': float(np.mean([shift[1] for shift in shifts])),
            'end_speed_mps': float(np.mean([shift[2] for shift in shifts])),
            'moved': float(np.mean([shift[0] > MOVES_M for shift in shifts])),
        }
    moving = [one for one in interventions if one.own.planned.end_speed_mps > 2.0 * SLOWER_MPS]
    slower = [
        one.planned['go'].end_speed_mps - one.planned['stop'].end_speed_mps > SLOWER_MPS
        for one in moving
    ]
    return {
        'frames': len(interventions),
        'texts': table,
        'moving_frames': len(moving),
        'stop_is_slower': float(np.mean(slower)) if slower else None,
        'contradicts': alignment(interventions),
    }


def alignment(interventions: Sequence[Intervention]) -> dict[str, float]:
    """Return the share of the frames in which the own plan does the opposite of the own text."""
    counts: dict[str, int] = {}
    for one in interventions:
        facts = PlanFacts.of_points(
            one.own.planned.path_base_m,
            one.own.planned.speed_waypoints_base_m,
            one.item.speed_mps,
        )
        for kind in contradictions(read_statement(one.own.text), facts):
            counts[kind] = counts.get(kind, 0) + 1
    return {kind: count / len(interventions) for kind, count in sorted(counts.items())}


def _shift(one: Intervention, name: str) -> tuple[float, float, float]:
    changed, own = one.planned[name], one.own.planned
    steps = changed.speed_waypoints_base_m - own.speed_waypoints_base_m
    return (
        float(np.linalg.norm(steps, axis=1).mean()),
        changed.path_distance_m(own),
        changed.end_speed_mps - own.end_speed_mps,
    )
