# SPDX-License-Identifier: Apache-2.0
"""The closed loop: judge a tick, choose its command, step the world.

The ROS node, evaluation, collection and takeover collection all run their episodes through it, so
that the rules of the score are applied in one place.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from shapely.geometry import Polygon

from simlingo_core.errors import WorldError
from simlingo_core.frame import Frame
from simlingo_core.types import VehicleCommand
from simlingo_sim.expert.privileged_world import PrivilegedWorld
from simlingo_sim.score.infractions import EndReason, Infraction
from simlingo_sim.score.protocol import ScoreProtocol
from simlingo_sim.score.scorer import EpisodeScore, Scorer
from simlingo_sim.score.town_road import TownRoad


class EpisodeWorld(PrivilegedWorld, Protocol):
    """A simulated world as an episode needs it."""

    @property
    def scenery(self) -> tuple[Polygon, ...]:
        """Outlines in map of buildings and trunks, which can be hit."""
        ...

    def step(self, command: VehicleCommand, *, with_image: bool = True) -> Frame:
        """Apply the command for one tick and return the frame after it."""
        ...


class CommandSource(Protocol):
    """A source of commands for the car of an episode, one command per tick."""

    def needs_image(self, tick: int) -> bool:
        """Return whether the frame of this tick must hold an image."""
        ...

    def step(self, frame: Frame) -> VehicleCommand:
        """Return the command for this frame."""
        ...


JudgedCallback = Callable[[Frame, Sequence[Infraction]], None]
CommandCallback = Callable[[Frame, VehicleCommand], None]


def make_scorer(world: EpisodeWorld, protocol: ScoreProtocol) -> Scorer:
    """Return the scorer of a world that has just been reset."""
    road = TownRoad(world.town)
    return Scorer(world.planned.route, road, protocol, (*road.statics, *world.scenery))


class EpisodeRunner:
    """Runs one episode, tick by tick or to its end.

    Args:
        world: just reset.
        scorer: scorer for the world's route.
        on_judged: called with every frame, the first included, and the infractions found at it.
    """

    def __init__(
        self, world: EpisodeWorld, scorer: Scorer, *, on_judged: JudgedCallback | None = None
    ) -> None:
        self._world, self._scorer, self._on_judged = world, scorer, on_judged
        self._frame: Frame | None = None
        self._infractions: tuple[Infraction, ...] = ()

    @property
    def frame(self) -> Frame:
        """The newest frame.

        Raises:
            WorldError: ``begin`` has not been called.
        """
        if self._frame is None:
            raise WorldError('the episode has no frame yet; reset the world and call begin first')
        return self._frame

    @property
    def infractions(self) -> tuple[Infraction, ...]:
        """What was found at the newest frame."""
        return self._infractions

    @property
    def is_over(self) -> bool:
        """Whether the rules have ended the episode."""
        return self._scorer.end is not None

    @property
    def is_arrived(self) -> bool:
        """Whether the car reached the end of its route."""
        return self.is_over and self._scorer.completion_share >= 1.0

    def begin(self, first_frame: Frame) -> None:
        """Judge the frame that the reset of the world returned."""
        self._judge(first_frame)

    def step(self, command: VehicleCommand, *, with_image: bool = False) -> Frame:
        """Apply a command for one tick, judge what came of it and return the new frame.

        Raises:
            WorldError: the simulation failed.
        """
        self._judge(self._world.step(command, with_image=with_image))
        return self.frame

    def run(
        self,
        source: CommandSource,
        max_ticks: int,
        *,
        on_command: CommandCallback | None = None,
    ) -> None:
        """Drive until the rules end the episode or ``max_ticks`` commands were given.

        Args:
            source: commands the car.
            max_ticks: upper limit of the commands.
            on_command: called with every frame and the command chosen for it.
        """
        for _ in range(max_ticks):
            if self.is_over:
                return
            frame = self.frame
            command = source.step(frame)
            if on_command is not None:
                on_command(frame, command)
            self.step(command, with_image=source.needs_image(frame.tick + 1))

    def finish(self, end: EndReason | None = None) -> EpisodeScore:
        """Return the score so far.

        Args:
            end: why the episode was ended from outside; None: as the rules decided.
        """
        return self._scorer.finish(end)

    def _judge(self, frame: Frame) -> None:
        self._frame = frame
        found = self._scorer.update(self._world.state, self._world.situations)
        self._infractions = tuple(found)
        if self._on_judged is not None:
            self._on_judged(frame, self._infractions)
