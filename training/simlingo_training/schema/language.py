# SPDX-License-Identifier: Apache-2.0
"""``commentary/NNNN.json.gz`` and ``vqa/NNNN.json.gz`` (upstream_spec §4.4, §6.1, §6.2)."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import AfterValidator

from simlingo_training.schema.base import FileModel, Number, Text, Truth, key


def _not_blank(text: str) -> str:
    if not text.strip():
        raise ValueError('it is empty; expected a text')
    return text


Words = Annotated[Text, AfterValidator(_not_blank)]
"""A text that is not blank."""


class CommentaryFile(FileModel):
    """What the car does in a frame and why.

    ``commentary_template`` holds the placeholders of ``placeholder``; a paraphrase of the template
    with them filled in says the same.
    """

    image: Text | None = key('path of the image from the root', users='loader', default=None)
    commentary: Words = key('the sentences', users='loader')
    commentary_template: Text | None = key(
        'the same with placeholders', users='loader', default=None
    )
    cause_object_visible_in_image: Truth | None = key(
        'whether the camera sees the cause', default=None
    )
    cause_object: Any = key('box of the cause, or null', default=None)
    cause_object_string: Text | None = key('its words', default=None)
    scenario_name: Text | None = key('of the situation under way', default=None)
    placeholder: dict[Text, Text] = key(
        'values of `<OBJECT>`, `<DISTANCE>` and others; a distance has its preposition',
        users='loader',
        default_factory=dict,
    )
    sentences: list[list[Text]] | None = key(
        'ours: groups of wordings of each sentence', default=None
    )


class KeyObject(FileModel):
    """An object that questions speak of; its name is ``<cN,CAM_FRONT,x,y>``."""

    Category: Text | None = key('such as `Vehicle`', default=None)
    Status: Text | None = key('such as `moving`', default=None)
    Visual_description: Text | None = key('its words', users='loader', default=None)
    box_2d: list[Number] | None = key(
        'left, top, right, bottom', unit='px', alias='2d_bbox', default=None
    )
    box_3d: Any = key('corners or box', unit='m', frame='ego', alias='3d_bbox', default=None)


class QuestionAnswer(FileModel):
    """One question with its answer and its place in the graph."""

    Q: Words = key('question', users='loader')
    A: Words = key('answer', users='loader')
    C: Any = key('context', default=None)
    con_up: list[Any] | None = key('questions that this one builds on', default=None)
    con_down: list[Any] | None = key('questions that build on this one', default=None)
    cluster: Any = key('group of questions', default=None)
    layer: Any = key('depth in the graph', default=None)
    object_tags: list[Text] | None = key('names of key objects', default=None)
    question_group: Text | None = key('ours: group of wordings of the question', default=None)
    answer_group: Text | None = key('ours: the same of the answer', default=None)
    values: dict[Text, Text] | None = key('ours: values of their placeholders', default=None)


class VqaFile(FileModel):
    """Questions and answers on a frame, as a graph in the manner of DriveLM."""

    image_paths: dict[Text, Any] | None = key('paths of images by camera', default=None)
    key_object_infos: dict[Text, KeyObject] = key(
        'objects by name', users='loader', default_factory=dict
    )
    QA: dict[Text, list[QuestionAnswer]] = key(
        'by `perception`, `prediction`, `planning`, `behavior`', users='loader'
    )
