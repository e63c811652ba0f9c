# SPDX-License-Identifier: Apache-2.0
"""Policies for a recording: those that can plan from an image, and the plans that are in it."""

from __future__ import annotations

from collections.abc import Mapping

from simlingo_core.errors import ConfigError, ContractError
from simlingo_core.protocols import Policy
from simlingo_core.types import DrivingPlan, Instruction, Observation
from simlingo_evaluation.policies import make_policy
from simlingo_evaluation.replay.drive_log import stamp_key

RECORDED = 'recorded'
# They read the state of the simulator, which no recording holds.
PRIVILEGED = ('expert', 'expert_policy', 'route_follower')


class RecordedPolicy:
    """Gives the plans that are in the recording, so that they are scored like any other."""

    def __init__(self, plans: Mapping[int, DrivingPlan]) -> None:
        self._plans = plans

    @property
    def name(self) -> str:
        """Short name."""
        return RECORDED

    def reset(self) -> None:
        """Do nothing: there is no memory."""

    def plan(
        self, observation: Observation, instruction: Instruction | None = None
    ) -> DrivingPlan:
        """Return the plan of that image.

        Raises:
            ContractError: the recording has none.
        """
        plan = self._plans.get(stamp_key(observation.t_s))
        if plan is None:
            raise ContractError(f'the recording has no plan of {observation.t_s:.3f} s')
        return plan


def policy_for_replay(name: str, *, comments: bool = False) -> Policy:
    """Return a policy that plans from images.

    Raises:
        ConfigError: there is none of that name, or it reads the state of the simulator.
    """
    if name in PRIVILEGED:
        raise ConfigError(
            f'{name} reads the state of the simulator, which no recording holds; to score the '
            'plans that were made during the recording: --policy recorded'
        )
    return make_policy(name, comments=comments)
