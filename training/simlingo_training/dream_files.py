# SPDX-License-Identifier: Apache-2.0
"""Dreams as files: ``dreamer/NNNN.json.gz``, ours and upstream's (upstream_spec §4.4)."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from simlingo_core.checks import finite_array
from simlingo_core.errors import ContractError, SimlingoError
from simlingo_core.types import PATH_POINTS, SPEED_WAYPOINTS
from simlingo_core.wordings import ManoeuvreKind
from simlingo_training.data_problems import DataError
from simlingo_training.gz_json import read_gz
from simlingo_training.labels import Labels
from simlingo_training.measurements import points_from_disk

OF_THE_EXPERT = 'org'
"""Stands in upstream's files in place of points that are the expert's own."""
ONE_TEXT = 'route'
"""The mode of which upstream writes the instruction as a text, not as a list."""
NOT_TRAINED_ON = 'factor'
"""Upstream's loader leaves out the modes with this in their name."""


@dataclass(frozen=True, kw_only=True)
class DreamSample:
    """A dream as stored: its instruction and labels, for the unshifted camera.

    Attributes:
        mode: as the file names it.
        texts: wordings of the instruction, at least one.
        labels: how the car would follow it.
        is_safe: whether it may be followed where the model is free to refuse.
    """

    mode: str
    texts: tuple[str, ...]
    labels: Labels
    is_safe: bool = True

    @property
    def kind(self) -> ManoeuvreKind | None:
        """The manoeuvre kind of the mode; None: upstream's modes that have none."""
        return ManoeuvreKind(self.mode) if self.mode in set(ManoeuvreKind) else None

    @property
    def is_trained_on(self) -> bool:
        """Whether the training draws it; as in upstream's loader the factor modes are not."""
        return NOT_TRAINED_ON not in self.mode


def read_dreams(path: Path, expert: Labels) -> list[DreamSample]:
    """Return the dreams of a frame, of all modes.

    Args:
        path: of the file.
        expert: labels of the frame; dreams have the same target points.

    Raises:
        DataError: the file cannot be read or a dream is not whole.
    """
    try:
        return [
            _to_sample(mode, option, expert)
            for mode, options in read_gz(path).items()
            for option in options
        ]
    except DataError:
        raise
    except (AttributeError, LookupError, TypeError, ValueError, SimlingoError) as error:
        raise DataError(path, 'dreams', f'cannot be used ({error!r})') from error


def _to_sample(mode: str, option: dict[str, Any], expert: Labels) -> DreamSample:
    path, waypoints = option['route'], option['waypoints']
    return DreamSample(
        mode=mode,
        texts=_texts(mode, option['dreamer_instruction']),
        labels=Labels(
            target_points_base_m=expert.target_points_base_m,
            path_base_m=expert.path_base_m
            if path == OF_THE_EXPERT
            else finite_array('route', points_from_disk(path), (PATH_POINTS, 2)),
            speed_waypoints_base_m=expert.speed_waypoints_base_m
            if waypoints == OF_THE_EXPERT
            else finite_array('waypoints', points_from_disk(waypoints), (SPEED_WAYPOINTS, 2)),
        ),
        is_safe=bool(option['safe_to_execute']),
    )


def _texts(mode: str, instruction: Any) -> tuple[str, ...]:
    """Return the wordings; upstream's mode ``route`` holds one text instead of a list."""
    texts = [instruction] if mode == ONE_TEXT else instruction
    if (
        not isinstance(texts, list)
        or not texts
        or not all(isinstance(text, str) and text.strip() for text in texts)
    ):
        wanted = 'a text' if mode == ONE_TEXT else 'a list of texts'
        raise ContractError(f'dreamer_instruction is {instruction!r}; expected {wanted}')
    return tuple(texts)
