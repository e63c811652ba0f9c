# SPDX-License-Identifier: Apache-2.0
"""Half an hour in real time, and what a long run meets: a network that goes, a disk that is full.

Nothing here depends on the speed of the machine: plans may be late, but nothing may grow.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from stack_run import pick_domain, wait_until

pytestmark = [pytest.mark.ros, pytest.mark.slow]
SIMLINGO = Path(sys.executable).with_name('simlingo')
MINUTES = 30
NETWORK = 'simlingo-soak'


@pytest.mark.timeout(60 * (MINUTES + 30))
def test_half_an_hour_leaves_memory_threads_and_handles_flat(tmp_path):
    out = tmp_path / 'soak'
    done = subprocess.run(
        [
            *(SIMLINGO, 'soak', '--minutes', str(MINUTES), '--out', out, '--sample-s', '15'),
            # Others may use the machine: how long plans take is not judged.
            *('--latency-limit', '0', '--domain-id', str(pick_domain())),
        ],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    summary = json.loads((out / 'summary.json').read_text())
    assert summary['plans'] > 0
    assert summary['log lines lost'] == 0
    names = {curve['name'] for curve in summary['curves']}
    nodes = ('simlingo_sim', 'simlingo_planner', 'simlingo_perception', 'simlingo_control')
    assert names >= {f'{node}: memory' for node in nodes}
    # Three complete files of 20 MB and the one that is being written, with room for a message.
    assert summary['largest log and recording [MB]'][1] < 4 * 21.0


@pytest.fixture
def network():
    """A network namespace: its loopback can be taken away from the stack alone."""
    assert os.geteuid() == 0, 'only root makes network namespaces: run the test as root'
    subprocess.run(['ip', 'netns', 'add', NETWORK], check=True)
    switch('up')
    yield
    subprocess.run(['ip', 'netns', 'delete', NETWORK], check=True)


def switch(state):
    subprocess.run(['ip', '-n', NETWORK, 'link', 'set', 'lo', state], check=True)


@pytest.mark.timeout(1200)
def test_a_network_that_goes_stops_the_car_and_it_drives_on_when_it_is_back(network, tmp_path):
    """With the UDP profile of containers, so that no message goes by shared memory."""
    root = Path(__file__).resolve().parents[2]
    output = tmp_path / 'output.txt'
    command = ['ip', 'netns', 'exec', NETWORK, str(SIMLINGO), 'up', 'policy:=route']
    with output.open('w') as stream:
        process = subprocess.Popen(
            [*command, 'vehicles:=0', 'pedestrians:=0', 'route:=test:0', 'display:=false'],
            stdout=stream,
            stderr=subprocess.STDOUT,
            env=os.environ
            | {'FASTDDS_DEFAULT_PROFILES_FILE': str(root / 'docker' / 'fastdds_udp.xml')},
        )
    try:
        wait_until(lambda: count(output, 'follows the plan') >= 1, 'driving', 400.0)
        before = count(output, 'follows the plan')
        switch('down')
        wait_until(lambda: count(output, 'the car brakes') >= 1, 'braking', 200.0)
        switch('up')
        wait_until(lambda: count(output, 'follows the plan') > before, 'driving again', 400.0)
        assert process.poll() is None
    finally:
        process.terminate()
        process.wait(120)


def count(path, words):
    return path.read_text().count(words)
