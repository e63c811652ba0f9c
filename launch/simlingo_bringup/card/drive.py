# SPDX-License-Identifier: Apache-2.0
"""Drive the stack over ROS in real time and measure it."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from simlingo_bringup.card.measures import drive_measures
from simlingo_bringup.card.usage import watch_usage
from simlingo_bringup.ending import end_process
from simlingo_bringup.environment import node_environment, prepare_environment
from simlingo_core.errors import BackendError

ROUTE = 'test:8'
START_LIMIT_S, SETTLE_S, END_LIMIT_S = 300.0, 3.0, 30.0
DRIVES = 'follows the plan'


def measure_drive(words: Sequence[str], duration_s: float, folder: Path) -> dict[str, Any]:
    """Run the stack for a time; return what ``drive_measures`` and ``watch_usage`` tell.

    Args:
        words: further arguments of ``simlingo up``, such as ``engine:=openvino``.
        duration_s: to measure, once the car drives.
        folder: for the log.

    Raises:
        BackendError: the stack does not start; the message has the end of its log.
    """
    prepare_environment()
    log = folder / 'stack.log'
    with _driving(words, log) as process:
        # Not at the top: rclpy must see the environment prepared above.
        from simlingo_bringup.console_options import DEFAULT_NAMESPACE, open_console

        with open_console(DEFAULT_NAMESPACE, None) as console:
            time.sleep(SETTLE_S)
            with watch_usage(process.pid) as usage:
                recorder = console.trace(duration_s, role='ego_vehicle', camera='rgb_front')
    return {**drive_measures(recorder), 'usage': usage.to_dict(), 'driven_s': duration_s}


@contextmanager
def _driving(words: Sequence[str], log: Path) -> Iterator[subprocess.Popen[bytes]]:
    command = [sys.executable, '-m', 'simlingo_bringup', 'up', f'route:={ROUTE}', *words]
    with log.open('wb') as stream:
        process = subprocess.Popen(
            command, stdout=stream, stderr=subprocess.STDOUT, env=node_environment()
        )
    try:
        _wait_for_drive(process, log)
        yield process
    finally:
        end_process(process, END_LIMIT_S)


def _wait_for_drive(process: subprocess.Popen[bytes], log: Path) -> None:
    end_s = time.monotonic() + START_LIMIT_S
    while DRIVES not in (text := log.read_text(encoding='utf-8', errors='replace')):
        if process.poll() is not None or time.monotonic() > end_s:
            raise BackendError(f'the stack does not drive; the end of {log}:\n{text[-1500:]}')
        time.sleep(0.2)
