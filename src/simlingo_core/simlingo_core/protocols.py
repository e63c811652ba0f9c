# SPDX-License-Identifier: Apache-2.0
"""What a policy, a driver and a world must offer."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol, runtime_checkable

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
        """Forget everything: a new drive begins."""
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
    """A policy that also speaks."""

    def describe(self, observation: Observation) -> Iterator[str]:
        """Yield the commentary on one frame, piece by piece."""
        ...

    def answer(self, observation: Observation, question: str) -> Iterator[str]:
        """Yield the answer to a question about one frame, piece by piece."""
        ...


@runtime_checkable
class Driver(Protocol):
    """Drives by itself, tick by tick, without a plan in between (expert, baselines)."""

    @property
    def name(self) -> str:
        """Short name, written into results."""
        ...

    def reset(self) -> None:
        """Forget everything: a new drive begins."""
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
        """Apply the command for one tick and return what is there afterwards.

        Raises:
            WorldError: the world cannot go on.
        """
        ...

    def close(self) -> None:
        """Release everything; the world cannot be used any more."""
        ...
