# SPDX-License-Identifier: Apache-2.0
"""JPEG files of a data set: cut off or not, decodable or not."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from simlingo_core.errors import ContractError
from simlingo_core.images import decode_rgb
from simlingo_model.config import ImageConfig
from simlingo_training.data_problems import DataError, DataProblem

BEGIN, END = b'\xff\xd8\xff', b'\xff\xd9'


def check_jpeg_ends(path: Path) -> None:
    """Make sure that a file begins and ends as a JPEG does, without decoding it.

    Raises:
        DataError: it is missing, empty or cut off.
    """
    try:
        with path.open('rb') as file:
            begin = file.read(len(BEGIN))
            size = file.seek(0, os.SEEK_END)
            file.seek(max(size - len(END), 0))
            end = file.read()
    except FileNotFoundError as error:
        raise DataError(path, '', 'is missing') from error
    except OSError as error:
        raise DataError(path, '', f'cannot be read ({error})') from error
    if begin != BEGIN:
        raise DataError(path, '', 'is empty' if not size else 'is no JPEG image')
    if end != END:
        raise DataError(path, '', 'is cut off: the end of the JPEG image is missing')


def check_jpeg(path: Path) -> None:
    """Make sure that a file is a whole JPEG image of the training camera, by decoding it.

    Raises:
        DataError: it is not.
    """
    check_jpeg_ends(path)
    try:
        height_px, width_px = decode_rgb(path.read_bytes()).shape[:2]
    except ContractError as error:
        raise DataError(path, '', f'cannot be decoded ({error})') from error
    wanted = ImageConfig()
    if (width_px, height_px) != (wanted.camera_width_px, wanted.camera_height_px):
        raise DataError(
            path,
            '',
            f'is {width_px} x {height_px}; the training camera has '
            f'{wanted.camera_width_px} x {wanted.camera_height_px}',
        )


def undecodable(paths: Iterable[Path]) -> dict[Path, DataProblem]:
    """Return the files that cannot be decoded, each with what is wrong."""
    found = {}
    for path in paths:
        try:
            check_jpeg(path)
        except DataError as error:
            found[path] = error.problem
    return found
