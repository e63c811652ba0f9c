# SPDX-License-Identifier: Apache-2.0
import fcntl
import os
import time

import pytest

from simlingo_bringup.shared_memory import remove_stale_segments


@pytest.fixture
def make(tmp_path):
    """Return a function that makes a segment with its lock file, an hour old."""

    def segment(name, age_s=3600.0):
        (tmp_path / name).write_bytes(b'data')
        lock = tmp_path / f'{name}_el'
        lock.touch()
        os.utime(lock, (time.time() - age_s,) * 2)
        return lock

    return segment


def test_only_segments_without_an_owner_go(tmp_path, make):
    make('fastdds_dead')
    make('fastdds_young', age_s=0.0)
    make('fastdds_port7400')
    make('other_dead')
    with make('fastdds_alive').open() as owner:
        fcntl.flock(owner, fcntl.LOCK_EX)

        assert remove_stale_segments(tmp_path) == 1
        assert not (tmp_path / 'fastdds_dead').exists()
        assert not (tmp_path / 'fastdds_dead_el').exists()
        for name in ('fastdds_alive', 'fastdds_young', 'fastdds_port7400', 'other_dead'):
            assert (tmp_path / name).exists()
            assert (tmp_path / f'{name}_el').exists()

    assert remove_stale_segments(tmp_path) == 1
    assert not (tmp_path / 'fastdds_alive').exists()


def test_a_machine_without_the_folder_is_no_error(tmp_path):
    assert remove_stale_segments(tmp_path / 'none') == 0
