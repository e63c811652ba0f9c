# SPDX-License-Identifier: Apache-2.0
"""Which prompt the policy gives the network for an observation."""

from __future__ import annotations

from dataclasses import dataclass

from simlingo_core.capabilities import PolicyCapabilities
from simlingo_core.types import Instruction, Observation, SafetyMode
from simlingo_model import prompts
from simlingo_model.policy_config import Order, PolicyConfig
from simlingo_model.prompts import Piece, Prompt


@dataclass(frozen=True)
class ActionPrompt:
    """What precedes the action queries.

    Attributes:
        prompt: what the network is asked.
        answer: the answer to put before the queries; None: the network has to generate it.
    """

    prompt: Prompt
    answer: str | None


class PolicyPrompts:
    """Makes prompts from observations.

    Args:
        config: order of text and action, kind of navigation.
        capabilities: what the network was trained in.
    """

    def __init__(self, config: PolicyConfig, capabilities: PolicyCapabilities) -> None:
        self._config = config
        self._capabilities = capabilities

    def action(self, observation: Observation, instruction: Instruction | None) -> ActionPrompt:
        """Return the prompt of a plan.

        A network that was not trained to refuse gets the instruction prefix in every safety mode:
        a prefix from outside its training data would make it less reliable, not safer.
        """
        is_exact = self._config.order is Order.EXACT
        if instruction is None:
            if is_exact:
                return ActionPrompt(self.commentary(observation), None)
            prompt = prompts.driving_prompt(observation.speed_mps, self._navigation(observation))
            return ActionPrompt(prompt, prompts.WAYPOINTS_ANSWER)
        mode = instruction.safety_mode if self._capabilities.refuses else SafetyMode.FOLLOW
        prompt = prompts.instruction_prompt(
            observation.speed_mps, self._navigation(observation), instruction.text, mode
        )
        must_generate = is_exact or mode is SafetyMode.REFUSE_UNSAFE
        return ActionPrompt(prompt, None if must_generate else prompts.FOLLOWING_ANSWER)

    def commentary(self, observation: Observation) -> Prompt:
        """Return the prompt of a commentary."""
        return prompts.commentary_prompt(observation.speed_mps, self._navigation(observation))

    def question(self, observation: Observation, question: str) -> Prompt:
        """Return the prompt of a question."""
        return prompts.question_prompt(
            observation.speed_mps, self._navigation(observation), question
        )

    def _navigation(self, observation: Observation) -> tuple[Piece, ...]:
        if self._config.uses_command:
            return prompts.command_clause(
                observation.command, observation.next_command, observation.command_distance_m
            )
        return prompts.target_point_clause()
