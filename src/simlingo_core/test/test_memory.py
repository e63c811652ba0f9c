# SPDX-License-Identifier: Apache-2.0
import subprocess
import sys

SCRIPT = """
import resource, sys
from simlingo_core.memory import keep_large_blocks
if sys.argv[1] == 'keep':
    assert keep_large_blocks()
SIZE, COUNT, ROUNDS = 2 << 20, 20, 20
def use():
    return len([b'x' * SIZE for _ in range(COUNT)])
use(), use()
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
for _ in range(ROUNDS):
    use()
faults = resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before
print(faults * resource.getpagesize() / (SIZE * COUNT * ROUNDS))
"""


def share_of_fresh_pages(mode):
    """How much of each frame-sized block is new memory from the system."""
    command = [sys.executable, '-c', SCRIPT, mode]
    return float(subprocess.run(command, check=True, capture_output=True).stdout)


def test_large_blocks_are_reused():
    assert share_of_fresh_pages('keep') < 0.05
    assert share_of_fresh_pages('plain') > 0.1  # else there is no need for it any more
