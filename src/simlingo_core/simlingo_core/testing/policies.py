# SPDX-License-Identifier: Apache-2.0
"""Policies for tests, without a network."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence

import numpy as np

from simlingo_core.baselines import plan_along
from simlingo_core.errors import SimlingoError
from simlingo_core.protocols import Policy
from simlingo_core.route import Route
from simlingo_core.route_progress import RouteProgress
from simlingo_core.types import (
    DrivingPlan,
    Instruction,
    Observation,
)


class RoutePolicy:
    """Follows a route it knows, at one speed, and stops at its end."""

    def __init__(self, route: Route, speed_mps: float = 6.0) -> None:
        self._route = route
        self._speed_mps = speed_mps
        self._progress = RouteProgress(route)

    @property
    def name(self) -> str:
        """Short name, written into every plan."""
        return 'route'

    def reset(self) -> None:
        """Begin at the start of the route again."""
        self._progress.reset()

    def plan(
        self, observation: Observation, instruction: Instruction | None = None
    ) -> DrivingPlan:
        """Return the plan along the route; the id of an instruction is copied."""
        pose = observation.pose_map.planar
        self._progress.update(pose.position_m)
        left_m = self._route.length_m - self._progress.arc_m
        ahead = self._route.position_at(self._progress.arc_m + np.arange(1.0, 41.0))
        path = pose.inverse_transform(ahead)
        speed_mps = min(self._speed_mps, max(left_m - 1.0, 0.0))
        noted = '' if instruction is None else instruction.id
        return plan_along(observation, path, speed_mps, self.name, noted)


class ScriptedPolicy:
    """Answers from a script: plans are moved to the observation, errors are raised.

    After the last entry the script begins again.
    """

    def __init__(self, script: Sequence[DrivingPlan | SimlingoError]) -> None:
        self._script = tuple(script)
        self.reset()

    @property
    def name(self) -> str:
        """Short name, written into every plan."""
        return 'scripted'

    def reset(self) -> None:
        """Begin the script again."""
        self._entries = itertools.cycle(self._script)

    def plan(
        self, observation: Observation, instruction: Instruction | None = None
    ) -> DrivingPlan:
        """Return or raise the next entry of the script."""
        entry = next(self._entries)
        if isinstance(entry, SimlingoError):
            raise entry
        return DrivingPlan(
            t_s=observation.t_s,
            pose_map=observation.pose_map,
            path_base_m=entry.path_base_m,
            speed_waypoints_base_m=entry.speed_waypoints_base_m,
            policy=self.name,
            instruction_id='' if instruction is None else instruction.id,
        )


class SlowPolicy:
    """Wraps a policy and delays its plans.

    Args:
        policy: the policy that makes the plans.
        delays_s: delay of each plan, in turn.
        sleep: ``time.sleep``, or a function that only counts.
    """

    def __init__(
        self, policy: Policy, delays_s: Sequence[float], sleep: Callable[[float], None]
    ) -> None:
        self._policy = policy
        self._delays_s = tuple(delays_s)
        self._sleep = sleep
        self._next_delays_s = itertools.cycle(self._delays_s)

    @property
    def name(self) -> str:
        """Short name, written into every plan."""
        return self._policy.name

    def reset(self) -> None:
        """Begin with the first delay again."""
        self._next_delays_s = itertools.cycle(self._delays_s)
        self._policy.reset()

    def plan(
        self, observation: Observation, instruction: Instruction | None = None
    ) -> DrivingPlan:
        """Wait, then return the wrapped policy's plan."""
        self._sleep(next(self._next_delays_s))
        return self._policy.plan(observation, instruction)


class TalkingPolicy:
    """Wraps a policy and generates fixed texts, word by word."""

    def __init__(self, policy: Policy, text: str = 'I follow the road.') -> None:
        self._policy = policy
        self._text = text

    @property
    def name(self) -> str:
        """Short name, written into every plan."""
        return self._policy.name

    def reset(self) -> None:
        """Forget everything: a new episode begins."""
        self._policy.reset()

    def plan(
        self, observation: Observation, instruction: Instruction | None = None
    ) -> DrivingPlan:
        """Return the wrapped policy's plan."""
        return self._policy.plan(observation, instruction)

    def describe(self, observation: Observation) -> Iterator[str]:
        """Yield the text, word by word."""
        yield from _words(self._text)

    def answer(self, observation: Observation, question: str) -> Iterator[str]:
        """Yield the question and the speed, word by word."""
        yield from _words(f'You asked: {question} I drive {observation.speed_mps:.1f} m/s.')


def _words(text: str) -> Iterator[str]:
    words = text.split(' ')
    yield words[0]
    for word in words[1:]:
        yield ' ' + word
