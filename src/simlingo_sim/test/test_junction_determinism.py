# SPDX-License-Identifier: Apache-2.0
"""The same seed gives the same states and commands in two processes, at junctions as well."""

import os
import subprocess
import sys

STAGED = {
    'test:28': 'NonSignalizedJunctionLeftTurnEnterFlow',
    'test:22': 'CrossingBicycleFlow',
    'train2:3': 'LaneChange',
}
TICKS = 80
SCRIPT = """
import hashlib, sys
from simlingo_sim.expert.driver import Expert
from simlingo_sim.world import SimWorld, state_digest
ticks, seed, *staged = sys.argv[1:]
with SimWorld() as world:
    for route, name in zip(staged[::2], staged[1::2], strict=True):
        digest = hashlib.sha256()
        frame = world.reset(route, situation=name, seed=int(seed), with_image=False)
        expert = Expert(world)
        expert.reset()
        for _ in range(int(ticks)):
            command = expert.drive(frame)
            frame = world.step(command, with_image=False)
            digest.update(state_digest(world.state).encode())
            digest.update(repr((command, world.situations[0].actor_ids)).encode())
        print(name, len(world.situations[0].ways), digest.hexdigest())
"""


def lines_of_new_process(seed, hash_seed):
    """Drive all of them in another process; return a line with the fingerprint of each."""
    environment = {**os.environ, 'PYTHONHASHSEED': hash_seed}
    places = [text for pair in STAGED.items() for text in pair]
    command = [sys.executable, '-c', SCRIPT, str(TICKS), str(seed), *places]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    return done.stdout.splitlines()


def test_same_seed_same_scenarios_in_any_process():
    first = lines_of_new_process(1, '1')
    assert [line.split()[0] for line in first] == list(STAGED.values())
    assert all(int(line.split()[1]) >= 3 for line in first), 'the streams are there'
    assert len({line.split()[2] for line in first}) == len(STAGED)
    assert lines_of_new_process(1, '2') == first
