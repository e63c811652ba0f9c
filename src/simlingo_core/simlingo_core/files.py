# SPDX-License-Identifier: Apache-2.0
"""Files that are written completely or not at all, whenever the process stops."""

from __future__ import annotations

import os
from pathlib import Path


def write_atomically(path: Path, content: str | bytes, *, is_durable: bool = True) -> None:
    """Write a file so that a reader finds the old content or the new one, never half of it.

    Args:
        path: the file; its folder is created.
        content: bytes, or text to be written as UTF-8.
        is_durable: wait until the disk has it, so that it outlasts a power failure, too.

    Raises:
        OSError: the disk is full or the folder cannot be written to; the old file is unharmed.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    # The process number: two processes may write the same file.
    part = path.with_name(f'.{path.name}.{os.getpid()}.part')
    try:
        with part.open('wb') as file:
            file.write(content.encode() if isinstance(content, str) else content)
            if is_durable:
                file.flush()
                os.fsync(file.fileno())
        part.replace(path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
