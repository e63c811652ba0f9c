# SPDX-License-Identifier: Apache-2.0
"""Jobs over processes of this machine, of which one that dies does not end the others."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

import joblib
from joblib.externals.loky.process_executor import TerminatedWorkerError

from simlingo_core.errors import BackendError

logger = logging.getLogger(__name__)

Job = TypeVar('Job')
Result = TypeVar('Result')


def map_over_processes(
    function: Callable[[Job], Result], jobs: Sequence[Job], workers: int
) -> Iterator[tuple[int, Result]]:
    """Yield the results as they come, each with the number of its job.

    A graphics driver or a simulator can take its process down.  The jobs that are not done then
    start anew, in new processes.

    Args:
        function: of one job; can be pickled.
        jobs: independent of each other; one that is begun twice must do no harm.
        workers: processes; 1: this one.

    Raises:
        BackendError: processes died twice without a single result in between.
    """
    if workers == 1:
        yield from enumerate(map(function, jobs))
        return
    open_jobs = dict(enumerate(jobs))
    has_progress = True
    while open_jobs:
        try:
            for number, result in _run(function, open_jobs, workers):
                del open_jobs[number]
                has_progress = True
                yield number, result
        except TerminatedWorkerError as error:
            if not has_progress:
                raise BackendError(
                    f'worker processes keep dying, {len(open_jobs)} jobs are left ({error}); '
                    'try fewer workers, and see whether there is memory enough'
                ) from error
            has_progress = False
            logger.warning(
                'a worker process died; %d jobs that are not done start anew: %s',
                len(open_jobs),
                error,
            )


def _run(
    function: Callable[[Job], Result], jobs: dict[int, Job], workers: int
) -> Iterator[tuple[int, Result]]:
    # One thread of OpenMP and its kind in each process, set before they start; the processes share
    # the cores.
    with joblib.parallel_config(backend='loky', inner_max_num_threads=1):
        parallel = joblib.Parallel(
            n_jobs=workers, return_as='generator_unordered', batch_size=1, pre_dispatch='n_jobs'
        )
        calls = (joblib.delayed(_numbered)(function, *item) for item in list(jobs.items()))
        yield from parallel(calls)


def _numbered(function: Callable[[Job], Result], number: int, job: Job) -> tuple[int, Result]:
    # Read by Mesa when the first image is drawn.
    os.environ.setdefault('LP_NUM_THREADS', '1')
    return number, function(job)
