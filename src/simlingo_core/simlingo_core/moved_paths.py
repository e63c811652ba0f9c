# SPDX-License-Identifier: Apache-2.0
"""Paths that lie elsewhere on this machine than where they were named.

A job that runs on another machine knows a model by the path that it has at home.  The one who
brings the files notes here where they are; the one who opens them asks.
"""

from __future__ import annotations

from pathlib import Path

_moved: dict[str, Path] = {}


def note_moved(name: str, path: Path) -> None:
    """Note where a path lies on this machine, for this process."""
    _moved[name] = path


def find_path(name: str) -> Path:
    """Return where a path lies on this machine: as named, unless it was moved."""
    return _moved.get(name, Path(name).expanduser())
