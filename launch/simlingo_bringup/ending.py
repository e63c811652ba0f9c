# SPDX-License-Identifier: Apache-2.0
"""Ends a process of ours as Ctrl-C would."""

from __future__ import annotations

import contextlib
import signal
import subprocess
from typing import Any


def end_process(process: subprocess.Popen[Any], limit_s: float) -> None:
    """Interrupt a process and wait for its end; kill it where that takes longer than the limit."""
    process.send_signal(signal.SIGINT)
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(limit_s)
    process.kill()
    process.wait()
