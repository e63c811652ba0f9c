# SPDX-License-Identifier: Apache-2.0
"""Forty drives on two nodes: the records of local processes, also when a node is killed."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from test_cluster_jobs import records, run

pytestmark = [pytest.mark.slow, pytest.mark.timeout(7200)]
SEEDS = 40
SIMLINGO = str(Path(sys.executable).with_name('simlingo'))


def call(out, seeds=SEEDS):
    return [
        *(SIMLINGO, 'eval', '--policy', 'straight', '--route', '1', '--no-strips'),
        *('--seeds', f'0-{seeds - 1}', '--out', str(out)),
    ]


def test_forty_drives_on_a_cluster_that_loses_a_node(cluster, hidden_folder, tmp_path):
    here, there, plain = tmp_path / 'here', hidden_folder / 'there', tmp_path / 'plain'
    begin_s = time.monotonic()
    run(*call(here), '--workers', '2')
    local_s = time.monotonic() - begin_s

    begin_s = time.monotonic()
    run(*call(plain), '--cluster', 'auto')
    cluster_s = time.monotonic() - begin_s
    # Printed and not asserted: it depends on what else the machine does.
    print(f'{SEEDS} drives: two processes {local_s:.0f} s, two nodes {cluster_s:.0f} s')
    assert records(plain) == records(here)

    extra = cluster.add_node()
    process = subprocess.Popen(
        [*call(there), '--cluster', 'auto'],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=os.environ.copy(),
    )
    while len(list((there / 'episodes').glob('*.json'))) < SEEDS // 4:
        assert process.poll() is None, process.communicate()
        time.sleep(0.2)
    extra.kill()
    output, _ = process.communicate()
    assert process.returncode == 0, output
    assert output.count('the job starts anew') <= 1
    assert records(there) == records(here)

    times = {path: path.stat().st_mtime_ns for path in (there / 'episodes').iterdir()}
    run(*call(there), '--cluster', 'auto')
    assert {path: path.stat().st_mtime_ns for path in (there / 'episodes').iterdir()} == times
