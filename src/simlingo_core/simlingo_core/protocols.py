# SPDX-License-Identifier: Apache-2.0
"""The protocols of policies, drivers and worlds."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol, runtime_checkable

from simlingo_core.capabilities import PolicyCapabilities
from simlingo_core.frame import Frame
from simlingo_core.types import DrivingPlan, Instruction, Observation, VehicleCommand


@runtime_checkable
class Policy(Protocol):
    """Turns observations into plans."""

    @property
    def name(self) -> str:
        """Short name, written into every plan."""
        ...

    def reset(self) -> None:
        """Forget everything: a new episode begins."""
        ...

    def plan(
        self, observation: Observation, instruction: Instruction | None = None
    ) -> DrivingPlan:
        """Make a plan.

        Raises:
            SimlingoError: no plan can be made; the car must stop.
        """
        ...


@runtime_checkable
class LanguagePolicy(Policy, Protocol):
    """A policy that also generates commentary and answers."""

    def describe(self, observation: Observation) -> Iterator[str]:
        """Yield the commentary on one frame, piece by piece."""
        ...

    def answer(self, observation: Observation, question: str) -> Iterator[str]:
        """Yield the answer to a question about one frame, piece by piece."""
        ...


@runtime_checkable
class CapablePolicy(Policy, Protocol):
    """A policy that states what it was trained to do."""

    @property
    def capabilities(self) -> PolicyCapabilities:
        """What it was trained in besides driving along its route."""
        ...


@runtime_checkable
class InstructionChecker(Protocol):
    """A policy that can tell in advance whether it can read an instruction."""

    def check_instruction(self, instruction: Instruction) -> None:
        """Check an instruction or a question before it is in force.

        Any thread may call this; it takes less than a millisecond.

        Raises:
            ContractError: its text is empty or has more tokens than the policy reads in the time
                of one plan; the message names both numbers.
        """
        ...


def capabilities_of(policy: Policy) -> PolicyCapabilities:
    """Return what a policy was trained in; everything where it does not state that."""
    if isinstance(policy, CapablePolicy):
        return policy.capabilities
    return PolicyCapabilities.everything()


def check_instruction(policy: Policy, instruction: Instruction) -> None:
    """Have a policy check an instruction, if it can (see ``InstructionChecker``).

    Raises:
        ContractError: the policy cannot read it.
    """
    if isinstance(policy, InstructionChecker):
        policy.check_instruction(instruction)


@runtime_checkable
class Driver(Protocol):
    """Makes a command each tick directly, without a plan (expert, baselines)."""

    @property
    def name(self) -> str:
        """Short name, written into results."""
        ...

    def reset(self) -> None:
        """Forget everything: a new episode begins."""
        ...

    def drive(self, frame: Frame) -> VehicleCommand:
        """Return the command for this frame.

        Raises:
            SimlingoError: it cannot drive; the car must stop.
        """
        ...


@runtime_checkable
class World(Protocol):
    """A car in a world that moves one tick (0.05 s) at a time."""

    def step(self, command: VehicleCommand, *, with_image: bool = True) -> Frame:
        """Apply the command for one tick and return the next frame.

        Raises:
            WorldError: the world cannot go on.
        """
        ...

    def close(self) -> None:
        """Release everything; the world cannot be used any more."""
        ...
