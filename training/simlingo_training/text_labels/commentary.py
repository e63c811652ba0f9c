# SPDX-License-Identifier: Apache-2.0
"""Commentary on a frame: route action, speed action, reason (upstream_spec §6.1)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from simlingo_training.buckets import has_obeyed_stop_sign
from simlingo_training.text_labels.commentary_causes import (
    SAME_SPEED_MPS,
    STANDING_SPEED_MPS,
    Cause,
    Reason,
    nearby_walkers,
    reason_for,
)
from simlingo_training.text_labels.commentary_routes import route_sentence, scenario_name
from simlingo_training.text_labels.commentary_wordings import (
    OBSTACLE_ACTIONS,
    ROUTE_ACTIONS,
    SPEED_ACTIONS,
)
from simlingo_training.text_labels.object_words import Category
from simlingo_training.text_labels.reason_wordings import REASONS
from simlingo_training.text_labels.scene import RoadScene
from simlingo_training.text_labels.wording_groups import WordingGroup, canonical, drawn, fill
from simlingo_training.text_labels.wording_groups import template as fill_template

GROUPS: Mapping[str, WordingGroup] = {
    **ROUTE_ACTIONS,
    **OBSTACLE_ACTIONS,
    **SPEED_ACTIONS,
    **REASONS,
}
REDUCED_SHARE_OF_LIMIT = 0.71
WALKER_NEAR_M = 15.0
LEAST_NAMED_M, MOST_NAMED_M = 3.0, 60.0
KEEPS_SPEED = frozenset(('follow', 'through_junction', 'green_light'))
WITH_DISTANCE = frozenset(
    (
        'red_light',
        'stop_sign',
        'drive_up_to',
        'follow',
        'stay_behind',
        'drive_closer',
        'due_to',
        'room_left',
    )
)


@dataclass(frozen=True, kw_only=True)
class Commentary:
    """What a passenger would hear about a frame.

    Attributes:
        sentences: group names of each sentence.
        values: what the placeholders stand for.
        cause: what the reason speaks of.
        scenario: situation at this place, or empty.
    """

    sentences: tuple[tuple[str, ...], ...]
    values: Mapping[str, str] = field(default_factory=dict)
    cause: Cause | None = None
    scenario: str = ''

    @property
    def template(self) -> str:
        """The text with placeholders."""
        return fill_template(GROUPS, self.sentences, canonical)

    @property
    def text(self) -> str:
        """The text in the wording that labels are written in."""
        return fill(self.template, self.values)

    def as_dict(self, image: str) -> dict[str, Any]:
        """Return the content of ``commentary/NNNN.json.gz``: upstream's keys and the groups."""
        return {
            'image': image,
            'commentary': self.text,
            'commentary_template': self.template,
            'cause_object_visible_in_image': self.cause is not None and self.cause.is_visible,
            'cause_object': dict(self.cause.thing.box)
            if self.cause is not None and self.cause.thing is not None
            else None,
            'cause_object_string': self.cause.name if self.cause is not None else None,
            'scenario_name': self.scenario or None,
            'placeholder': dict(self.values),
            'sentences': [list(names) for names in self.sentences],
        }


def describe(
    scene: RoadScene, future_target_speeds_mps: Sequence[float], rng: np.random.Generator
) -> Commentary:
    """Return the commentary on a frame.

    Args:
        scene: the frame.
        future_target_speeds_mps: the expert's targets now and in the next frames (at 4 Hz).
        rng: decides whether the distance of the cause is named.
    """
    now = scene.now
    speeds_mps = future_target_speeds_mps[:4] or [now.target_speed_mps]
    wanted_mps = sum(speeds_mps) / len(speeds_mps)
    is_stop_done = has_obeyed_stop_sign(now)
    if is_stop_done:
        wanted_mps = now.speed_limit_mps
    reason = reason_for(scene, wanted_mps, is_stop_done=is_stop_done)
    route = route_sentence(scene, wanted_mps)
    action = speed_action(now.speed_mps, wanted_mps, now.speed_limit_mps)
    if action == 'maintain_speed' and not KEEPS_SPEED.intersection(reason.groups):
        reason = Reason()  # nothing slows the car down yet
    speed = [action, *reason.groups]
    values: dict[str, str] = {}
    cause = reason.cause
    names_distance = rng.random() < 0.5
    if cause is not None and 'hidden' not in reason.groups:
        values['<OBJECT>'] = cause.name
        can_name = LEAST_NAMED_M < cause.distance_m < MOST_NAMED_M
        if names_distance and can_name and WITH_DISTANCE.intersection(reason.groups):
            metres = f'{round(cause.distance_m)} meters'
            values |= {'<DISTANCE>': f'in {metres}', '<METRES>': metres}
            speed.append('distance')
    if route.obstacle is not None or any(
        '<OBSTACLE>' in canonical(GROUPS[g]) for g in route.groups
    ):
        values['<OBSTACLE>'] = route.obstacle.name if route.obstacle is not None else 'obstacle'
    sentences = [route.groups, tuple(speed)]
    walkers = nearby_walkers(scene, WALKER_NEAR_M)
    is_named = cause is not None and cause.category is Category.WALKER
    if walkers and now.speed_mps > 0.5 and not is_named:
        values['<WALKER>'] = walkers[0].word
        sentences.append(('pay_attention',))
    template = fill_template(GROUPS, sentences, canonical)
    values = {n: v for n, v in values.items() if n in template or n == '<METRES>'}
    return Commentary(
        sentences=tuple(sentences), values=values, cause=cause, scenario=scenario_name(scene)
    )


def speed_action(speed_mps: float, wanted_mps: float, limit_mps: float) -> str:
    """Return the group of the action for a speed and the one that is wanted."""
    if abs(speed_mps - wanted_mps) < SAME_SPEED_MPS:
        if speed_mps < STANDING_SPEED_MPS:
            return 'remain_stopped'
        if wanted_mps < STANDING_SPEED_MPS:
            return 'stop_now'
        is_full = wanted_mps > REDUCED_SHARE_OF_LIMIT * limit_mps
        return 'maintain_speed' if is_full else 'maintain_reduced_speed'
    return 'accelerate' if speed_mps < wanted_mps else 'decelerate'


def reworded(
    record: Mapping[str, Any], rng: np.random.Generator, *, is_held_out: bool = False
) -> str:
    """Return a commentary of a file in other words.

    Args:
        record: content of the file.
        rng: draws the wordings.
        is_held_out: draw those that are never trained on.

    Returns:
        The text as stored where the file has no groups of wordings (upstream's), or one that this
        version does not know.
    """
    sentences = record.get('sentences')
    if not sentences or any(name not in GROUPS for names in sentences for name in names):
        return str(record['commentary'])
    text = fill_template(GROUPS, sentences, drawn(rng, is_held_out=is_held_out))
    return fill(text, record.get('placeholder') or {})
