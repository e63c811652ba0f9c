# SPDX-License-Identifier: Apache-2.0
"""Dreams as files: ``dreamer/NNNN.json.gz``, ours and upstream's (upstream_spec §4.4)."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from simlingo_core.carla_frame import vector_from_carla
from simlingo_core.wordings import ManoeuvreKind
from simlingo_training.data_problems import DataError
from simlingo_training.labels import Labels
from simlingo_training.schema.base import read_file
from simlingo_training.schema.dreamer import (
    DREAMER,
    NOT_TRAINED_ON,
    OF_THE_EXPERT,
    ONE_TEXT,
    DreamerFile,
    DreamOption,
)


@dataclass(frozen=True, kw_only=True)
class DreamSample:
    """A dream as stored: its instruction and labels, for the unshifted camera.

    Attributes:
        mode: as the file names it.
        texts: wordings of the instruction, at least one.
        labels: how the car would follow it.
        is_safe: whether it may be followed where the model is free to refuse.
        safety_answer: what the model answers there; empty: the file holds none.
    """

    mode: str
    texts: tuple[str, ...]
    labels: Labels
    is_safe: bool = True
    safety_answer: str = ''
    lane_side: str = ''

    @property
    def kind(self) -> ManoeuvreKind | None:
        """The manoeuvre kind of the mode; None: modes that have none."""
        if self.lane_side:
            return ManoeuvreKind(f'lane_{self.lane_side}')
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
        DataError: the file cannot be read or a dream is not whole; it names mode and key.
    """
    stored: DreamerFile = read_file(DREAMER, path)
    samples = []
    for mode, options in stored.items():
        for number, option in enumerate(options):
            is_one_text = isinstance(option.dreamer_instruction, str)
            if is_one_text != (mode == ONE_TEXT):
                wanted = 'a text' if mode == ONE_TEXT else 'a list of texts'
                raise DataError(
                    path,
                    f'{mode}.{number}.dreamer_instruction',
                    f'is wrong (it is {option.dreamer_instruction!r}; expected {wanted})',
                )
            samples.append(_to_sample(mode, option, expert))
    return samples


def _to_sample(mode: str, option: DreamOption, expert: Labels) -> DreamSample:
    texts = option.dreamer_instruction
    return DreamSample(
        mode=mode,
        texts=(texts,) if isinstance(texts, str) else tuple(texts),
        labels=Labels(
            target_points_base_m=expert.target_points_base_m,
            path_base_m=expert.path_base_m
            if option.route == OF_THE_EXPERT
            else vector_from_carla(option.route),
            speed_waypoints_base_m=expert.speed_waypoints_base_m
            if option.waypoints == OF_THE_EXPERT
            else vector_from_carla(option.waypoints),
        ),
        is_safe=option.safe_to_execute,
        safety_answer=option.dreamer_answer_safety or '',
        lane_side=_lane_side(option),
    )


def _lane_side(option: DreamOption) -> str:
    """Return the side of a change to the next driving lane; empty: it is none."""
    info = option.info if isinstance(option.info, dict) else {}
    if str(info.get('lane_change_type')).lower() != 'driving':
        return ''
    count, _, side = str(info.get('lane_change_direction')).partition(' ')
    return side if count == '1' and side in {'left', 'right'} else ''
