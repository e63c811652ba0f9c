# SPDX-License-Identifier: Apache-2.0
"""From observation to plan under the active instruction; the same in-process and over ROS.

``accept`` makes a job of an observation, ``run_job`` (in any thread) does it, ``finish`` takes
note of the outcome.  One thread calls ``accept``, ``finish`` and the arbiter.
"""

from __future__ import annotations

from functools import partial

from simlingo_core.consistency import Mismatch
from simlingo_core.protocols import Policy, capabilities_of, check_instruction
from simlingo_core.status import InstructionStatus
from simlingo_core.types import Commentary, Observation
from simlingo_core.understanding import kind_of
from simlingo_planner.arbiter import InstructionArbiter
from simlingo_planner.arbiter_memory import ArbiterLimits
from simlingo_planner.config import PlannerNodeConfig
from simlingo_planner.planning import (
    EMERGENCY_STOP,
    Job,
    Outcome,
    overridden,
    run_job,
)
from simlingo_planner.says_and_does import WordsCheck, WordsConfig, WordsMonitor


class PlannerCore:
    """A policy with the arbiter of its instructions.

    Args:
        policy: makes the plans.
        config: how long an instruction lasts, and in which words it is given.

    Attributes:
        arbiter: takes instructions and cancels.
        words: compares commentary and replies with plans and drive.
    """

    def __init__(self, policy: Policy, config: PlannerNodeConfig | None = None) -> None:
        config = config or PlannerNodeConfig()
        self._policy = policy
        self._last_t_s: float | None = None
        self.words = WordsMonitor(WordsConfig(doubt_after=config.doubt_after))
        self.arbiter = InstructionArbiter(
            ArbiterLimits(
                duration_s=config.instruction_duration_s,
                most_recent=config.instructions_per_10_s,
                highest_mps=config.speed_limit_mps * (1.0 + config.speed_limit_margin),
            ),
            capabilities=capabilities_of(policy),
            check=partial(check_instruction, policy),
            gives_words_as_typed=config.gives_words_as_typed,
        )

    def accept(self, observation: Observation) -> tuple[Job, list[InstructionStatus]]:
        """Return the plan to make, and what became of instructions.

        An observation that is older than the one before begins a new episode.
        """
        last_t_s, self._last_t_s = self._last_t_s, observation.t_s
        is_new_episode = last_t_s is not None and observation.t_s < last_t_s
        if is_new_episode:
            self.words.reset()
        statuses = self.arbiter.begin_new_episode(observation.t_s) if is_new_episode else []
        statuses += self.arbiter.observe(observation)
        if (command := self.arbiter.command) is not None:
            observation = overridden(observation, command)
        job = Job(
            observation=observation,
            instruction=self.arbiter.prompted,
            max_speed_mps=self.arbiter.max_speed_mps,
            stop_reason=EMERGENCY_STOP if self.arbiter.is_emergency else '',
            is_new_episode=is_new_episode,
            is_doubted=self.words.is_doubted,
        )
        return job, statuses

    def finish(self, outcome: Outcome) -> list[InstructionStatus]:
        """Take note of what came of a job; return what became of instructions."""
        job, reply = outcome.job, outcome.reply
        t_s = job.observation.t_s
        if outcome.error is None:
            asked = kind_of(job.instruction.text) if reply and job.instruction else None
            speed_mps = job.observation.speed_mps
            self.words.note_plan(outcome.plan, speed_mps, reply=reply, manoeuvre=asked)
        return self.arbiter.note_plan(outcome.plan, t_s, outcome.reply)

    def note_commentary(
        self, commentary: Commentary, claims: frozenset[Mismatch] = frozenset()
    ) -> WordsCheck | None:
        """Compare a commentary with the plan of its frame (see ``WordsMonitor``)."""
        return self.words.note_commentary(commentary, claims)

    def plan(self, observation: Observation) -> tuple[Outcome, list[InstructionStatus]]:
        """Do all three steps at once, for a caller that waits."""
        job, statuses = self.accept(observation)
        outcome = run_job(self._policy, job)
        return outcome, [*statuses, *self.finish(outcome)]
