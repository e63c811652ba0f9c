# SPDX-License-Identifier: Apache-2.0
"""Node processes that never outlive their test, and a node to look at them with."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import rclpy
from rclpy.executors import SingleThreadedExecutor

HERE = Path(__file__).parent
# For anything: a process takes half a minute to start where many others compute.
LIMIT_S = 120.0


class NodeProcess:
    """A started process in a group of its own; its output goes to a file."""

    def __init__(self, arguments, log_path, environment):
        self.log_path = log_path
        self._log = log_path.open('wb')
        self.popen = subprocess.Popen(
            [sys.executable, *map(str, arguments)],
            stdout=self._log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            env=environment,
        )

    @property
    def output(self):
        return self.log_path.read_text(errors='replace')

    def wait_for_output(self, text, timeout_s=LIMIT_S):
        end_s = time.monotonic() + timeout_s
        while text not in self.output:
            assert self.popen.poll() is None, f'ended with {self.popen.returncode}: {self.output}'
            assert time.monotonic() < end_s, f'no {text!r} in {timeout_s} s: {self.output}'
            time.sleep(0.02)

    def signal_group(self, number):
        os.killpg(self.popen.pid, number)

    def wait(self, timeout_s=LIMIT_S):
        return self.popen.wait(timeout_s)

    def close(self):
        # A killed process leaves its shared memory behind, so ask first.
        if self.popen.poll() is None:
            self.signal_group(signal.SIGTERM)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.popen.wait(5.0)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.popen.pid, signal.SIGKILL)
        self.popen.wait(10.0)
        self._log.close()


@pytest.fixture
def start(tmp_path):
    """Return a function that starts ``python ARGUMENTS``; everything is killed at the end."""
    processes = []

    def start_process(*arguments, **environment):
        log_path = tmp_path / f'process_{len(processes)}.log'
        process = NodeProcess(arguments, log_path, {**os.environ, **environment})
        processes.append(process)
        return process

    yield start_process
    for process in processes:
        process.close()


@pytest.fixture
def talk(start):
    """Return a function that starts the talker with ROS arguments."""

    def start_talker(*ros_arguments):
        extra = ['--ros-args', *ros_arguments] if ros_arguments else []
        return start(HERE / 'talker.py', *extra)

    return start_talker


class Observer:
    """A node of the test with a spin that waits for something."""

    def __init__(self):
        self.context = rclpy.Context()
        rclpy.init(context=self.context)
        self.node = rclpy.create_node('observer', context=self.context)
        self.executor = SingleThreadedExecutor(context=self.context)
        self.executor.add_node(self.node)

    def spin_until(self, condition, timeout_s=LIMIT_S):
        end_s = time.monotonic() + timeout_s
        while not condition():
            assert time.monotonic() < end_s, f'not within {timeout_s} s'
            self.executor.spin_once(timeout_sec=0.05)

    def spin_for(self, duration_s):
        end_s = time.monotonic() + duration_s
        while time.monotonic() < end_s:
            self.executor.spin_once(timeout_sec=0.02)

    def call(self, service_type, name, request):
        client = self.node.create_client(service_type, name)
        assert client.wait_for_service(LIMIT_S), name
        future = client.call_async(request)
        self.spin_until(future.done)
        self.node.destroy_client(client)
        return future.result()

    def close(self):
        self.executor.shutdown()
        self.node.destroy_node()
        rclpy.shutdown(context=self.context)


def _values_of(message):
    if hasattr(message, 'get_fields_and_field_types'):
        fields = message.get_fields_and_field_types()
        return {field: _values_of(getattr(message, field)) for field in fields}
    if hasattr(message, 'tobytes'):
        return message.tobytes()
    if isinstance(message, list):
        return [_values_of(element) for element in message]
    return repr(message)  # NaN is equal to NaN


@pytest.fixture
def values_of():
    """Return a function that makes messages comparable (raw bytes differ in their padding)."""
    return _values_of


@pytest.fixture
def observer():
    it = Observer()
    yield it
    it.close()
