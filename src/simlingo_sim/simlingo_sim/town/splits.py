# SPDX-License-Identifier: Apache-2.0
"""Which town may be used for what: the one rule that keeps test towns out of training."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path


class Split(StrEnum):
    """What a town is for.

    Attributes:
        TRAINING: images of it are trained on.
        VALIDATION: checkpoints and settings are chosen by it; never trained on.
        TEST: results are reported on it; never trained on, and nothing is chosen by it.
    """

    TRAINING = 'training'
    VALIDATION = 'validation'
    TEST = 'test'


HELD_OUT = {'Town93': Split.TEST, 'Town97': Split.VALIDATION, 'Town98': Split.TEST}
"""The towns that are not for training; every other one, also of a user's own, is."""


def split_of_town(name_or_path: str | Path) -> Split:
    """Return what a town is for, by its name or the path of its OpenDRIVE file."""
    return HELD_OUT.get(Path(name_or_path).stem, Split.TRAINING)
