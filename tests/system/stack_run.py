# SPDX-License-Identifier: Apache-2.0
"""Starts ``simlingo up`` for the system tests and looks for what it leaves behind."""

import json
import os
import subprocess
import sys
import time
import uuid
from pathlib import Path

import psutil

SIMLINGO = Path(sys.executable).with_name('simlingo')
MARKER = 'SIMLINGO_TEST_RUN'
HERE = str(Path(__file__).parent)
SMALL_WORLD = ('--graph', 'small_world.graph:GRAPH')
# For anything: a graph takes a minute to start where many others compute.
LIMIT_S = 180.0


def pick_domain(offset=0):
    """Return a ROS domain of this test process, so that tests can run side by side.

    Domains up to 101 are free of the ports that the system gives to others.
    """
    return 1 + (os.getpid() * 7 + offset) % 100


class StackRun:
    """One ``simlingo up`` with its output in a file."""

    def __init__(self, folder, *arguments, domain_id=None, options=SMALL_WORLD, environment=None):
        self.marker = uuid.uuid4().hex
        self.output = Path(folder) / f'{self.marker}.txt'
        self.domain_id = pick_domain() if domain_id is None else domain_id
        self.command = [
            str(SIMLINGO),
            'up',
            '--domain-id',
            str(self.domain_id),
            '--discovery',
            'localhost',
            *options,
            *arguments,
        ]
        with self.output.open('w') as stream:
            self.process = subprocess.Popen(
                self.command,
                stdout=stream,
                stderr=subprocess.STDOUT,
                stdin=subprocess.DEVNULL,
                env=os.environ | {MARKER: self.marker, 'PYTHONPATH': HERE} | (environment or {}),
                # As a shell does it: Ctrl-C reaches this group and nobody else's.
                process_group=0,
            )

    @property
    def text(self):
        return self.output.read_text()

    def wait_for(self, text, limit_s=LIMIT_S):
        """Wait until the output holds a text."""
        wait_until(lambda: text in self.text or self.process.poll() is not None, text, limit_s)
        assert text in self.text, f'{text!r} is not in:\n{self.text}'

    def wait(self, limit_s=LIMIT_S):
        """Return the exit code once it has ended, and check that nothing is left."""
        code = self.process.wait(limit_s)
        wait_until(lambda: not self.find_processes(), 'no process left', 5.0)
        return code

    def interrupt(self, number):
        """Send a signal to the whole foreground group, as a terminal does."""
        os.killpg(self.process.pid, number)

    def find_processes(self):
        """Return every process that this run started, whatever its parent is now."""
        found = []
        for process in psutil.process_iter():
            try:
                if process.environ().get(MARKER) == self.marker:
                    found.append(process)
            except psutil.Error:
                continue
        return found

    def find_node(self, module):
        """Return the process of a node."""
        (process,) = [p for p in self.find_processes() if module in p.cmdline()]
        return process

    def close(self):
        """End it by force; nothing may be left even so."""
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        wait_until(lambda: not self.find_processes(), 'no process left', 5.0)


def wait_until(holds, what, limit_s=LIMIT_S):
    """Wait until a condition holds."""
    deadline_s = time.monotonic() + limit_s
    while not holds():
        assert time.monotonic() < deadline_s, f'not within {limit_s} s: {what}'
        time.sleep(0.05)


def read_summary(path):
    """Return what the world wrote at its end."""
    return json.loads(Path(path).read_text())
