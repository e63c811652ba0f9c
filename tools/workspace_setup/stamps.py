# SPDX-License-Identifier: Apache-2.0
"""Remember what a step was made from, so that it runs again only when that changed."""

import hashlib
from collections.abc import Iterable
from pathlib import Path


def digest(texts: Iterable[str], files: Iterable[Path]) -> str:
    """Return one hash over texts and over the names and contents of files.

    Folders stand for all files below them.
    """
    total = hashlib.sha256()
    for text in texts:
        total.update(text.encode() + b'\0')
    for top in files:
        members = sorted(p for p in top.rglob('*') if p.is_file()) if top.is_dir() else [top]
        for path in members:
            total.update(path.relative_to(top.parent).as_posix().encode() + b'\0')
            total.update(hashlib.sha256(path.read_bytes()).digest())
    return total.hexdigest()


class Stamps:
    """One small file per finished step; it holds the digest of the step's inputs."""

    def __init__(self, folder: Path) -> None:
        """Keep the stamps in ``folder``, which is made when the first one is written."""
        self._folder = folder

    def is_current(self, step: str, wanted: str) -> bool:
        """Say whether the step was finished with inputs of this digest."""
        path = self._folder / step
        return path.is_file() and path.read_text() == wanted

    def is_known(self, step: str) -> bool:
        """Say whether the step was ever finished here."""
        return (self._folder / step).is_file()

    def write(self, step: str, value: str) -> None:
        """Record that the step is finished."""
        self._folder.mkdir(parents=True, exist_ok=True)
        (self._folder / step).write_text(value)
