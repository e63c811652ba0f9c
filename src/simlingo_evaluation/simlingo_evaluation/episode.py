# SPDX-License-Identifier: Apache-2.0
"""One episode in this process: world, agent, score, and what explains a failure."""

from __future__ import annotations

import time
import traceback
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field

from simlingo_core.errors import SimlingoError, WorldError
from simlingo_core.frame import Frame
from simlingo_core.types import EgoState
from simlingo_evaluation.agents import Agent
from simlingo_sim.episode_runner import CommandCallback, EpisodeRunner, EpisodeWorld
from simlingo_sim.score.infractions import EndReason, Infraction, InfractionKind
from simlingo_sim.score.scorer import EpisodeScore, Scorer
from simlingo_sim.state import WorldState

SNAPSHOT_PERIOD_TICKS = 20
SNAPSHOTS = 6
MAX_TICKS = 40_000


@dataclass(kw_only=True)
class EpisodeTrace:
    """What is kept of every tick, and the last seconds before things went wrong.

    Attributes:
        states: of the car at every tick.
        snapshots: world states 1 s apart, the last one at the first infraction or the end.
        events: infractions in words, with their times; comparisons of speed are left out.
        has_happened: each situation by name: whether it took place.
    """

    states: list[EgoState] = field(default_factory=list)
    snapshots: tuple[WorldState, ...] = ()
    events: list[tuple[float, str]] = field(default_factory=list)
    has_happened: dict[str, bool] = field(default_factory=dict)

    @property
    def speed_mps(self) -> list[float]:
        """Speed at every tick."""
        return [state.speed_mps for state in self.states]


@dataclass(frozen=True, kw_only=True)
class EpisodeResult:
    """Everything one episode gives.

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
    world: EpisodeWorld,
    first_frame: Frame,
    agent: Agent,
    scorer: Scorer,
    *,
    on_command: CommandCallback | None = None,
    max_ticks: int = MAX_TICKS,
) -> EpisodeResult:
    """Drive until the rules say that the episode is over.

    Args:
        world: just reset.
        first_frame: what the reset returned.
        agent: who drives.
        scorer: of this route.
        on_command: called with every frame and the command given for it.
        max_ticks: no more than these are driven.
    """
    start_s = time.perf_counter()
    keeper = _TraceKeeper(world)
    runner = EpisodeRunner(world, scorer, on_judged=keeper.add)
    end, error = None, ''
    try:
        agent.reset(world.planned.route)
        runner.begin(first_frame)
        runner.run(agent, max_ticks, on_command=on_command)
    except WorldError as failure:
        end, error = EndReason.SIMULATION_CRASHED, str(failure)
    except SimlingoError as failure:
        end, error = EndReason.AGENT_CRASHED, str(failure)
    except Exception as failure:
        # An agent is somebody else's code: one that fails must not end the other episodes.
        end, error = EndReason.AGENT_CRASHED, _last_line(failure)
    return EpisodeResult(
        score=runner.finish(end),
        trace=keeper.finish(),
        error=error,
        wall_s=time.perf_counter() - start_s,
    )


class _TraceKeeper:
    """Fills the trace of an episode as its frames are judged."""

    def __init__(self, world: EpisodeWorld) -> None:
        self._world, self._trace, self._recent = world, EpisodeTrace(), _Recent()

    def add(self, frame: Frame, infractions: Sequence[Infraction]) -> None:
        trace = self._trace
        for situation in self._world.situations:
            trace.has_happened[situation.name] = situation.has_happened
        trace.states.append(frame.ego)
        serious = [i for i in infractions if i.kind is not InfractionKind.MIN_SPEED]
        trace.events += [(infraction.t_s, infraction.message) for infraction in serious]
        self._recent.add(self._world.state, serious)

    def finish(self) -> EpisodeTrace:
        self._trace.snapshots = self._recent.finish(self._world)
        return self._trace


class _Recent:
    """The last seconds before the first infraction, else before the end."""

    def __init__(self) -> None:
        self._states: deque[WorldState] = deque(maxlen=SNAPSHOTS)
        self._kept: tuple[WorldState, ...] = ()

    def add(self, state: WorldState, serious: Sequence[Infraction]) -> None:
        if state.tick % SNAPSHOT_PERIOD_TICKS == 0:
            self._states.append(state)
        if serious and not self._kept:
            self._kept = (*self._states, state)[-SNAPSHOTS:]

    def finish(self, world: EpisodeWorld) -> tuple[WorldState, ...]:
        return self._kept or (*self._states, world.state)[-SNAPSHOTS:]


def _last_line(failure: Exception) -> str:
    place = traceback.extract_tb(failure.__traceback__)[-1]
    return f'{type(failure).__name__}: {failure} ({place.name}, line {place.lineno})'
