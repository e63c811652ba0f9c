# SPDX-License-Identifier: Apache-2.0
"""What drives in an in-process episode: a driver, or a policy with the stack's own cores."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from simlingo_control.config import ControlConfig
from simlingo_control.core import ControlCore
from simlingo_control.safety import ControlOutput, Reason
from simlingo_core.consistency import Mismatch
from simlingo_core.frame import Frame
from simlingo_core.intents import Turn
from simlingo_core.plan_buffer import PlanBuffer
from simlingo_core.protocols import Driver, LanguagePolicy, Policy
from simlingo_core.route import Route
from simlingo_core.schedule import Schedule
from simlingo_core.statements import Statement, read_statement
from simlingo_core.status import InstructionStatus
from simlingo_core.types import Commentary, DrivingPlan, Instruction, Observation, VehicleCommand
from simlingo_perception.camera_conditioner import CameraConditioner
from simlingo_perception.config import PerceptionConfig
from simlingo_perception.observation_builder import ObservationBuilder
from simlingo_planner.config import PlannerNodeConfig
from simlingo_planner.core import PlannerCore
from simlingo_planner.says_and_does import WordsMonitor

NO_IMAGE = b''


class Agent(Protocol):
    """Turns frames into commands, one per tick."""

    @property
    def name(self) -> str:
        """Short name, written into results."""
        ...

    def reset(self, route: Route) -> None:
        """Begin a new episode."""
        ...

    def needs_image(self, tick: int) -> bool:
        """Tell whether the frame of this tick must hold an image."""
        ...

    def step(self, frame: Frame) -> VehicleCommand:
        """Return the command for this frame.

        Raises:
            SimlingoError: it cannot drive.
        """
        ...

    def watch(self, frame: Frame) -> None:
        """Take note of a frame that another agent drives, instead of ``step``."""
        ...


class DriverAgent:
    """A driver that commands every tick and needs no image."""

    def __init__(self, driver: Driver) -> None:
        self._driver = driver

    @property
    def name(self) -> str:
        """Name of the driver."""
        return self._driver.name

    def reset(self, route: Route) -> None:
        """Begin a new episode; drivers find their route in the world."""
        self._driver.reset()

    def needs_image(self, tick: int) -> bool:
        """Never."""
        return False

    def step(self, frame: Frame) -> VehicleCommand:
        """Return the driver's command."""
        return self._driver.drive(frame)

    def watch(self, frame: Frame) -> None:
        """Do nothing: drivers read the state of the world at every step."""


class PolicyAgent:
    """A policy between the stack's perception and control, in lockstep.

    Every ``plan_period_ticks`` a frame yields an observation; its plan comes into force
    ``plan_latency_ticks`` later, exactly as behind the topics.

    Args:
        policy: makes the plans.
        schedule: when.
        name: in results; empty: the policy's own.
        uses_images: False for policies that look into the world themselves; saves rendering.
        perception: settings of the observation.
        planner: settings of the instructions; may be replaced between episodes.
        control: settings of the command.
        instructions: each with the simulation time it is given at; may be replaced between
            episodes.
        on_plan: called with every observation and plan, for recordings; may be replaced between
            episodes.
        comments: have a policy that speaks comment on every plan, and compare the two.
        claims: returns what a commentary claims to be there and is not; None: nobody knows.

    Attributes:
        statuses: what has become of the instructions of this episode.
        errors: why plans could not be made.
        output: of control in the last tick; None: there was none.
    """

    def __init__(
        self,
        policy: Policy,
        schedule: Schedule | None = None,
        *,
        name: str = '',
        uses_images: bool = True,
        perception: PerceptionConfig | None = None,
        planner: PlannerNodeConfig | None = None,
        control: ControlConfig | None = None,
        instructions: Sequence[tuple[float, Instruction]] = (),
        on_plan: Callable[[Observation, DrivingPlan], None] | None = None,
        comments: bool = False,
        claims: Callable[[Statement], frozenset[Mismatch]] | None = None,
    ) -> None:
        self._policy, self._schedule = policy, schedule or Schedule()
        self._name, self._uses_images = name or policy.name, uses_images
        self.instructions, self.on_plan = instructions, on_plan
        self._comments, self._claims = comments, claims
        self.planner_config = planner
        self._lost_ticks: set[int] = set()
        self._begin_planning()
        config = perception or PerceptionConfig()
        self._builder = ObservationBuilder(config)
        self._conditioner = CameraConditioner(config)
        self._control = ControlCore(control)
        self._plans = PlanBuffer(self._schedule)
        self.output: ControlOutput | None = None

    @property
    def name(self) -> str:
        """Name in results."""
        return self._name

    @property
    def words(self) -> WordsMonitor:
        """What commentary and replies of this episode contradicted."""
        return self._planner.words

    def reset(self, route: Route) -> None:
        """Begin a new episode along a route."""
        self._policy.reset()
        self._builder.reset()
        self._builder.set_route(route)
        self._control.reset()
        self._begin_planning()
        self._plans.clear()
        self._lost_ticks.clear()
        self.output = None

    def offer_turns(self, turn: Callable[[Turn], str], route: Callable[[], Route]) -> None:
        """Have turns by words planned; to be called after each reset.

        Args:
            turn: plans the route anew and returns what the car will do.
            route: the route since then.
        """

        def request(_: str, wanted: Turn) -> str:
            words = turn(wanted)
            self._builder.set_route(route())
            self._policy.reset()
            return words

        self._planner.arbiter.request_turn = request

    def needs_image(self, tick: int) -> bool:
        """On planning ticks, if the policy uses images."""
        return self._uses_images and self._schedule.is_planning_tick(tick)

    def step(self, frame: Frame) -> VehicleCommand:
        """Return the command; where the plan that is due could not be made, the car stops."""
        is_planning = self._schedule.is_planning_tick(frame.tick)
        has_lost_image = is_planning and self._uses_images and frame.image_bgra is None
        if has_lost_image:
            self._lost_ticks.add(frame.tick)
        if is_planning and not has_lost_image:
            self._plan(frame)
        else:
            self._builder.add_frame(frame)
        due = self._plans.due(frame.tick)
        is_late = due.is_late or not self._plans.has_awaited(frame.tick)
        # Where the camera lost the image there is no plan to wait for: control follows the last
        # one until that is too old.
        is_late = is_late and self._schedule.planning_tick_in_force(frame.tick) not in (
            self._lost_ticks
        )
        faults = (Reason.PLAN_NOT_IN_TIME,) if is_late else ()
        self.output = self._control.step(frame.t_s, frame.ego, due.plan, faults)
        return self.output.command

    def watch(self, frame: Frame) -> None:
        """Keep track of the route; plans and the controllers' memory are dropped."""
        self._builder.add_frame(frame)
        self._plans.clear()
        self._control.reset()
        self.output = None

    def _plan(self, frame: Frame) -> None:
        jpeg = NO_IMAGE if frame.image_bgra is None else self._encode(frame.image_bgra)
        observation = self._builder.observe(frame, jpeg)
        if observation is None:
            return
        self._give_instructions(observation)
        outcome, statuses = self._planner.plan(observation)
        self.statuses += statuses
        self._plans.add(outcome.plan)
        if outcome.error is not None:
            self.errors.append(f'{frame.t_s:.2f} s: {outcome.error}')
            return
        if self._comments and isinstance(self._policy, LanguagePolicy):
            self._comment(self._policy, observation)
        if self.on_plan is not None:
            self.on_plan(observation, outcome.plan)

    def _comment(self, policy: LanguagePolicy, observation: Observation) -> None:
        text = ''.join(policy.describe(observation))
        claims = self._claims(read_statement(text)) if self._claims else frozenset()
        self._planner.note_commentary(Commentary(t_s=observation.t_s, text=text), claims)

    def _give_instructions(self, observation: Observation) -> None:
        """Hand over the instructions that are due since the last observation."""
        arbiter = self._planner.arbiter
        for given_s, instruction in self.instructions[self._given :]:
            if given_s > observation.t_s:
                break
            self.statuses += arbiter.submit(arbiter.name(instruction), observation.t_s)
            self._given += 1

    def _begin_planning(self) -> None:
        self._planner = PlannerCore(self._policy, self.planner_config)
        self._given = 0
        self.statuses: list[InstructionStatus] = []
        self.errors: list[str] = []

    def _encode(self, image_bgra: NDArray[np.uint8]) -> bytes:
        return self._conditioner.encode(image_bgra, 'bgra8')
