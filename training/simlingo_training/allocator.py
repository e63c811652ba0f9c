# SPDX-License-Identifier: Apache-2.0
"""Memory of a training step, kept for the next one."""

from __future__ import annotations

import ctypes
import sys

# Parameters of glibc's mallopt(3).
_TRIM_THRESHOLD, _MMAP_MAX = -1, -4
_NEVER = 2**31 - 1


def keep_freed_memory() -> None:
    """Tell the C library not to give large blocks back to the system.

    Each step frees and takes hundreds of megabytes; fetching them as fresh pages costs a good part
    of a step on a CPU.  Does nothing where there is no glibc.
    """
    if not sys.platform.startswith('linux'):
        return
    mallopt = getattr(ctypes.CDLL(None), 'mallopt', None)
    if mallopt is not None:
        mallopt(_MMAP_MAX, 0)
        mallopt(_TRIM_THRESHOLD, _NEVER)
