# SPDX-License-Identifier: Apache-2.0
"""A stack in front of nothing says which topics nobody publishes."""

import os
import subprocess
import sys
import threading

import pytest

from simlingo_perception.problems import Problem
from simlingo_perception.waiting import nobody_sends

TOPICS = {Problem.IMAGE_MISSING: '/image', Problem.EGO_MISSING: '/odometry'}


def test_only_missing_inputs_without_a_publisher_are_named():
    counts = {'/image': 0, '/odometry': 1}
    missing = ['image_missing', 'ego_missing']
    assert nobody_sends(missing, TOPICS, counts.get) == (
        '; nobody publishes /image (see docs/how-to/carla.md)'
    )
    assert nobody_sends(['ego_missing'], TOPICS, counts.get) == ''
    assert nobody_sends([], TOPICS, counts.get) == ''


@pytest.mark.ros
def test_node_in_front_of_nothing_names_the_topics():
    words = [sys.executable, '-m', 'simlingo_perception', '--ros-args', '-p', 'role_name:=hero']
    process = subprocess.Popen(
        words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=os.environ
    )
    watchdog = threading.Timer(60.0, process.kill)
    watchdog.start()
    seen = []
    try:
        for line in process.stdout:
            seen.append(line)
            if 'nobody publishes' in line:
                break
    finally:
        watchdog.cancel()
        process.kill()
        process.wait()
        process.stdout.close()
    text = ''.join(seen)
    for topic in ('rgb_front/image', 'odometry', 'global_plan'):
        assert f'/carla/hero/{topic}' in text, text
