# SPDX-License-Identifier: Apache-2.0
"""Runs a graph of nodes as processes: order, log, restarts and a clean end."""

from __future__ import annotations

import contextlib
import os
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import FrameType

from simlingo_bringup import guard
from simlingo_bringup.child import Child
from simlingo_bringup.environment import node_environment
from simlingo_bringup.log_view import LogView
from simlingo_bringup.policy import (
    RESTART_DELAY_S,
    Verdict,
    describe_exit,
    has_crashed,
    judge_exit,
)
from simlingo_bringup.readiness import ReadinessMonitor
from simlingo_bringup.resolution import ResolvedNode
from simlingo_bringup.shared_memory import remove_stale_segments

POLL_S = 0.05
READY_LIMIT_S = 120.0
STEPS = (signal.SIGINT, signal.SIGTERM, signal.SIGKILL)
# Seconds after the start of the stop at which each signal is sent.  Asked by a signal, all is over
# within 3 s.  At the end of an episode nobody waits; a busy machine needs a while to end.
STEP_TIMES_S: tuple[float, ...] = (0.0, 1.5, 2.5)
STEP_TIMES_AT_THE_END_S = (0.0, 20.0, 30.0)
STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
EXIT_DONE, EXIT_FAILED = 0, 1


def supervise(nodes: Sequence[ResolvedNode]) -> int:
    """Run the nodes with their log on standard output; return the exit code."""
    view = LogView([node.name for node in nodes], sys.stdout)
    # What an earlier run left, when it was killed, may be all the shared memory there is.
    remove_stale_segments()
    try:
        return Supervisor(nodes, environment=node_environment(), view=view).run()
    finally:
        remove_stale_segments()


class Supervisor:
    """Runs the nodes until one decides the end or a signal asks for it.

    The nodes run in a process group of their own, so that Ctrl-C in a terminal reaches the
    supervisor alone and each node gets exactly one SIGINT.  A guard process ends the group when
    the supervisor is killed.

    Args:
        nodes: in start order.
        environment: of the nodes.
        view: where lines go.
    """

    def __init__(
        self, nodes: Sequence[ResolvedNode], *, environment: Mapping[str, str], view: LogView
    ) -> None:
        self._children = [Child(node) for node in nodes]
        self._environment = environment
        self._view = view
        self._monitor = ReadinessMonitor()
        self._selector = selectors.DefaultSelector()
        self._guard: subprocess.Popen[bytes] | None = None
        self._signals: list[signal.Signals] = []
        self._is_stopping = False
        self._stop_began_s = 0.0
        self._step_times_s = STEP_TIMES_S
        self._steps_done = 0
        self._exit_code = EXIT_DONE

    def run(self) -> int:
        """Run the graph to its end and return the exit code: 0 done or stopped, 1 failed."""
        previous = {number: signal.signal(number, self._on_signal) for number in STOP_SIGNALS}
        try:
            self._guard = _start_guard()
            self._monitor.start()
            while not self._is_over():
                self._tick()
        finally:
            self._end_everything()
            for number, handler in previous.items():
                signal.signal(number, handler)
        return self._exit_code

    def _tick(self) -> None:
        """Do what is due now; wait a moment for output."""
        for number in self._take_signals():
            self._handle_signal(number)
        if not self._is_stopping:
            self._check_helpers()
            self._note_ready()
        if self._is_stopping:
            self._escalate(time.monotonic() - self._stop_began_s)
        else:
            self._start_due()
        for key, _ in self._selector.select(POLL_S):
            self._read(key.data)
        for child in self._children:
            code = child.collect()
            if code is not None:
                self._handle_end(child, code)

    def _start_due(self) -> None:
        """Start each node whose predecessors are ready and whose time has come."""
        ready = {child.node.name for child in self._children if child.is_ready or child.is_settled}
        for child in self._children:
            is_waiting = not child.is_running and not child.is_settled
            is_due = time.monotonic() >= child.start_due_s
            if is_waiting and is_due and ready.issuperset(child.node.after):
                self._start(child)

    def _start(self, child: Child) -> None:
        group = self._guard.pid if self._guard else 0
        child.start(group, self._environment)
        self._selector.register(child.output, selectors.EVENT_READ, child)
        self._view.note(f'{child.node.name} started (pid {child.pid})')
        if not child.is_ready:
            self._monitor.watch(child.node.full_name, is_first_start=child.is_first_run)

    def _note_ready(self) -> None:
        """Take over what the monitor has found."""
        for child in self._children:
            if not child.is_running or child.is_ready:
                continue
            waited_s = time.monotonic() - child.started_s
            if self._monitor.is_active(child.node.full_name):
                child.is_ready = True
                self._view.note(f'{child.node.name} is active after {waited_s:.1f} s')
            elif waited_s > READY_LIMIT_S:
                finding = self._monitor.describe(child.node.full_name)
                self._fail(
                    f'{child.node.name} is not active after {READY_LIMIT_S:.0f} s ({finding})'
                )
        for name in self._monitor.take_duplicates():
            domain = self._environment.get('ROS_DOMAIN_ID', '0')
            self._view.warn(
                f'node {name} exists twice on ROS domain {domain}: another graph runs there, or '
                'was killed less than 20 s ago; the two disturb each other; give this one a '
                'domain of its own with --domain-id'
            )

    def _check_helpers(self) -> None:
        """Stop when the guard or the monitor has ended."""
        if self._guard is not None and self._guard.poll() is not None:
            self._fail('the guard process has ended; without it nodes could outlive this command')
        elif self._monitor.failure is not None:
            self._fail(f'cannot watch the nodes: {self._monitor.failure}')

    def _handle_end(self, child: Child, code: int) -> None:
        """Act on the end of a node."""
        self._unregister(child)
        self._print_lines(child, child.drain())
        self._monitor.forget(child.node.full_name)
        name = child.node.name
        if self._is_stopping:
            child.is_settled = True
            if self._steps_done == len(STEPS) and code == -signal.SIGKILL:
                self._view.warn(f'{name} did not stop by itself and was killed')
            elif has_crashed(code):
                self._view.warn(f'{name} {describe_exit(code)} while it was stopped')
            return
        judgement = judge_exit(
            code,
            restart=child.node.restart,
            required=child.node.required,
            recent_restarts=child.count_recent_restarts(),
        )
        text = f'{name} {judgement.explanation}'
        if judgement.verdict is Verdict.RESTART:
            self._view.warn(text)
            child.schedule_restart(RESTART_DELAY_S)
            return
        child.is_settled = True
        if judgement.verdict is Verdict.STOP_FAILED:
            self._fail(text)
        elif code == 0:
            self._view.note(text)
            if judgement.verdict is Verdict.STOP_DONE:
                self._begin_stop(STEP_TIMES_AT_THE_END_S)
        else:
            self._view.warn(text)

    def _handle_signal(self, number: signal.Signals) -> None:
        """Begin to stop; a further signal skips the wait before the next step."""
        if not self._is_stopping:
            self._view.note(f'{number.name}: stopping')
            self._begin_stop()
        elif self._steps_done < len(STEPS):
            self._view.note(f'{number.name} again: hurrying')
            self._step_times_s = STEP_TIMES_S
            self._stop_began_s = time.monotonic() - STEP_TIMES_S[self._steps_done]

    def _fail(self, text: str) -> None:
        self._view.fail(text)
        self._exit_code = EXIT_FAILED
        self._begin_stop()

    def _begin_stop(self, step_times_s: tuple[float, ...] = STEP_TIMES_S) -> None:
        if not self._is_stopping:
            self._is_stopping, self._stop_began_s = True, time.monotonic()
            self._step_times_s = step_times_s

    def _escalate(self, since_s: float) -> None:
        """Send the next signal when its time has come."""
        while self._steps_done < len(STEPS) and since_s >= self._step_times_s[self._steps_done]:
            step = STEPS[self._steps_done]
            self._steps_done += 1
            for child in self._children:
                if child.is_running and step is not signal.SIGINT:
                    self._view.warn(f'{child.node.name} still runs; sending {step.name}')
                # Python answers SIGINT with a traceback while a node is still importing.
                is_early = step is signal.SIGINT and not child.is_ready
                child.send(signal.SIGTERM if is_early else step)

    def _is_over(self) -> bool:
        """Whether nothing runs and nothing is to be started any more."""
        if any(child.is_running for child in self._children):
            return False
        return self._is_stopping or all(child.is_settled for child in self._children)

    def _read(self, child: Child) -> None:
        """Print the output of a node; stop listening when it closed it."""
        self._print_lines(child, child.read_lines())
        if child.is_output_closed:
            self._unregister(child)

    def _unregister(self, child: Child) -> None:
        if child.output in self._selector.get_map():
            self._selector.unregister(child.output)

    def _print_lines(self, child: Child, lines: Sequence[str]) -> None:
        for line in lines:
            self._view.write(child.node.name, line)

    def _end_everything(self) -> None:
        """Leave no process behind, whatever happened."""
        if self._guard is not None:
            # Sweeps nodes (after an error in here) and whatever the nodes themselves started.
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._guard.pid, signal.SIGKILL)
            self._guard.wait()
            if self._guard.stdin is not None:
                self._guard.stdin.close()
        for child in self._children:
            if child.is_running:
                while child.collect() is None:
                    time.sleep(0.01)
                child.drain()
        self._selector.close()
        self._monitor.close(timeout_s=1.0)

    def _on_signal(self, number: int, _frame: FrameType | None) -> None:
        self._signals.append(signal.Signals(number))

    def _take_signals(self) -> list[signal.Signals]:
        taken, self._signals = self._signals, []
        return taken


def _start_guard() -> subprocess.Popen[bytes]:
    """Start the guard as leader of a new process group."""
    program = str(Path(guard.__file__).resolve())
    return subprocess.Popen(
        [sys.executable, '-I', '-S', program, str(STEP_TIMES_S[-1])],
        stdin=subprocess.PIPE,
        process_group=0,
    )
