# SPDX-License-Identifier: Apache-2.0
"""Runs perception, planner and control on the messages of a recording, as fast as they go.

The control loop is open: the commands move nothing, the car is where the recording says.  A plan
is made in a thread of its own while the messages up to the tick that it is due at are read.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simlingo_control.config import ControlConfig
from simlingo_control.core import ControlCore
from simlingo_core.errors import ConfigError, SimlingoError
from simlingo_core.frame import TICK_PERIOD_S
from simlingo_core.protocols import LanguagePolicy, Policy
from simlingo_core.route import Route
from simlingo_core.types import DrivingPlan, EgoState, InstructionKind, Observation, RoadOption
from simlingo_evaluation.replay.drive_log import DriveLog, end_of, stamp_key
from simlingo_evaluation.replay.run_results import ControlTick, PlannedFrame, StackRun
from simlingo_evaluation.replay.sources import DRIVEN, Sources
from simlingo_perception.camera_conditioner import CameraConditioner
from simlingo_perception.config import PerceptionNodeConfig
from simlingo_perception.core import PerceptionCore
from simlingo_planner.config import PlannerNodeConfig
from simlingo_planner.core import PlannerCore
from simlingo_planner.planning import Job, Outcome, run_job
from simlingo_ros.bag_reader import BagReader, Topic
from simlingo_ros.conversions.geometry import MAP_FRAME
from simlingo_ros.conversions.route import message_to_route, path_message_to_route
from simlingo_ros.conversions.time import stamp_to_seconds
from simlingo_ros.conversions.vehicle import odometry_to_ego_state
from simlingo_ros.images import image_to_array

# Control runs at 20 Hz, however often the odometry of a real car comes.
STEP_MARGIN_S = 0.002
DRIVEN_SPACING_M = 1.0


@dataclass(frozen=True, kw_only=True)
class RunSettings:
    """How the stack is run on a recording.

    Attributes:
        start_s, duration_s: part of the bag.
        rate_limit_hz: most images planned on per second.
        plan_latency_s: from the stamp of an image until its plan is in force.
        perception: settings of perception.
        control: settings of control.
        planner: settings of the instructions.
        follows_instructions: give the recorded instructions to the policy.
        comments: have a policy that speaks comment on every plan.
    """

    start_s: float = 0.0
    duration_s: float | None = None
    rate_limit_hz: float = 5.0
    plan_latency_s: float = 0.1
    perception: PerceptionNodeConfig = field(default_factory=PerceptionNodeConfig)
    control: ControlConfig = field(default_factory=ControlConfig)
    planner: PlannerNodeConfig = field(default_factory=PlannerNodeConfig)
    follows_instructions: bool = True
    comments: bool = False


def run_stack(
    bag: BagReader,
    sources: Sources,
    log: DriveLog,
    policy: Policy,
    settings: RunSettings,
    *,
    only_stamps: frozenset[int] | None = None,
) -> StackRun:
    """Run the stack over a bag.

    Args:
        bag: the recording.
        sources: its topics.
        log: what was driven in it.
        policy: makes the plans.
        settings: how.
        only_stamps: plan on the images with these stamps (``stamp_key``) only; None: all.

    Raises:
        ConfigError: there is no route, or no image fits any odometry; with the likely reason.
    """
    runner = _Runner(sources, log, policy, settings, only_stamps)
    begin_s = time.perf_counter()
    with runner:
        for handle, message, topic in _stream(bag, sources, settings, runner):
            try:
                handle(message)
            except SimlingoError as error:
                count, reason = runner.run.refused.get(topic.name, (0, str(error)))
                runner.run.refused[topic.name] = (count + 1, reason)
    runner.run.wall_s = time.perf_counter() - begin_s
    runner.check(bag)
    return runner.run


def _stream(
    bag: BagReader, sources: Sources, settings: RunSettings, runner: _Runner
) -> Iterator[tuple[Callable[[Any], None], Any, Topic]]:
    """Yield the messages of the part that is played, and routes from before it."""
    handlers = runner.handlers(bag)
    first_ns = bag.start_ns + round(settings.start_s * 1e9)
    length_s = end_of(settings.start_s, settings.duration_s)
    for topic, time_ns, data in bag.messages(handlers, duration_s=length_s):
        if time_ns >= first_ns or topic.name == sources.route:
            yield handlers[topic.name], bag.deserialize(topic, data), topic


class _Runner:
    """The cores, and what they exchange."""

    def __init__(
        self,
        sources: Sources,
        log: DriveLog,
        policy: Policy,
        settings: RunSettings,
        only_stamps: frozenset[int] | None,
    ) -> None:
        self.run = StackRun()
        self._sources, self._log, self._settings = sources, log, settings
        self._only = only_stamps
        config = settings.perception
        self._perception = PerceptionCore(config)
        self._conditioner = CameraConditioner(config)
        policy.reset()
        self._policy = policy
        self._planner = PlannerCore(policy, settings.planner)
        self._control = ControlCore(settings.control)
        self._planning = ThreadPoolExecutor(1, thread_name_prefix='planning')
        self._pending: tuple[Observation, Future[tuple[Outcome, float]]] | None = None
        self._plans: list[DrivingPlan] = []
        self._given = 0
        self._has_route = False
        self._last_t_s: float | None = None
        if sources.route == DRIVEN:
            self._follow(driven_route(log))

    def __enter__(self) -> _Runner:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        """Take the last plan and end the thread."""
        with self._planning:
            if kind is None:
                self._take_plan()

    def handlers(self, bag: BagReader) -> dict[str, Callable[[Any], None]]:
        """Return what is done with each topic's messages."""
        sources = self._sources
        camera = {
            'sensor_msgs/msg/Image': self._on_image,
            'sensor_msgs/msg/CompressedImage': self._on_compressed,
            'simlingo_msgs/msg/Observation': self._on_observation,
        }[bag.topics[sources.camera].type]
        handlers: dict[str, Callable[[Any], None]] = {
            sources.camera: camera,
            sources.odometry: self._on_odometry,
        }
        if sources.speedometer:
            handlers[sources.speedometer] = self._on_speed
        if sources.route != DRIVEN:
            is_path = bag.topics[sources.route].type == 'nav_msgs/msg/Path'
            handlers[sources.route] = self._on_path if is_path else self._on_route
        return handlers

    def check(self, bag: BagReader) -> None:
        """Refuse a run that says nothing.

        Raises:
            ConfigError: there was no route, or no image was planned on; with the likely reason.
        """
        run = self.run
        if run.frames:
            return
        reasons = [f'{name}: {why}' for name, (_, why) in run.refused.items()]
        first_s, last_s = self._log.driven.start_s, self._log.driven.end_s
        image_s = run.newest_image_s
        if not self._has_route:
            reasons.append(f'no usable route came on {self._sources.route}')
        elif run.images == 0:
            reasons.append(f'{self._sources.camera} holds no image there')
        elif not first_s - 1.0 <= image_s <= last_s + 1.0:
            reasons.append(
                f'the images are stamped {image_s:.2f} s and the odometry {first_s:.2f} to '
                f'{last_s:.2f} s: they follow different clocks'
            )
        why = '; '.join(reasons) or 'image, odometry and route never came together'
        raise ConfigError(f'not one plan could be made from {bag.path}: {why}')

    # ---- inputs ------------------------------------------------------------------------------

    def _on_route(self, message: Any) -> None:
        message.header.frame_id = MAP_FRAME
        self._follow(message_to_route(message))

    def _on_path(self, message: Any) -> None:
        message.header.frame_id = MAP_FRAME
        self._follow(path_message_to_route(message))

    def _follow(self, route: Route | None) -> None:
        self._perception.set_route(route)
        self._has_route = self._has_route or route is not None

    def _on_image(self, message: Any) -> None:
        self._take(
            message, lambda: self._conditioner.encode(image_to_array(message), message.encoding)
        )

    def _on_compressed(self, message: Any) -> None:
        self._take(message, lambda: self._conditioner.accept(message.data.tobytes()))

    def _on_observation(self, message: Any) -> None:
        if len(message.image.data):
            self._take(message, lambda: self._conditioner.accept(message.image.data.tobytes()))

    def _take(self, message: Any, jpeg: Callable[[], bytes]) -> None:
        t_s = stamp_to_seconds(message.header.stamp)
        self.run.images += 1
        self.run.newest_image_s = t_s
        is_chosen = self._only is None or stamp_key(t_s) in self._only
        if is_chosen and self._perception.wants_image(t_s):
            self.run.images_wanted += 1
            self._perception.add_image(t_s, jpeg())
            self._plan_next()

    def _on_speed(self, message: Any) -> None:
        # std_msgs/Float32 or carla_msgs/CarlaSpeedometer.
        speed_mps = message.data if hasattr(message, 'data') else message.speed
        self._perception.compare_speed(float(speed_mps))

    def _on_odometry(self, message: Any) -> None:
        message.header.frame_id = MAP_FRAME
        ego = odometry_to_ego_state(message)
        self._perception.add_ego(ego)
        self._plan_next()
        self._command(ego)

    # ---- planner and control -----------------------------------------------------------------

    def _plan_next(self) -> None:
        observation = self._perception.take()
        if observation is None:
            return
        self._take_plan()
        self._give_instructions(observation.t_s)
        job, _ = self._planner.accept(observation)
        self._pending = observation, self._planning.submit(self._make_plan, job)

    def _make_plan(self, job: Job) -> tuple[Outcome, float]:
        """Return what came of a job, and how long it took [s]."""
        begin_s = time.perf_counter()
        return run_job(self._policy, job), time.perf_counter() - begin_s

    def _take_plan(self) -> None:
        """Wait for the plan that is being made, if there is one."""
        if self._pending is None:
            return
        (observation, future), self._pending = self._pending, None
        outcome, wall_s = future.result()
        self._planner.finish(outcome)
        if self._plans and outcome.plan.t_s < self._plans[-1].t_s:
            self._plans.clear()
        self._plans = [*self._plans[-9:], outcome.plan]
        # A recorded plan knows how long it took.
        wall_s = max(wall_s, outcome.plan.inference_time_s)
        error = '' if outcome.error is None else str(outcome.error)
        self.run.frames.append(
            PlannedFrame(
                observation=_without_image(observation),
                plan=outcome.plan,
                error=error,
                wall_s=wall_s,
                commentary='' if error else self._comment(observation),
            )
        )

    def _comment(self, observation: Observation) -> str:
        """Return the policy's commentary on a frame that it has just planned on."""
        if not self._settings.comments or not isinstance(self._policy, LanguagePolicy):
            return ''
        return ''.join(self._policy.describe(observation)).strip()

    def _give_instructions(self, t_s: float) -> None:
        if not self._settings.follows_instructions:
            return
        arbiter = self._planner.arbiter
        for given in self._log.instructions[self._given :]:
            if given.t_s > t_s:
                break
            if given.kind is not InstructionKind.ASK:
                arbiter.submit(arbiter.name(given), t_s)
            self._given += 1

    def _command(self, ego: EgoState) -> None:
        last_t_s = self._last_t_s
        if last_t_s is not None and 0.0 <= ego.t_s - last_t_s < TICK_PERIOD_S - STEP_MARGIN_S:
            return
        due_s = ego.t_s + STEP_MARGIN_S - self._settings.plan_latency_s
        if self._pending is not None and self._pending[0].t_s <= due_s:
            self._take_plan()
        if last_t_s is not None and ego.t_s < last_t_s:
            self._take_plan()
            self._plans.clear()
        self._last_t_s = ego.t_s
        usable = [plan for plan in self._plans if plan.t_s <= due_s]
        plan = usable[-1] if usable else None
        output = self._control.step(ego.t_s, ego, plan)
        plan_t_s = float('nan') if plan is None else plan.t_s
        self.run.ticks.append(ControlTick(t_s=ego.t_s, plan_t_s=plan_t_s, output=output))


def _without_image(observation: Observation) -> Observation:
    """Keep no images: a recording may be of any length."""
    fields = {name: getattr(observation, name) for name in observation.__dataclass_fields__}
    return Observation(**{**fields, 'image_jpeg': b''})


def driven_route(log: DriveLog) -> Route | None:
    """Return the way driven as a route along the lane; None: the car stood."""
    points: list[NDArray[np.float64]] = []
    for point in log.driven.position_map_m:
        if not points or np.linalg.norm(point - points[-1]) >= DRIVEN_SPACING_M:
            points.append(point)
    if len(points) < 2:
        return None
    return Route(np.array(points), [RoadOption.LANE_FOLLOW] * len(points))
