# SPDX-License-Identifier: Apache-2.0
"""A process that is terminated leaves its CARLA server as it was."""

from __future__ import annotations

import signal
import sys
import threading
from typing import Any, NoReturn

EXIT_TERMINATED = 128 + signal.SIGTERM


def exit_when_terminated() -> None:
    """Have SIGTERM end this process as ``sys.exit`` does, so that everything is cleaned up.

    By default it ends at once, and a server in synchronous mode would stand still for ever.  Who
    has a handler, as nodes have, keeps it.
    """
    is_main = threading.current_thread() is threading.main_thread()
    if is_main and signal.getsignal(signal.SIGTERM) is signal.SIG_DFL:
        signal.signal(signal.SIGTERM, _exit)


def _exit(number: int, frame: Any) -> NoReturn:
    sys.exit(EXIT_TERMINATED)
