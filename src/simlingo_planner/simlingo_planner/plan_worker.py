# SPDX-License-Identifier: Apache-2.0
"""The action loop: one thread that plans, so that nobody else has to wait for a plan."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from dataclasses import replace

from simlingo_core.protocols import Policy
from simlingo_planner.planning import Job, Outcome, run_job


class PlanWorker:
    """Plans in a thread of its own.

    Args:
        policy: used by this thread, and for language by others.
        on_outcome: called in the thread for every job that was done, with its outcome, or with an
            error that is no ``SimlingoError``: the process must end.
        keeps_all: False: a newer job replaces one that waits; True: all are done, in order.
    """

    def __init__(
        self,
        policy: Policy,
        on_outcome: Callable[[Outcome | Exception], None],
        *,
        keeps_all: bool = False,
    ) -> None:
        self._policy = policy
        self._on_outcome = on_outcome
        self._condition = threading.Condition()
        self._jobs: deque[Job] = deque(maxlen=None if keeps_all else 1)
        self._ideas: deque[tuple[Job, Callable[[Outcome | Exception], None]]] = deque()
        self._is_closed = False
        self._thread = threading.Thread(target=self._run, name='planning', daemon=True)

    def start(self) -> None:
        """Begin to plan."""
        self._thread.start()

    def submit(self, job: Job) -> None:
        """Hand over a job; never waits."""
        with self._condition:
            # A job that is replaced may have been the first of its episode.
            lost = self._jobs[0] if self._jobs and len(self._jobs) == self._jobs.maxlen else None
            is_first = job.is_new_episode or (lost is not None and lost.is_new_episode)
            self._jobs.append(replace(job, is_new_episode=is_first))
            self._condition.notify()

    def consider(self, job: Job, on_outcome: Callable[[Outcome | Exception], None]) -> None:
        """Hand over a job whose plan is not driven; it is done when no other job waits.

        Args:
            job: to do.
            on_outcome: called in the thread.
        """
        with self._condition:
            self._ideas.append((job, on_outcome))
            self._condition.notify()

    def close(self) -> None:
        """Drop what waits; wait for the plan being made."""
        with self._condition:
            self._is_closed = True
            self._jobs.clear()
            self._ideas.clear()
            self._condition.notify()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        while (task := self._next()) is not None:
            job, on_outcome = task
            outcome = self._do(job)
            if not self._is_closed:
                on_outcome(outcome)

    def _next(self) -> tuple[Job, Callable[[Outcome | Exception], None]] | None:
        with self._condition:
            self._condition.wait_for(lambda: self._jobs or self._ideas or self._is_closed)
            if self._is_closed:
                return None
            return (
                (self._jobs.popleft(), self._on_outcome) if self._jobs else self._ideas.popleft()
            )

    def _do(self, job: Job) -> Outcome | Exception:
        try:
            return run_job(self._policy, job)
        except Exception as error:  # carried to the main thread, which ends the process with it
            return error
