# SPDX-License-Identifier: Apache-2.0
"""One in-process drive: world, agent, score, and what a person wants to know when it fails."""

from __future__ import annotations

import time
import traceback
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from simlingo_core.errors import SimlingoError, WorldError
from simlingo_core.frame import Frame
from simlingo_core.types import VehicleCommand
from simlingo_evaluation.agents import Agent
from simlingo_sim.score.infractions import EndReason, Infraction, InfractionKind
from simlingo_sim.score.scorer import EpisodeScore, Scorer
from simlingo_sim.situations.situation import ActiveSituation
from simlingo_sim.state import WorldState
from simlingo_sim.town.route_planner import PlannedRoute
from simlingo_sim.town.town import Town

SNAPSHOT_PERIOD_TICKS = 20
SNAPSHOTS = 6
LONGEST_DRIVE_TICKS = 40_000


class BenchWorld(Protocol):
    """The simulated world as a benchmark uses it."""

    @property
    def state(self) -> WorldState:
        """Everything that moves, now."""
        ...

    @property
    def town(self) -> Town:
        """Everything that does not."""
        ...

    @property
    def planned(self) -> PlannedRoute:
        """The route of this drive."""
        ...

    @property
    def situations(self) -> tuple[ActiveSituation, ...]:
        """What is staged on this drive."""
        ...

    def step(self, command: VehicleCommand, *, with_image: bool = True) -> Frame:
        """Apply the command for one tick and return what is there afterwards."""
        ...


@dataclass(kw_only=True)
class EpisodeTrace:
    """What is kept of every tick, and the last seconds before things went wrong.

    Attributes:
        acceleration_base_mps2, yaw_rate_radps: for the smoothness; lists of ticks.
        snapshots: world states 1 s apart, the last one at the first infraction or the end.
        events: infractions in words, with their times.
        has_happened: each situation by name: whether it took place.
    """

    acceleration_base_mps2: list[NDArray[np.float64]] = field(default_factory=list)
    yaw_rate_radps: list[float] = field(default_factory=list)
    speed_mps: list[float] = field(default_factory=list)
    snapshots: tuple[WorldState, ...] = ()
    events: list[tuple[float, str]] = field(default_factory=list)
    has_happened: dict[str, bool] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class EpisodeResult:
    """Everything one drive gives.

    Attributes:
        score: by the rules.
        trace: for measures and images.
        error: why it broke off, empty if it did not.
        wall_s: real time it took.
    """

    score: EpisodeScore
    trace: EpisodeTrace
    error: str
    wall_s: float


def run_episode(
    world: BenchWorld,
    first_frame: Frame,
    agent: Agent,
    scorer: Scorer,
    *,
    reads_image: Callable[[int], bool] | None = None,
    on_frame: Callable[[Frame, VehicleCommand], None] | None = None,
    longest_ticks: int = LONGEST_DRIVE_TICKS,
) -> EpisodeResult:
    """Drive until the rules say that the drive is over.

    Args:
        world: just reset.
        first_frame: what the reset returned.
        agent: who drives.
        scorer: of this route.
        reads_image: ticks at which somebody else wants an image; None: nobody does.
        on_frame: told of every frame and the command given for it.
        longest_ticks: no more than these are driven.
    """
    start_s = time.perf_counter()
    trace, recent = EpisodeTrace(), _Recent()
    end, error = None, ''
    try:
        agent.reset(world.planned.route)
        frame = first_frame
        for _ in range(longest_ticks):
            _look(world, frame, scorer, trace, recent)
            if scorer.end is not None:
                break
            command = agent.step(frame)
            if on_frame is not None:
                on_frame(frame, command)
            wanted = agent.needs_image(frame.tick + 1)
            wanted = wanted or (reads_image is not None and reads_image(frame.tick + 1))
            frame = world.step(command, with_image=wanted)
    except WorldError as failure:
        end, error = EndReason.SIMULATION_CRASHED, str(failure)
    except SimlingoError as failure:
        end, error = EndReason.AGENT_CRASHED, str(failure)
    except Exception as failure:
        # A agent is somebody else's code: one that fails must not end the other drives.
        end, error = EndReason.AGENT_CRASHED, _last_line(failure)
    trace.snapshots = recent.finish(world)
    return EpisodeResult(
        score=scorer.finish(end),
        trace=trace,
        error=error,
        wall_s=time.perf_counter() - start_s,
    )


def _look(
    world: BenchWorld, frame: Frame, scorer: Scorer, trace: EpisodeTrace, recent: _Recent
) -> None:
    situations = world.situations
    active = [s for s in situations if s.has_happened and not s.is_over]
    found = scorer.update(
        world.state,
        may_use_oncoming_lane=any(s.must_be_passed and not s.is_over for s in situations),
        is_situation_active=bool(active),
    )
    for situation in situations:
        trace.has_happened[situation.name] = situation.has_happened
    trace.acceleration_base_mps2.append(frame.ego.acceleration_base_mps2[:2])
    trace.yaw_rate_radps.append(frame.ego.yaw_rate_radps)
    trace.speed_mps.append(frame.ego.speed_mps)
    trace.events += [(infraction.t_s, infraction.message) for infraction in found]
    recent.add(world.state, found)


class _Recent:
    """The last seconds before the first infraction, else before the end."""

    def __init__(self) -> None:
        self._states: deque[WorldState] = deque(maxlen=SNAPSHOTS)
        self._kept: tuple[WorldState, ...] = ()

    def add(self, state: WorldState, found: list[Infraction]) -> None:
        if state.tick % SNAPSHOT_PERIOD_TICKS == 0:
            self._states.append(state)
        serious = [i for i in found if i.kind is not InfractionKind.MIN_SPEED]
        if serious and not self._kept:
            self._kept = (*self._states, state)[-SNAPSHOTS:]

    def finish(self, world: BenchWorld) -> tuple[WorldState, ...]:
        return self._kept or (*self._states, world.state)[-SNAPSHOTS:]


def _last_line(failure: Exception) -> str:
    place = traceback.extract_tb(failure.__traceback__)[-1]
    return f'{type(failure).__name__}: {failure} ({place.name}, line {place.lineno})'
