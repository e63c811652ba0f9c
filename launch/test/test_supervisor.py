# SPDX-License-Identifier: Apache-2.0
"""The supervisor with processes that are no ROS nodes: order, restarts, signals, no orphans."""

import os
import signal
import subprocess
import sys
import textwrap
import time

import psutil
import pytest

from simlingo_bringup.guard import list_members

LIMIT_S = 20.0
NODES = {
    'calm': 'import time; print("up", flush=True); time.sleep(60)',
    'stubborn': """
        import signal, time
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        print("up", flush=True)
        time.sleep(60)
        """,
    'parent': """
        import subprocess, sys, time
        subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])
        print("up", flush=True)
        time.sleep(60)
        """,
    'leisurely': """
        import signal, time
        def end(*_):
            time.sleep(3.0)
            raise SystemExit(0)
        signal.signal(signal.SIGINT, end)
        signal.signal(signal.SIGTERM, end)
        print("up", flush=True)
        time.sleep(60)
        """,
    'done': 'print("up")',
    'failing': 'raise RuntimeError("no luck")',
    'crashing': """
        import ctypes
        def read_null():
            ctypes.string_at(0)
        read_null()
        """,
    'crashing_at_the_end': """
        import ctypes, signal, time
        signal.signal(signal.SIGTERM, lambda *_: ctypes.string_at(0))
        signal.signal(signal.SIGINT, lambda *_: ctypes.string_at(0))
        print("up", flush=True)
        time.sleep(60)
        """,
    'refusing': 'raise SystemExit(2)',
    'torn': 'import sys; sys.stdout.write("half a line"); sys.stdout.flush()',
}
DRIVER = """
    import dataclasses, os, sys
    from simlingo_bringup.log_view import LogView
    from simlingo_bringup.resolution import NODE_ENVIRONMENT, ResolvedNode
    from simlingo_bringup.specification import Readiness, Restart
    from simlingo_bringup.supervisor import Supervisor

    def node(name, required=True, restart=Restart.NEVER, after=()):
        return ResolvedNode(
            package='p', module='node_' + name, executable=name, name=name, namespace='/test',
            remaps=(), parameters={}, log_level='info', required=required, restart=restart,
            readiness=Readiness.RUNNING, after=after, environment=NODE_ENVIRONMENT,
        )

    nodes = eval(sys.argv[1])
    view = LogView([node.name for node in nodes], sys.stdout)
    sys.exit(Supervisor(nodes, environment=dict(os.environ), view=view).run())
    """


class Run:
    """A supervisor process and its output."""

    def __init__(self, folder, nodes, marker):
        for name, source in NODES.items():
            (folder / f'node_{name}.py').write_text(textwrap.dedent(source))
        self.marker = marker
        self.output = folder / 'output.txt'
        environment = os.environ | {
            'PYTHONPATH': str(folder),
            'SIMLINGO_TEST_MARKER': marker,
            'ROS_AUTOMATIC_DISCOVERY_RANGE': 'OFF',
        }
        with self.output.open('w') as stream:
            self.process = subprocess.Popen(
                [sys.executable, '-c', textwrap.dedent(DRIVER), nodes],
                stdout=stream,
                stderr=subprocess.STDOUT,
                env=environment,
            )

    @property
    def text(self):
        return self.output.read_text()

    def wait_for(self, text):
        wait_until(lambda: text in self.text, f'{text!r} in the output:\n{self.text}')

    def wait(self):
        return self.process.wait(LIMIT_S)

    def find_processes(self):
        """Return every process of this run, by its environment."""
        found = []
        for process in psutil.process_iter():
            try:
                if process.environ().get('SIMLINGO_TEST_MARKER') == self.marker:
                    found.append(process)
            except psutil.Error:
                continue
        return found


def wait_until(holds, what, limit_s=LIMIT_S):
    deadline_s = time.monotonic() + limit_s
    while not holds():
        assert time.monotonic() < deadline_s, f'no {what} within {limit_s} s'
        time.sleep(0.02)


@pytest.fixture
def start(tmp_path, request):
    runs = []

    def begin(nodes):
        runs.append(Run(tmp_path, nodes, f'{request.node.name}-{os.getpid()}'))
        return runs[-1]

    yield begin
    for run in runs:
        if run.process.poll() is None:
            run.process.kill()
        wait_until(lambda run=run: not run.find_processes(), 'end of every process', 5.0)


def test_the_end_of_a_required_node_ends_the_graph_in_order(start):
    run = start("[node('calm'), node('done', after=('calm',))]")

    assert run.wait() == 0
    assert run.text.index('calm started') < run.text.index('done started')
    assert 'done has finished' in run.text
    assert not run.find_processes()


def test_after_an_episode_a_node_may_take_its_time_to_end(start):
    run = start("[node('leisurely'), node('done', after=('leisurely',))]")

    assert run.wait() == 0
    assert 'still runs' not in run.text
    assert 'warning' not in run.text


def test_a_failed_required_node_is_explained_and_fails_the_graph(start):
    run = start("[node('calm'), node('failing')]")

    assert run.wait() == 1
    assert 'RuntimeError: no luck' in run.text
    assert 'error: failing failed (exit code 1' in run.text
    assert not run.find_processes()


def test_a_node_that_crashes_is_named_with_its_signal_and_its_stack(start):
    run = start("[node('calm'), node('crashing')]")

    assert run.wait() == 1
    assert (
        'error: crashing crashed with SIGSEGV (its last lines hold the Python stack)' in run.text
    )
    assert 'crashing | Fatal Python error: Segmentation fault' in run.text
    assert 'in read_null' in run.text


def test_a_node_that_crashes_while_it_is_stopped_is_named_too(start):
    run = start("[node('crashing_at_the_end')]")
    run.wait_for('crashing_at_the_end | up')
    run.process.send_signal(signal.SIGINT)

    assert run.wait() == 0
    assert 'warning: crashing_at_the_end crashed with SIGSEGV' in run.text


def test_a_failing_node_is_restarted_a_few_times(start):
    run = start("[node('failing', restart=Restart.ON_FAILURE), node('calm')]")

    assert run.wait() == 1
    assert run.text.count('failing started') == 4
    assert 'after 3 restarts' in run.text


def test_refused_settings_are_not_tried_again(start):
    run = start("[node('refusing', restart=Restart.ON_FAILURE)]")

    assert run.wait() == 1
    assert run.text.count('refusing started') == 1
    assert 'refused its settings' in run.text


def test_the_graph_goes_on_without_what_is_not_required(start):
    run = start("[node('failing', required=False), node('calm')]")
    run.wait_for('going on without it')
    run.wait_for('calm | up')
    run.process.send_signal(signal.SIGINT)

    assert run.wait() == 0


def test_the_last_output_of_a_node_is_kept(start):
    run = start("[node('torn')]")

    assert run.wait() == 0
    assert 'torn | half a line\n' in run.text


@pytest.mark.parametrize('number', [signal.SIGINT, signal.SIGTERM, signal.SIGHUP], ids=str)
def test_a_signal_stops_everything(start, number):
    run = start("[node('calm'), node('parent')]")
    run.wait_for('parent | up')
    began_s = time.monotonic()
    run.process.send_signal(number)

    assert run.wait() == 0
    assert time.monotonic() - began_s < 3.0
    assert f'{number.name}: stopping' in run.text
    assert not run.find_processes()


def test_a_stubborn_node_is_killed_within_three_seconds(start):
    run = start("[node('stubborn')]")
    run.wait_for('stubborn | up')
    began_s = time.monotonic()
    run.process.send_signal(signal.SIGINT)

    assert run.wait() == 0
    assert 2.5 < time.monotonic() - began_s < 3.5
    assert 'stubborn did not stop by itself and was killed' in run.text


def test_more_signals_hurry(start):
    run = start("[node('stubborn')]")
    run.wait_for('stubborn | up')
    began_s = time.monotonic()
    for _ in range(3):
        run.process.send_signal(signal.SIGINT)
        time.sleep(0.15)

    assert run.wait() == 0
    assert time.monotonic() - began_s < 1.5


@pytest.mark.parametrize('name', ['calm', 'stubborn', 'parent'])
def test_nothing_outlives_a_killed_supervisor(start, name):
    run = start(f"[node('{name}')]")
    run.wait_for(f'{name} | up')
    run.process.kill()
    run.process.wait()

    wait_until(lambda: not run.find_processes(), 'end of every process', 3.5)


def test_the_graph_stops_when_its_guard_is_killed(start):
    run = start("[node('calm')]")
    run.wait_for('calm | up')
    (guard,) = [
        p for p in psutil.Process(run.process.pid).children() if 'guard' in str(p.cmdline())
    ]
    assert list_members(guard.pid)
    guard.kill()

    assert run.wait() == 1
    assert 'the guard process has ended' in run.text
    assert not run.find_processes()


def test_ctrl_c_at_any_moment_of_the_start(start):
    for delay_s in (0.05, 0.15, 0.3, 0.5):
        run = start("[node('calm'), node('parent')]")
        time.sleep(delay_s)
        run.process.send_signal(signal.SIGINT)

        # Before the supervisor's first line Python itself answers the signal.
        assert run.wait() in {0, 1, 130, -signal.SIGINT}
        assert not run.find_processes()
