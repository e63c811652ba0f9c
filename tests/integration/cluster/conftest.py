# SPDX-License-Identifier: Apache-2.0
"""Ray clusters of two nodes on this machine, the second of which may see less of the disk."""

import contextlib
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))
ROOT = HERE.parents[2]
RAY = Path(sys.executable).with_name('ray')
# A node takes half a minute to start where many others compute.
LIMIT_S = 200.0
# Of a node that lacks our code: nothing lies in these folders there.
CODE = ('src', 'training')
HIDE = 'for folder in $HIDDEN; do mount -t tmpfs none "$folder"; done; exec "$@"'


class Node:
    """One ``ray start --block``: when it is killed, everything of its node is gone."""

    def __init__(self, words, log, hidden=()):
        self.log = log
        command = [str(RAY), 'start', *words, '--block', '--disable-usage-stats']
        if hidden:
            root = () if os.geteuid() == 0 else ('--map-root-user',)
            command = ['unshare', *root, '--mount', 'sh', '-c', HIDE, 'sh', *command]
        with log.open('w') as stream:
            self.process = subprocess.Popen(
                command,
                stdout=stream,
                stderr=subprocess.STDOUT,
                # The functions of the tests are known on every node, as a user's package would be.
                env=os.environ
                | {'PYTHONPATH': str(HERE), 'HIDDEN': ' '.join(map(str, hidden))}
                | {'PYTHONDONTWRITEBYTECODE': '1', 'RAY_DISABLE_IMPORT_WARNING': '1'},
                start_new_session=True,
            )

    def wait_for(self, pattern):
        """Wait until its log holds a pattern; return the match."""
        end_s = time.monotonic() + LIMIT_S
        while (found := re.search(pattern, self.log.read_text())) is None:
            assert self.process.poll() is None, self.log.read_text()
            assert time.monotonic() < end_s, self.log.read_text()
            time.sleep(0.1)
        return found

    def kill(self):
        """End it as a power failure would."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


class Cluster:
    """Two nodes with one processor each.

    Attributes:
        address: for programs on this machine (``--cluster auto``).
        client: for programs elsewhere (``--cluster ray://...``).
    """

    def __init__(self, logs):
        # Short: it holds sockets, whose paths may have 107 characters.
        self.folder = Path(tempfile.mkdtemp(prefix='ray', dir='/tmp'))
        self._logs = logs
        self.nodes = []
        port, client = free_port(), free_port()
        self.address, self.client = f'127.0.0.1:{port}', f'ray://127.0.0.1:{client}'
        self.add_node(
            '--head',
            f'--port={port}',
            f'--ray-client-server-port={client}',
            '--include-dashboard=false',
            f'--temp-dir={self.folder}',
        )

    def add_node(self, *words, hidden=(), processors=1):
        """Start a node and wait until it belongs to the cluster."""
        place = words or (f'--address={self.address}',)
        node = Node(
            (
                *place,
                f'--num-cpus={processors}',
                '--object-store-memory=80000000',
                '--min-worker-port=0',
                '--max-worker-port=0',
            ),
            self._logs / f'node_{len(self.nodes)}.txt',
            hidden,
        )
        self.nodes.append(node)
        node.wait_for('block forever')
        return node

    def close(self):
        """End all nodes."""
        for node in reversed(self.nodes):
            node.kill()
        shutil.rmtree(self.folder, ignore_errors=True)


def free_port():
    """Return a port that nobody listens at."""
    with socket.socket() as chosen:
        chosen.bind(('127.0.0.1', 0))
        return chosen.getsockname()[1]


@pytest.fixture(scope='module')
def hidden_folder(tmp_path_factory):
    """Return a folder that the second node does not see."""
    return tmp_path_factory.mktemp('hidden')


@pytest.fixture(scope='module')
def cluster(tmp_path_factory, hidden_folder):
    """Two nodes; the second one lacks our code and does not see one folder."""
    made = Cluster(tmp_path_factory.mktemp('logs'))
    made.add_node(hidden=[*(ROOT / name for name in CODE), hidden_folder])
    yield made
    made.close()


@pytest.fixture(autouse=True)
def address(cluster, monkeypatch):
    """``auto`` means the cluster of the tests."""
    monkeypatch.setenv('RAY_ADDRESS', cluster.address)
