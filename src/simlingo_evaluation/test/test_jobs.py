# SPDX-License-Identifier: Apache-2.0
"""Jobs over processes of this machine, and processes that die; a cluster is in test_cluster.py."""

import os
import signal

import pytest

from simlingo_core.errors import BackendError, ConfigError
from simlingo_evaluation.jobs.mapping import map_jobs


def double(number):
    return 2 * number


def die_at_first(job):
    marker, number = job
    if number == 3 and not marker.exists():
        marker.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return 2 * number


def die_always(number):
    os.kill(os.getpid(), signal.SIGKILL)


def refuse(number):
    raise ConfigError(f'no {number}')


@pytest.mark.parametrize('workers', [1, 2])
def test_every_job_gives_its_result_once(workers):
    assert sorted(map_jobs(double, range(7), workers)) == list(range(0, 14, 2))


def test_jobs_that_are_not_done_start_anew_when_a_process_dies(tmp_path, caplog):
    jobs = [(tmp_path / 'died', number) for number in range(8)]
    assert sorted(map_jobs(die_at_first, jobs, 2)) == list(range(0, 16, 2))
    assert 'a worker process died' in caplog.text


def test_processes_that_keep_dying_are_an_error():
    with pytest.raises(BackendError, match='keep dying, 4 jobs are left'):
        list(map_jobs(die_always, range(4), 2))


@pytest.mark.parametrize('workers', [1, 2])
def test_errors_of_a_job_come_through(workers):
    with pytest.raises(ConfigError, match='no 5'):
        list(map_jobs(refuse, [5], workers))
