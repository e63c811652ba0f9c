# SPDX-License-Identifier: Apache-2.0
"""Who only watches the drive leaves the processor to those who drive."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from simlingo_ros.spin import WATCHER_NICENESS

pytestmark = pytest.mark.ros
PROBE = Path(__file__).with_name('niceness_probe.py')


@pytest.mark.parametrize(('arguments', 'added'), [([], 0), (['watcher'], WATCHER_NICENESS)])
def test_only_watchers_give_way(arguments, added):
    done = subprocess.run(
        [sys.executable, PROBE, *arguments], capture_output=True, text=True, timeout=60
    )
    expected = min(19, os.nice(0) + added)
    assert f'niceness {expected}' in done.stdout, done.stderr
