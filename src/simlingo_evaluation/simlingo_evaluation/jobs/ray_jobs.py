# SPDX-License-Identifier: Apache-2.0
"""Jobs on a Ray cluster: so many in flight, those of dead workers again, none left at the end."""

from __future__ import annotations

import importlib
import logging
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, TypeVar

from simlingo_core.errors import BackendError
from simlingo_core.files import write_atomically
from simlingo_evaluation.jobs.node_side import Answer, NodeContext, do_job
from simlingo_evaluation.jobs.ray_cluster import RayCluster
from simlingo_evaluation.jobs.workers import Workers

Job = TypeVar('Job')
Result = TypeVar('Result')

MOST_BEGINNINGS = 4
"""How often a job is begun whose worker dies."""
LOOK_PERIOD_S = 5.0
"""Between two looks at which nodes there are."""
WAIT_WARNING_S = 60.0
CANCEL_GRACE_S = 5.0
QUEUED = 2
"""Jobs in flight beyond the processors, so that no processor waits for the next one."""

logger = logging.getLogger(__name__)


class RayJobs:
    """Does jobs on a cluster.

    Args:
        cluster: connected.
        workers: how many, and what each gets.
        output: folder of the results; None: the jobs write nothing.
        needs: what the jobs read.
        models: names of models that the jobs need.
        on_state: called with words for a progress bar; None: not called.
    """

    def __init__(
        self,
        cluster: RayCluster,
        workers: Workers,
        *,
        output: Path | None = None,
        needs: Sequence[Path] = (),
        models: Sequence[str] = (),
        on_state: Callable[[str], None] | None = None,
    ) -> None:
        self._cluster, self._ray, self._workers = cluster, cluster.ray, workers
        self._errors: Any = importlib.import_module('ray.exceptions')
        self._output, self._needs, self._models = output, needs, models
        self._on_state = on_state or (lambda words: None)
        self._leaves_files = False
        self._deaths = 0
        self._limit = 1
        self._looked_s = -LOOK_PERIOD_S
        self._heard_s = time.monotonic()

    def run(
        self, function: Callable[[Job], Result], jobs: Sequence[Job]
    ) -> Iterator[tuple[int, Result]]:
        """Yield the results as they come, each with the number of its job.

        Raises:
            BackendError: workers of one job keep dying, or the cluster is lost.
        """
        marker = self._output and self._output / f'.{self._cluster.key}'
        if marker is not None:
            marker.parent.mkdir(parents=True, exist_ok=True)
            marker.touch()
        open_jobs: dict[Any, int] = {}
        try:
            yield from self._run(function, jobs, open_jobs)
        except (ConnectionError, self._errors.RaySystemError) as error:
            raise BackendError(
                f'the Ray cluster is lost ({error}); what is done is kept, the same call goes on'
            ) from error
        finally:
            if marker is not None:
                marker.unlink(missing_ok=True)
            self._end(open_jobs)

    def _run(
        self, function: Callable[[Job], Result], jobs: Sequence[Job], open_jobs: dict[Any, int]
    ) -> Iterator[tuple[int, Result]]:
        start = self._starter(function)
        waiting = deque(range(len(jobs)))
        begun = [0] * len(jobs)
        while waiting or open_jobs:
            self._look(len(open_jobs))
            while waiting and len(open_jobs) < self._limit:
                number = waiting.popleft()
                begun[number] += 1
                open_jobs[start(jobs[number])] = number
            ready, _ = self._ray.wait(list(open_jobs), timeout=1.0)
            for ref in ready:
                number = open_jobs.pop(ref)
                self._heard_s = time.monotonic()
                answer = self._take(ref, number, begun[number])
                if answer is None:
                    waiting.appendleft(number)
                else:
                    yield number, answer.result

    def _starter(self, function: Callable[[Job], Result]) -> Callable[[Job], Any]:
        """Return what begins a job and returns its reference."""
        shipped = self._cluster.ship(self._models)
        self._leaves_files = bool(shipped)
        context = NodeContext(
            key=self._cluster.key,
            output=self._output and self._output.absolute(),
            marker=f'.{self._cluster.key}',
            needs=tuple(path.absolute() for path in self._needs),
            models=shipped,
        )
        context_ref = self._ray.put(context)
        # Deaths are counted here and not by Ray, so that they can be named.
        remote = self._ray.remote(num_cpus=1, num_gpus=self._workers.gpus, max_retries=0)(do_job)
        return lambda job: remote.remote(context_ref, function, job)

    def _take(self, ref: Any, number: int, begun: int) -> Answer | None:
        """Return the answer of a job; None: its worker or node has died."""
        errors = self._errors
        try:
            answer: Answer = self._ray.get(ref)
        except errors.RayTaskError as error:
            raise (error.cause or error) from None
        except errors.RuntimeEnvSetupError as error:
            raise BackendError(f'a node of the cluster cannot take our code: {error}') from error
        except (errors.WorkerCrashedError, errors.NodeDiedError, errors.ObjectLostError) as error:
            self._note_death(number, begun, _why_died(error))
            return None
        except errors.OutOfMemoryError:
            self._note_death(number, begun, 'its node had no memory left')
            return None
        for name, content in answer.files.items():
            self._leaves_files = True
            assert self._output is not None
            write_atomically(self._output / name, content)
        return answer

    def _note_death(self, number: int, begun: int, why: str) -> None:
        self._deaths += 1
        self._looked_s = -LOOK_PERIOD_S
        if begun >= MOST_BEGINNINGS:
            raise BackendError(
                f'workers keep dying: job {number} was begun {begun} times, the last time {why}; '
                'see whether its nodes have memory enough'
            )
        logger.warning('the worker of job %d died (%s); the job starts anew', number, why)

    def _look(self, in_flight: int) -> None:
        """See how many workers the cluster has now: nodes come and go."""
        now_s = time.monotonic()
        if now_s - self._looked_s < LOOK_PERIOD_S:
            return
        self._looked_s = now_s
        nodes, processors = len(self._cluster.nodes()), self._cluster.processors()
        count = self._workers.count
        self._limit = processors + QUEUED if count is None else count
        at_work = processors if count is None else min(count, processors)
        died = f', {self._deaths} died' if self._deaths else ''
        self._on_state(f'{at_work} workers on {nodes} nodes{died}')
        if in_flight and not processors and now_s - self._heard_s > WAIT_WARNING_S:
            self._heard_s = now_s
            logger.warning('the cluster has no processor for jobs; waiting for a node that has')

    def _end(self, open_jobs: dict[Any, int]) -> None:
        """Cancel what still runs, first gently, and remove files on the nodes."""
        if not self._ray.is_initialized():
            return
        refs = list(open_jobs)
        try:
            for ref in refs:
                self._ray.cancel(ref)
            if refs:
                _, late = self._ray.wait(refs, num_returns=len(refs), timeout=CANCEL_GRACE_S)
                for ref in late:
                    self._ray.cancel(ref, force=True)
            if self._leaves_files or (refs and self._output is not None):
                self._cluster.sweep()
        except (ConnectionError, self._errors.RayError) as error:
            logger.warning('the jobs could not be cancelled in order: %s', error)


def _why_died(error: Exception) -> str:
    return str(error).strip().splitlines()[0].rstrip('.') or type(error).__name__
