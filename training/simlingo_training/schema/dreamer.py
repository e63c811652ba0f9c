# SPDX-License-Identifier: Apache-2.0
"""``dreamer/NNNN.json.gz``: instructions by mode, each with its trajectory (upstream_spec §4.4).

``"org"`` in the place of points stands for those of the expert.  Upstream writes the instruction
of mode ``route`` as one text instead of a list.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, TypeAdapter

from simlingo_training.schema.base import FileModel, Point, Text, Truth, key
from simlingo_training.schema.language import Words

OF_THE_EXPERT = 'org'
"""Stands in place of points that are the expert's own."""
ONE_TEXT = 'route'
"""The mode of which upstream writes the instruction as a text, not as a list."""
NOT_TRAINED_ON = 'factor'
"""Upstream's loader leaves out the modes with this in their name."""
MODES = (
    'target_speed',
    'stop',
    'faster_factor',
    'slower_factor',
    'faster',
    'slower',
    'crash',
    'lane_change',
    'route',
)
"""Modes that upstream writes."""

PathPoints = Annotated[list[Point], Field(min_length=20, max_length=20)]
SpeedPoints = Annotated[list[Point], Field(min_length=10, max_length=10)]


class DreamOption(FileModel):
    """One instruction and how the car would follow it."""

    waypoints: SpeedPoints | Literal['org'] = key(
        'positions; ours at 0.25 ... 2.5 s, upstream at 0.05 ... 2.30 s',
        unit='m',
        frame='ego',
        users='loader',
    )
    route: PathPoints | Literal['org'] = key(
        '20 points 1 m apart', unit='m', frame='ego', users='loader'
    )
    rgb_path: Text | None = key('path of the image from the root', users='loader', default=None)
    allowed: Truth | None = key('whether traffic rules allow it', users='loader', default=None)
    mode: Text | None = key('kind of instruction', users='loader', default=None)
    info: Any = key('parameters of the roll-out', default=None)
    route_reasoning: Any = key('why the path is as it is', default=None)
    dreamer_instruction: list[Words] | Words = key('wordings', users='loader')
    instructions_templates: Any = key('their templates', default=None)
    templates_placeholders: Any = key('values of their placeholders', default=None)
    wording_groups: list[Text] | None = key('ours: groups of the wordings', default=None)
    dreamer_answer_safety: Text | None = key(
        'answer in the safety mode; a refusal where it is unsafe', users='loader', default=None
    )
    safe_to_execute: Truth = key('whether it may be followed in the safety mode', users='loader')


DreamerFile = dict[Text, list[DreamOption]]
"""Options by mode."""
DREAMER: TypeAdapter[DreamerFile] = TypeAdapter(DreamerFile)
