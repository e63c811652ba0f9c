# SPDX-License-Identifier: Apache-2.0
"""``results.json.gz``: the route record of the CARLA leaderboard (upstream_spec §4.3)."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Strict

from simlingo_training.schema import SCHEMA_VERSION
from simlingo_training.schema.base import FileModel, Number, Text, key


def _readable(version: int) -> int:
    if not 1 <= version <= SCHEMA_VERSION:
        raise ValueError(
            f'this version of SimLingo reads schema 1 to {SCHEMA_VERSION}: install the one that '
            'recorded the data, or collect the route again'
        )
    return version


Version = Annotated[int, Strict(), AfterValidator(_readable)]


class ResultsFile(FileModel):
    """How an episode ended."""

    index: int | None = key('number of the route', default=None)
    route_id: Text | None = key('name of the route', default=None)
    status: Text | None = key(
        '`Perfect`, `Completed`, or `Failed` with a reason', users='loader', default=None
    )
    num_infractions: int | None = key('of all kinds', users='loader', default=None)
    infractions: dict[Text, list[Text]] | list[Text] = key(
        'messages by kind (ours before schema 1: kinds only)', users='loader'
    )
    scores: dict[Text, Number] | None = key(
        '`score_route`, `score_composed` in percent, `score_penalty`', users='loader', default=None
    )
    meta: dict[Text, Number] | None = key(
        '`route_length` in m, `duration_game` and `duration_system` in s', default=None
    )
    schema_version: Version | None = key(
        "ours: of the files of this episode; null: upstream's, which is 1", default=None
    )
