# SPDX-License-Identifier: Apache-2.0
"""Gives jobs to workers, wherever these are."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TypeVar

from simlingo_evaluation.jobs.processes import map_over_processes
from simlingo_evaluation.jobs.workers import Workers

Job = TypeVar('Job')
Result = TypeVar('Result')


def map_jobs(
    function: Callable[[Job], Result],
    jobs: Sequence[Job],
    workers: Workers | int,
    *,
    output: Path | None = None,
    needs: Sequence[Path] = (),
    models: Sequence[str] = (),
    on_state: Callable[[str], None] | None = None,
) -> Iterator[Result]:
    """Yield the results as they come.

    A graphics driver or a simulator can take its process down, and a node of a cluster its
    processes.  Jobs that were not done then start anew.

    Args:
        function: of one job, on the top level of a module of ours.
        jobs: independent of each other; one that is begun twice must do no harm.
        workers: who does them, or how many processes of this machine; 1: this process.
        output: folder that the function writes to; a job then has a method ``in_folder(folder)``.
            From nodes that do not see this folder the files are brought here.
        needs: what the function reads; all nodes must see it.
        models: names of models that the jobs need; folders are sent to nodes that lack them.
        on_state: called with words for a progress bar, such as ``8 workers on 2 nodes``.

    Raises:
        ConfigError: the workers are on a cluster and Ray is not installed.
        BackendError: there is no such cluster, it is lost, or workers keep dying without a result.
    """
    return (
        result
        for _, result in map_numbered(
            function,
            jobs,
            workers,
            output=output,
            needs=needs,
            models=models,
            on_state=on_state,
        )
    )


def map_numbered(
    function: Callable[[Job], Result],
    jobs: Sequence[Job],
    workers: Workers | int,
    *,
    output: Path | None = None,
    needs: Sequence[Path] = (),
    models: Sequence[str] = (),
    on_state: Callable[[str], None] | None = None,
) -> Iterator[tuple[int, Result]]:
    """Yield the results as they come, each with the number of its job; see ``map_jobs``."""
    chosen = Workers(count=workers) if isinstance(workers, int) else workers
    if chosen.is_local or not jobs:
        count = chosen.count or 1
        if on_state is not None:
            on_state(f'{count} processes' if count > 1 else 'one process')
        yield from map_over_processes(function, jobs, count)
        return
    # Not at the top: local processes need no Ray.
    from simlingo_evaluation.jobs.ray_cluster import RayCluster
    from simlingo_evaluation.jobs.ray_jobs import RayJobs

    with RayCluster(chosen.cluster) as cluster:
        yield from RayJobs(
            cluster, chosen, output=output, needs=needs, models=models, on_state=on_state
        ).run(function, jobs)
