# SPDX-License-Identifier: Apache-2.0
"""One supervised process: a node, its output and its history."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping

from simlingo_bringup.policy import RESTART_WINDOW_S
from simlingo_bringup.programs import find_program
from simlingo_bringup.resolution import ResolvedNode
from simlingo_bringup.specification import Readiness

CHUNK_BYTES = 65536
LONGEST_LINE_BYTES = 65536


class Child:
    """A node's process, started and restarted by the supervisor.

    Attributes:
        node: what it is.
        is_ready: it reached its readiness since its last start.
        is_settled: it has ended and will not be started again.
        start_due_s: monotonic time from which it may be started.
        started_s: monotonic time of its last start.
        is_output_closed: it will not say anything more.
    """

    def __init__(self, node: ResolvedNode) -> None:
        self.node = node
        self.is_ready = False
        self.is_settled = False
        self.start_due_s = 0.0
        self.started_s = 0.0
        self.is_output_closed = False
        self._process: subprocess.Popen[bytes] | None = None
        self._restarts_s: list[float] = []
        self._tail = b''

    @property
    def is_running(self) -> bool:
        """Whether the process exists (its end was not collected yet)."""
        return self._process is not None

    @property
    def is_first_run(self) -> bool:
        """Whether it was never restarted."""
        return not self._restarts_s

    @property
    def pid(self) -> int:
        """Process id, 0 when it does not run."""
        return self._process.pid if self._process else 0

    @property
    def output(self) -> int:
        """File descriptor of its output.

        Raises:
            RuntimeError: it does not run.
        """
        if self._process is None or self._process.stdout is None:
            raise RuntimeError(f'{self.node.name} has no output; start it first')
        return self._process.stdout.fileno()

    def command(self) -> list[str]:
        """Return the command line."""
        node = self.node
        program = [sys.executable, '-m', node.module]
        if not node.module:
            # ``check_programs`` has looked for it; one that has gone since fails at its start.
            program = [str(find_program(node.package, node.executable) or node.executable)]
        return [*self.node.prefix, *program, *self.node.ros_arguments()]

    def start(self, group: int, environment: Mapping[str, str]) -> None:
        """Start the process in a process group, without a terminal to read from."""
        self._process = subprocess.Popen(
            self.command(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env={**environment, **self.node.environment},
            process_group=group,
        )
        os.set_blocking(self.output, False)
        self.started_s = time.monotonic()
        self.is_ready = self.node.readiness is Readiness.RUNNING
        self.is_output_closed = False
        self._tail = b''

    def schedule_restart(self, delay_s: float) -> None:
        """Note that the process is to be started again after a delay."""
        now_s = time.monotonic()
        self._restarts_s.append(now_s)
        self.start_due_s = now_s + delay_s

    def count_recent_restarts(self) -> int:
        """Return how often it was restarted within the window of the policy."""
        since_s = time.monotonic() - RESTART_WINDOW_S
        return sum(restart_s > since_s for restart_s in self._restarts_s)

    def read_lines(self) -> list[str]:
        """Return the complete lines that have come since the last call."""
        return self._split(self._read())

    def send(self, number: signal.Signals) -> None:
        """Send a signal if the process runs."""
        if self._process is not None:
            self._process.send_signal(number)

    def collect(self) -> int | None:
        """Return the exit code when the process has ended, else None."""
        return self._process.poll() if self._process else None

    def drain(self) -> list[str]:
        """Return the last lines of an ended process and forget the process."""
        lines: list[str] = []
        while chunk := self._read():
            lines += self._split(chunk)
        if self._tail:
            lines.append(self._tail.decode(errors='replace'))
        if self._process is not None and self._process.stdout is not None:
            self._process.stdout.close()
        self._process = None
        self.is_ready = False
        self._tail = b''
        return lines

    def _read(self) -> bytes:
        try:
            chunk = os.read(self.output, CHUNK_BYTES)
        except BlockingIOError:
            return b''
        self.is_output_closed = not chunk
        return chunk

    def _split(self, chunk: bytes) -> list[str]:
        *lines, self._tail = (self._tail + chunk).split(b'\n')
        if len(self._tail) > LONGEST_LINE_BYTES:
            lines, self._tail = [*lines, self._tail], b''
        return [line.decode(errors='replace').rstrip('\r') for line in lines]
