# SPDX-License-Identifier: Apache-2.0
"""Settings of the allocator that keep freed large blocks of memory in the process.

A raw image has 2 MB and passes through several buffers on its way into Python; activations of a
large network are larger still.  glibc by default returns such blocks to the
system and gets fresh pages for the next ones; mapping and clearing them costs several times more
than copying the pixels.
"""

from __future__ import annotations

import ctypes

# From glibc's malloc.h.
M_TRIM_THRESHOLD, M_TOP_PAD, M_MMAP_THRESHOLD = -1, -2, -3
MEBIBYTE = 1 << 20

SETTINGS = {
    M_MMAP_THRESHOLD: 32 * MEBIBYTE,
    M_TRIM_THRESHOLD: 64 * MEBIBYTE,
    M_TOP_PAD: 16 * MEBIBYTE,
}


def keep_large_blocks() -> bool:
    """Tell the allocator to reuse large blocks; return whether it supports that (glibc only)."""
    mallopt = getattr(ctypes.CDLL(None), 'mallopt', None)
    if mallopt is None:
        return False
    return all(mallopt(option, value) == 1 for option, value in SETTINGS.items())
