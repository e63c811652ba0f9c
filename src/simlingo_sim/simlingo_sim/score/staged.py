# SPDX-License-Identifier: Apache-2.0
"""What the score demands of staged situations: to finish in time, to make way.

Source: ``ScenarioTimeoutTest`` and ``YieldToEmergencyVehicleTest`` of the leaderboard's scenario
runner, which Bench2Drive uses unchanged.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Protocol

from simlingo_sim.score.infractions import Infraction, InfractionKind
from simlingo_sim.state import WorldState


class StagedSituation(Protocol):
    """A situation as the score reads it; see ``simlingo_sim.situations.situation``."""

    @property
    def must_be_passed(self) -> bool:
        """Whether the oncoming lane may be used."""
        ...

    @property
    def has_happened(self) -> bool:
        """Whether its event has taken place."""
        ...

    @property
    def is_over(self) -> bool:
        """Whether it does nothing any more."""
        ...

    @property
    def time_limit_s(self) -> float:
        """Time from its event on after which it counts as timed out."""
        ...

    @property
    def make_way_for_id(self) -> int:
        """Id of the emergency vehicle that must be let past; 0: none."""
        ...


class TimeoutCriterion:
    """Charges each situation once that is not over in its time."""

    def __init__(self) -> None:
        self._begun_s: dict[int, float] = {}

    def update(self, state: WorldState, staged: Sequence[StagedSituation]) -> list[Infraction]:
        """Return the situations that time out at this tick."""
        found = []
        for number, situation in enumerate(staged):
            if not situation.has_happened or situation.is_over:
                self._begun_s.pop(number, None)
                continue
            begun_s = self._begun_s.setdefault(number, state.t_s)
            if state.t_s - begun_s > situation.time_limit_s:
                self._begun_s[number] = math.inf
                found.append(
                    _infraction(
                        state, InfractionKind.SCENARIO_TIMEOUT, 'Agent timed out a scenario'
                    )
                )
        return found


class YieldCriterion:
    """Charges a car that is still ahead of the emergency vehicle when the situation ends.

    As in the original it is ahead when it lies in the direction in which that vehicle heads.
    """

    def __init__(self) -> None:
        self._pending: dict[int, Infraction] = {}

    def update(self, state: WorldState, staged: Sequence[StagedSituation]) -> list[Infraction]:
        """Return those of situations that end at this tick with the vehicle still behind."""
        found = []
        for number, situation in enumerate(staged):
            if situation.is_over:
                late = self._pending.pop(number, None)
                found += [late] if late is not None else []
            elif situation.has_happened and situation.make_way_for_id:
                self._look(number, situation.make_way_for_id, state)
        return found

    def finish(self) -> list[Infraction]:
        """Return those of situations that the end of the episode cuts short."""
        return [self._pending[number] for number in sorted(self._pending)]

    def _look(self, number: int, vehicle_id: int, state: WorldState) -> None:
        for actor in state.actors:
            if actor.id != vehicle_id:
                continue
            self._pending.pop(number, None)
            if actor.pose_map.inverse_transform(state.ego.pose_map.position_m)[0] > 0.0:
                self._pending[number] = _infraction(
                    state,
                    InfractionKind.YIELD_EMERGENCY,
                    'Agent failed to yield to an emergency vehicle',
                    vehicle_id,
                )


def _infraction(
    state: WorldState, kind: InfractionKind, message: str, other_id: int = 0
) -> Infraction:
    pose = state.ego.pose_map
    return Infraction(
        kind=kind,
        t_s=state.t_s,
        position_map_m=(pose.x_m, pose.y_m),
        message=message,
        other_id=other_id,
    )
