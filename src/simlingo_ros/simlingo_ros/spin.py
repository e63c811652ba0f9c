# SPDX-License-Identifier: Apache-2.0
"""The main function of every node process: start, spin, end in order.

rclpy's own signal handler shuts the context down first, so that a node could not publish a last
brake command.  Here a signal only wakes the loop; the node is deactivated, cleaned up and
destroyed while it can still publish.
"""

from __future__ import annotations

import contextlib
import faulthandler
import os
import signal
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from types import FrameType
from typing import Any

import rclpy
from rclpy.executors import ExternalShutdownException, SingleThreadedExecutor
from rclpy.node import Node
from rclpy.signals import SignalHandlerOptions

from simlingo_core.errors import SimlingoError
from simlingo_core.memory import keep_large_blocks
from simlingo_ros.lifecycle import StackNode

EXIT_OK = 0
EXIT_ERROR = 1
SIGNALS = (signal.SIGINT, signal.SIGTERM)

# Longest time between two checks of the stop flag, if a wake-up is lost.
WAKE_PERIOD_S = 0.5


def run_node(
    factory: Callable[[], Node], args: Sequence[str] | None = None, *, program: str = ''
) -> int:
    """Run one node until SIGINT, SIGTERM, shutdown or an error; return the exit code.

    Args:
        factory: function that makes the node, usually its class.
        args: command line with ROS arguments, ``sys.argv`` by default.
        program: of the command line that an error of ours is printed for; empty: the node's.

    Returns:
        0 after an orderly end, 1 after an error (which has been printed).
    """
    node: Node | None = None
    executor: SingleThreadedExecutor | None = None
    code = EXIT_OK
    # A segmentation fault in a library then leaves the Python stack in the log.
    faulthandler.enable()
    keep_large_blocks()
    try:
        rclpy.init(
            args=None if args is None else list(args),
            signal_handler_options=SignalHandlerOptions.NO,
        )
        executor = SingleThreadedExecutor()
        with _StopOnSignal(executor) as stop:
            node = factory()
            executor.add_node(node)
            if isinstance(node, StackNode) and node.is_autostart:
                node.start()
            stop.is_spinning = True
            _spin(executor, node, stop)
    except (KeyboardInterrupt, ExternalShutdownException):
        pass
    except SimlingoError as error:
        code = _refuse(program, error) if program else _explain(node, error)
    except Exception as error:
        code = _explain(node, error)
        traceback.print_exc()
    finally:
        # Ctrl-C reaches the whole process group, and the supervisor forwards it once more.
        for number in SIGNALS:
            signal.signal(number, signal.SIG_IGN)
        code = _end(node, executor) or code
    return code


def end_process() -> None:
    """End ``run_node`` in order with exit code 0; call it in a callback of the node."""
    raise ExternalShutdownException


class _StopOnSignal:
    """Turns SIGINT and SIGTERM into a flag, and wakes the executor out of its wait.

    While the node is still starting, the signal interrupts it like Ctrl-C always does.
    """

    def __init__(self, executor: SingleThreadedExecutor) -> None:
        self.is_requested = False
        self.is_spinning = False
        self._executor = executor
        self._read_fd, self._write_fd = os.pipe()
        os.set_blocking(self._write_fd, False)
        self._thread = threading.Thread(target=self._wake, name='signals', daemon=True)

    def __enter__(self) -> _StopOnSignal:
        signal.set_wakeup_fd(self._write_fd, warn_on_full_buffer=False)
        for number in SIGNALS:
            signal.signal(number, self._handle)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.is_spinning = True  # a second signal must not interrupt the end
        signal.set_wakeup_fd(-1)
        os.close(self._write_fd)
        self._thread.join()
        os.close(self._read_fd)

    def _handle(self, number: int, frame: FrameType | None) -> None:
        """Run in the main thread, as soon as it executes Python again."""
        self.is_requested = True
        if not self.is_spinning:
            raise KeyboardInterrupt

    def _wake(self) -> None:
        """Run in a thread of its own: the main thread may wait inside the middleware."""
        while os.read(self._read_fd, 64):
            self._executor.wake()


def _spin(executor: SingleThreadedExecutor, node: Node, stop: _StopOnSignal) -> None:
    """Run callbacks until a stop is requested."""
    while rclpy.ok() and not stop.is_requested:
        executor.spin_once(timeout_sec=WAKE_PERIOD_S)
        if isinstance(node, StackNode) and node.fatal_error is not None:
            raise node.fatal_error


def _end(node: Node | None, executor: SingleThreadedExecutor | None) -> int:
    """Shut the node down while it can still publish; return an exit code."""
    code = EXIT_OK
    if node is not None:
        with _errors_printed() as outcome:
            if isinstance(node, StackNode) and rclpy.ok():
                known_error = node.fatal_error
                if executor is not None:
                    _finish_calls(node, executor)
                node.stop()
                if node.fatal_error is not None and node.fatal_error is not known_error:
                    raise node.fatal_error
            node.destroy_node()
        code = outcome.code
    rclpy.try_shutdown()
    return code


def _finish_calls(node: StackNode[Any], executor: SingleThreadedExecutor) -> None:
    """Deactivate the node, then let services and actions that were waiting send their ends."""
    if node.finishing_s == 0.0 or not node.is_in_active_state:
        return
    node.trigger_deactivate()
    end_s = time.monotonic() + node.finishing_s
    while (left_s := end_s - time.monotonic()) > 0.0:
        executor.spin_once(timeout_sec=left_s)


class _Outcome:
    """Exit code of a block."""

    code = EXIT_OK


@contextlib.contextmanager
def _errors_printed() -> Iterator[_Outcome]:
    """Print an exception of the block and set the exit code instead of raising it."""
    outcome = _Outcome()
    try:
        yield outcome
    except Exception:
        traceback.print_exc()
        outcome.code = EXIT_ERROR


def _refuse(program: str, error: SimlingoError) -> int:
    """Print an error as the command line does; return the exit code."""
    print(f'{program}: error: {error}', file=sys.stderr, flush=True)
    return EXIT_ERROR


def _explain(node: Node | None, error: Exception) -> int:
    """Print an error for people; return the exit code."""
    name = node.get_fully_qualified_name() if node is not None else 'node'
    print(f'{name}: {type(error).__name__}: {error}', file=sys.stderr, flush=True)
    return EXIT_ERROR
