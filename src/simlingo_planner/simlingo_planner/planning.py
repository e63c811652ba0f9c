# SPDX-License-Identifier: Apache-2.0
"""One plan from one observation: what is asked of the policy and what comes of it."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Protocol, runtime_checkable

from simlingo_core.baselines import stop_plan
from simlingo_core.errors import SimlingoError
from simlingo_core.protocols import Policy
from simlingo_core.types import DrivingPlan, Instruction, Observation, RoadOption
from simlingo_planner.says_and_does import DOUBTED_CONFIDENCE
from simlingo_planner.turn_progress import CROSSING

OFF_ROUTE = 'off_route'
PLAN_FAILED = 'plan_failed'
EMERGENCY_STOP = 'emergency_stop'


@runtime_checkable
class ReplyingPolicy(Protocol):
    """A policy that may reply to an instruction before its plan."""

    def reply(self, observation: Observation) -> str | None:
        """Return the reply that came before the plan of this frame, if there was one."""
        ...


@dataclass(frozen=True, kw_only=True)
class Job:
    """One plan to make.

    Attributes:
        observation: to plan from.
        instruction: to give to the policy, in the wording it is to read; None: none.
        max_speed_mps: cap of the plan; inf: none.
        is_new_episode: the policy must forget everything first.
        stop_reason: the car must stop, and the policy is not asked; empty: it is asked.
        is_doubted: what the model says goes on contradicting its plans.
    """

    observation: Observation
    instruction: Instruction | None = None
    max_speed_mps: float = math.inf
    is_new_episode: bool = False
    stop_reason: str = ''
    is_doubted: bool = False


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What came of a job.

    Attributes:
        job: that was done.
        plan: of the policy; where it failed, or the car is off its route, the plan to stop.
        error: why the policy made no plan; None: it did, or was not asked.
        reply: of the policy to the instruction.
    """

    job: Job
    plan: DrivingPlan
    error: SimlingoError | None = None
    reply: str = ''

    @property
    def values(self) -> dict[str, str]:
        """The numbers of the plan, for diagnostics."""
        plan = self.plan
        return {
            'policy': plan.policy,
            'inference_time_s': f'{plan.inference_time_s:.4f}',
            'target_speed_mps': f'{plan.target_speed_mps:.2f}',
            'max_speed_mps': f'{plan.max_speed_mps:.2f}',
            'instruction_id': plan.instruction_id,
        }


def overridden(observation: Observation, command: RoadOption) -> Observation:
    """Return an observation with another command for the next junction, if one is ahead."""
    if observation.command in CROSSING:
        return replace(observation, command=command)
    if observation.next_command in CROSSING:
        return replace(observation, next_command=command)
    return observation


def run_job(policy: Policy, job: Job) -> Outcome:
    """Have the policy make a plan; one that fails yields the plan to stop."""
    observation = job.observation
    try:
        if job.is_new_episode:
            policy.reset()
        if job.stop_reason:
            return Outcome(job=job, plan=stop_plan(observation, policy.name, job.stop_reason))
        if observation.is_off_route:
            return Outcome(job=job, plan=stop_plan(observation, policy.name, OFF_ROUTE))
        plan = policy.plan(observation, job.instruction)
        reply = ''
        if job.instruction is not None and isinstance(policy, ReplyingPolicy):
            reply = policy.reply(observation) or ''
    except SimlingoError as error:
        plan = stop_plan(observation, policy.name, PLAN_FAILED)
        return Outcome(job=job, plan=plan, error=error)
    if job.is_doubted:
        plan = replace(plan, confidence=DOUBTED_CONFIDENCE)
    if math.isfinite(job.max_speed_mps):
        plan = replace(plan, max_speed_mps=min(plan.max_speed_mps, job.max_speed_mps))
    return Outcome(job=job, plan=plan, reply=reply)
