# SPDX-License-Identifier: Apache-2.0
"""Data sets of before schema 1 in the layout of today; images and labels are linked, not copied.

Before schema 1 results held a list of kinds instead of messages by kind, boxes had the kinds of
the embedded simulator as their class, and what slows the expert was named by its kind.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

from simlingo_core.errors import ConfigError
from simlingo_sim.actor_catalog import MODELS
from simlingo_sim.score.infractions import InfractionKind
from simlingo_sim.state import ActorKind
from simlingo_training.box_records import BASE_TYPES
from simlingo_training.carla_types import type_of_kind
from simlingo_training.data_problems import DataError, DataProblem
from simlingo_training.episode_results import PART
from simlingo_training.episodes import EpisodeFolder, find_episodes
from simlingo_training.gz_json import read_gz, write_gz
from simlingo_training.measurements import from_json, to_json
from simlingo_training.schema import SCHEMA_VERSION
from simlingo_training.schema.base import parse
from simlingo_training.schema.results import ResultsFile

_KINDS = {kind.value: kind for kind in ActorKind}


def convert(root: Path, out: Path) -> tuple[int, list[DataProblem]]:
    """Write a data set in the layout of today into another folder.

    Returns:
        The number of episodes, and what could not be read; it is left out.

    Raises:
        ConfigError: there are no complete episodes, or ``out`` is inside of ``root``.
    """
    if out.resolve().is_relative_to(root.resolve()):
        raise ConfigError(f'{out} is inside of {root}; choose a folder beside it')
    problems: list[DataProblem] = []
    folders = find_episodes(root)
    for folder in folders:
        problems += _episode(folder, EpisodeFolder(out, folder.relative))
    return len(folders), problems


def _episode(old: EpisodeFolder, new: EpisodeFolder) -> list[DataProblem]:
    problems = []
    for source, target in zip(old.folders, new.folders, strict=True):
        for path in sorted(source.rglob('*')):
            place = target / path.relative_to(source)
            is_rewritten = path.parent.name in ('measurements', 'boxes') or path == old.results
            if path.is_file() and not is_rewritten:
                _link(path, place)
    for index in range(old.frame_count()):
        for read, write, change in (
            (old.measurement(index), new.measurement(index), measurement_of_today),
            (old.boxes(index), new.boxes(index), boxes_of_today),
        ):
            try:
                write_gz(write, change(read_gz(read), read))
            except DataError as error:
                problems.append(error.problem)
    try:
        write_gz(new.results, results_of_today(read_gz(old.results), old.results))
    except DataError as error:
        problems.append(error.problem)
    return problems


def _link(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    if target.exists():
        return
    try:
        os.link(source, target)
    except OSError:  # another disk
        shutil.copy2(source, target)


def measurement_of_today(data: Any, path: Path) -> dict[str, Any]:
    """Return a measurement with every key; CARLA types where kinds stood.

    Raises:
        DataError: it cannot be used.
    """
    measurement = to_json(from_json(data, path))
    kind = measurement['speed_reduced_by_obj_type']
    if kind in _KINDS or kind in ('traffic_light', 'stop_sign', 'junction', 'curve'):
        measurement['speed_reduced_by_obj_type'] = type_of_kind(kind, _type_id(kind))
    return measurement


def results_of_today(data: Any, path: Path) -> dict[str, Any]:
    """Return results with messages by kind; a list had kinds only, so that these are the messages.

    Raises:
        DataError: they cannot be used.
    """
    stored: ResultsFile = parse(ResultsFile, data, path)
    if isinstance(stored.infractions, list):
        kinds = stored.infractions
        messages = {kind.value: [k for k in kinds if k == kind.value] for kind in InfractionKind}
        more: dict[str, Any] = {'infractions': messages, 'num_infractions': len(kinds)}
        if stored.scores is None:
            # Without scores it was judged as a turn of the expert is.
            more['status'] = PART
        stored = stored.model_copy(update=more)
    return stored.model_copy(update={'schema_version': SCHEMA_VERSION}).to_json()


def boxes_of_today(data: Any, path: Path) -> list[dict[str, Any]]:
    """Return boxes with upstream's classes; what was not recorded is null.

    Raises:
        DataError: they are no list of boxes.
    """
    if not isinstance(data, list) or not all(isinstance(box, dict) for box in data):
        raise DataError(path, '', 'holds no list of boxes')
    return [_box(box) for box in data]


def _box(box: dict[str, Any]) -> dict[str, Any]:
    kind = _KINDS.get(str(box.get('class')))
    if kind is None or 'type_id' in box:
        return box
    more: dict[str, Any] = {'type_id': _type_id(kind.value)}
    if kind.is_static:
        label = 'static_trafficwarning' if kind is ActorKind.WARNING_SIGN else 'static'
    elif kind.is_walker:
        label, more['age'] = 'walker', 'child' if kind is ActorKind.CHILD else 'adult'
    else:
        label, more['base_type'] = 'car', BASE_TYPES.get(kind, 'car')
    return {**box, **more, 'class': label}


def _type_id(kind: str) -> str | None:
    known = _KINDS.get(kind)
    return MODELS[known].type_ids[0] if known is not None else None
