# SPDX-License-Identifier: Apache-2.0
"""The two threads that use a policy: one plans, the other one speaks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from simlingo_core.errors import SimlingoError
from simlingo_core.protocols import LanguagePolicy, Policy
from simlingo_core.types import Commentary, Observation
from simlingo_model.language_loop import LanguageCallbacks, LanguageLoop, Question
from simlingo_planner.config import PlannerNodeConfig
from simlingo_planner.plan_worker import PlanWorker
from simlingo_planner.planning import Job, Outcome


@dataclass(frozen=True, kw_only=True)
class PolicyCallbacks:
    """Where results go; called by ``call_later``.

    Attributes:
        call_later: has the owner's thread make a call.
        on_outcome: of a job, or an error that must end the process.
        on_commentary: each time a commentary grows, and once when it is complete.
        on_answer: id of the question and the text so far.
        on_language_error: id of the question (empty for commentary) and what went wrong.
    """

    call_later: Callable[[Callable[[], None]], None]
    on_outcome: Callable[[Outcome | Exception], None]
    on_commentary: Callable[[Commentary], None]
    on_answer: Callable[[str, Commentary], None]
    on_language_error: Callable[[str, SimlingoError], None]


class PolicyThreads:
    """Starts and ends the threads; hands their results to the owner's thread.

    Attributes:
        ask: takes a question; None: the policy does not speak.
    """

    def __init__(
        self, policy: Policy, config: PlannerNodeConfig, callbacks: PolicyCallbacks
    ) -> None:
        self._policy = policy
        later = self._call_later = callbacks.call_later
        self._worker = PlanWorker(
            policy,
            lambda outcome: later(partial(callbacks.on_outcome, outcome)),
            keeps_all=config.lockstep,
        )
        self._language: LanguageLoop | None = None
        self._comments = config.speaks
        if isinstance(policy, LanguagePolicy):
            self._language = LanguageLoop(
                policy,
                LanguageCallbacks(
                    on_commentary=lambda text: later(partial(callbacks.on_commentary, text)),
                    on_answer=lambda key, text: later(partial(callbacks.on_answer, key, text)),
                    on_error=lambda key, error: later(
                        partial(callbacks.on_language_error, key, error)
                    ),
                ),
                comments=config.speaks,
            )
        self.ask: Callable[[Question], None] | None = None
        if self._language is not None:
            self.ask = self._language.ask

    def start(self) -> None:
        """Begin to plan and to speak."""
        self._worker.start()
        if self._language is not None:
            self._language.start()

    def plan(self, job: Job) -> None:
        """Hand over a job; never waits."""
        self._worker.submit(job)

    def consider(self, job: Job, on_outcome: Callable[[Outcome | Exception], None]) -> None:
        """Hand over a job whose plan is not driven; never waits."""
        later = self._call_later
        self._worker.consider(job, lambda outcome: later(partial(on_outcome, outcome)))

    def comment(self, observation: Observation) -> None:
        """Have the newest frame commented on, if the policy speaks; never waits."""
        if self._language is not None and self._comments:
            self._language.offer(observation)

    def close(self) -> None:
        """End both threads; no plan is made any more."""
        self._worker.close()
        self._policy.reset()  # ends running language within one token
        if self._language is not None:
            self._language.close()
