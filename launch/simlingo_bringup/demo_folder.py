# SPDX-License-Identifier: Apache-2.0
"""The folder of ``simlingo demo``: only what an earlier demo left there is ever removed."""

from __future__ import annotations

from pathlib import Path

from simlingo_bringup.episode_summary import (
    REPORT_FILE,
    RESULT_FILE,
    SUMMARY_FILE,
    VIDEO_FILE,
)
from simlingo_bringup.observer.series import SERIES_FILE
from simlingo_core.errors import ConfigError

BAG_FOLDER = 'bag'
BAG_FILE = 'episode.mcap'
OUTPUTS = (VIDEO_FILE, REPORT_FILE, BAG_FILE, SUMMARY_FILE, RESULT_FILE, SERIES_FILE)


def find_old_outputs(folder: Path) -> list[Path]:
    """Return the files that an earlier demo left in a folder; nothing is changed.

    Raises:
        ConfigError: the path is no folder, or the folder holds anything else.
    """
    if not folder.exists():
        return []
    if not folder.is_dir():
        raise ConfigError(f'--out {folder} is no folder; name a new or an empty folder')
    found = []
    for path in sorted(folder.iterdir()):
        if path.name == BAG_FOLDER and path.is_dir() and not path.is_symlink():
            found += sorted(path.iterdir())
        else:
            found.append(path)
    for path in found:
        if not _is_output(path, folder):
            raise ConfigError(
                f'--out {folder} holds {path.relative_to(folder)}, which no demo wrote; nothing '
                'was deleted; name a new or an empty folder, or move that file away'
            )
    return found


def clear(folder: Path) -> None:
    """Make the folder, and remove what an earlier demo left in it.

    Raises:
        ConfigError: see ``find_old_outputs``; nothing was removed.
    """
    for path in find_old_outputs(folder):
        path.unlink()
    if (folder / BAG_FOLDER).is_dir():
        (folder / BAG_FOLDER).rmdir()
    folder.mkdir(parents=True, exist_ok=True)


def _is_output(path: Path, folder: Path) -> bool:
    if not path.is_file():
        return False
    if path.parent == folder:
        return path.name in OUTPUTS
    return path.suffix == '.mcap' or path.name == 'metadata.yaml'
