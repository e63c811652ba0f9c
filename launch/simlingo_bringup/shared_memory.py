# SPDX-License-Identifier: Apache-2.0
"""Removes the shared-memory segments that killed processes leave behind.

A process that is killed cannot remove its Fast DDS segment: 0.5 MB each, 17 MB for an image
publisher, and a container has 64 MB in all.  While its process lives, a segment's ``_el`` file is
locked; the kernel drops the lock at its end, however it came.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import time
from pathlib import Path

FOLDER = Path('/dev/shm')
PREFIX, LOCK_SUFFIX = 'fastdds_', '_el'
# A segment's owner makes the file first and locks it a moment later.
YOUNGEST_S = 5.0


def remove_stale_segments(folder: Path = FOLDER) -> int:
    """Remove this user's segments whose process has ended; return how many there were."""
    removed = 0
    for lock in folder.glob(f'{PREFIX}*{LOCK_SUFFIX}'):
        segment = lock.with_name(lock.name.removesuffix(LOCK_SUFFIX))
        # Ports are shared by several processes and reused by the next one.
        if '_port' in lock.name or not _is_stale(lock):
            continue
        for path in (segment, lock):
            with contextlib.suppress(OSError):
                path.unlink()
        removed += 1
    return removed


def _is_stale(lock: Path) -> bool:
    """Return whether a file of this user, older than a few seconds, has no lock holder."""
    try:
        with lock.open('rb') as file:
            facts = os.fstat(file.fileno())
            if facts.st_uid != os.getuid() or time.time() - facts.st_mtime < YOUNGEST_S:
                return False
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
