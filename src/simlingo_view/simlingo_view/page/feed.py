# SPDX-License-Identifier: Apache-2.0
"""Turns what is heard of the stack into what browsers receive."""

from __future__ import annotations

import math
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from simlingo_core.frame import TICK_PERIOD_S
from simlingo_core.geometry import Pose2
from simlingo_core.images import encode_preview
from simlingo_core.pace import Pace
from simlingo_core.route import Route
from simlingo_core.status import InstructionStatus, SafetyState
from simlingo_core.types import (
    Commentary,
    DrivingPlan,
    EgoState,
    Instruction,
    Observation,
    VehicleCommand,
)
from simlingo_view.page import messages
from simlingo_view.page.config import PageConfig
from simlingo_view.stack_memory import StackMemory

TOP_WIDTH_PX = 512
KEPT_POSES, TIME_DIGITS = 200, 3


class Publish(Protocol):
    """Sends something to every watcher."""

    def __call__(self, payload: messages.Payload, *, key: str = '', is_kept: bool = False) -> None:
        """See ``PageServer.publish``."""
        ...


class PageFeed:
    """The newest of everything, and when it came.

    Args:
        config: rate and size of the images.
        publish: sends to the watchers.
        clock: wall time [s].
    """

    def __init__(
        self,
        config: PageConfig,
        publish: Publish,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._config, self._publish, self._clock = config, publish, clock
        self.memory = StackMemory()
        self._ego: EgoState | None = None
        self._command: VehicleCommand | None = None
        self._observation: Observation | None = None
        self._heard_s: dict[str, float] = {}
        self._pace = Pace(config.image_rate_hz, TICK_PERIOD_S)
        self._waiting: dict[int, tuple[bytes, float]] = {}
        self._poses: OrderedDict[float, Pose2] = OrderedDict()
        self._focal_per_width = 0.0
        self._lines: dict[str, tuple[int, str]] = {}

    def greet(self, *, role: str, is_lockstep: bool) -> None:
        """Send what does not change."""
        text = messages.write('hello', role=role, lockstep=is_lockstep)
        self._publish(text, key='hello', is_kept=True)

    # ---- images ------------------------------------------------------------------------------

    def is_image_due(self) -> bool:
        """Tell whether the next camera image is to be sent; the pace is kept by wall time."""
        return self._pace.takes(self._clock())

    def set_focal_length(self, focal_px: float, width_px: int) -> None:
        """Take the intrinsics of the camera."""
        if math.isfinite(focal_px) and focal_px > 0.0 and width_px > 0:
            self._focal_per_width = focal_px / width_px

    def add_preview(self, jpeg: bytes, t_s: float) -> None:
        """Send a camera image that comes small already, as soon as the car's pose is known.

        On a starved machine the poses come late; an image that waits for its own is not replaced.
        """
        self._heard_s['camera'] = self._clock()
        self._hold(messages.CAMERA, lambda: jpeg, t_s)

    def add_image(self, pixels: NDArray[np.uint8], encoding: str, t_s: float) -> None:
        """Send a camera image that is to be made smaller first."""
        self._heard_s['camera'] = self._clock()
        config = self._config
        width_px, quality = config.image_width_px, config.image_quality
        self._hold(
            messages.CAMERA, lambda: encode_preview(pixels, encoding, width_px, quality), t_s
        )

    def add_top_preview(self, jpeg: bytes, t_s: float) -> None:
        """Send an image from above that comes small already."""
        self._hold(messages.TOP, lambda: jpeg, t_s)

    def add_top(self, pixels: NDArray[np.uint8], encoding: str, t_s: float) -> None:
        """Send an image from above that is to be made smaller first."""
        quality = self._config.image_quality
        self._hold(
            messages.TOP, lambda: encode_preview(pixels, encoding, TOP_WIDTH_PX, quality), t_s
        )

    def _hold(self, kind: int, make_jpeg: Callable[[], bytes], t_s: float) -> None:
        if kind not in self._waiting:
            self._waiting[kind] = make_jpeg(), t_s
            self._send_images()

    def _send_images(self) -> None:
        """Send the images whose poses have come."""
        if self._ego is None:
            return
        for kind, (jpeg, t_s) in list(self._waiting.items()):
            if t_s > self._ego.t_s:
                continue
            del self._waiting[kind]
            pose = self._poses.get(round(t_s, TIME_DIGITS))
            if pose is not None:
                focal = self._focal_per_width if kind == messages.CAMERA else 0.0
                payload = messages.image(kind, jpeg, t_s, pose, focal)
                self._publish(payload, key=f'image {kind}')

    # ---- the car -----------------------------------------------------------------------------

    def add_ego(self, ego: EgoState) -> None:
        """Keep the state of the car; the image of this time can be sent now."""
        if self._ego is not None and ego.t_s < self._ego.t_s:
            self._begin_new_episode()
        self._ego = ego
        self._heard_s['odometry'] = self._clock()
        self._poses[round(ego.t_s, TIME_DIGITS)] = ego.pose_map.planar
        while len(self._poses) > KEPT_POSES:
            self._poses.popitem(last=False)
        self._send_images()

    def add_command(self, command: VehicleCommand) -> None:
        """Keep the command in force."""
        self._command = command

    def add_safety(self, state: SafetyState) -> None:
        """Keep the safety state."""
        self.memory.safety = state
        self._heard_s['control'] = self._clock()

    def add_observation(self, observation: Observation) -> None:
        """Keep the newest observation, for target points and progress."""
        self._observation = observation
        self.memory.add_observation(observation)
        self._heard_s['perception'] = self._clock()

    def add_plan(self, plan: DrivingPlan) -> None:
        """Send a plan."""
        self.memory.plan = plan
        self._heard_s['planner'] = self._clock()
        fields = messages.plan(plan, self.memory.observation_of(plan))
        self._publish(messages.write('plan', **fields), key='plan')

    def add_route(self, route: Route | None) -> None:
        """Send the route."""
        self._publish(messages.route(route), key='route', is_kept=True)

    # ---- words -------------------------------------------------------------------------------

    def add_commentary(self, commentary: Commentary) -> None:
        """Send a commentary as it grows."""
        self._publish(messages.commentary(commentary), key='commentary')

    def add_instruction(self, instruction: Instruction) -> None:
        """Send what somebody says to the car."""
        record = self.memory.instructions.add(instruction)
        if record is not None:
            key = f'instruction {record.id}' if record.id else ''
            self._publish(messages.record(record), key=key, is_kept=bool(key))

    def add_status(self, status: InstructionStatus) -> None:
        """Send what has become of it."""
        record = self.memory.instructions.note(status)
        if record is not None:
            key = f'instruction {record.id}'
            self._publish(messages.record(record), key=key, is_kept=True)

    # ---- the world ---------------------------------------------------------------------------

    def add_world_action(self, action: str) -> None:
        """Send whether the world stands; somebody has asked for it."""
        text = messages.write('world', paused=action != 'play')
        self._publish(text, key='world', is_kept=True)

    def add_choices(
        self,
        route: str,
        situations: Sequence[str],
        seed: int,
        known_routes: Sequence[str],
        known_situations: Sequence[str],
    ) -> None:
        """Send which episode runs and which can be run."""
        text = messages.write(
            'episode',
            route=route,
            situations=list(situations),
            seed=seed,
            known_routes=list(known_routes),
            known_situations=list(known_situations),
        )
        self._publish(text, key='episode', is_kept=True)

    def add_diagnostics(self, name: str, level: int, text: str) -> None:
        """Keep a status line."""
        self._lines[name] = level, text

    # ---- as a whole --------------------------------------------------------------------------

    def send_state(self, *, is_listened_to: bool = False) -> None:
        """Send the numbers of this moment.

        Args:
            is_listened_to: whether a voice node takes sound.
        """
        ego, command, safety = self._ego, self._command, self.memory.safety
        observation, now_s = self._observation, self._clock()
        text = messages.write(
            'state',
            t_s=None if ego is None else ego.t_s,
            pose=None if ego is None else messages.pose(ego.pose_map.planar),
            speed=None if ego is None else ego.speed_mps,
            steer=None if command is None else command.steer,
            throttle=None if command is None else command.throttle,
            brake=None if command is None else command.brake,
            plan_age=None if safety is None else safety.plan_age_s,
            safety=None if safety is None else messages.safety(safety),
            progress=None if observation is None else observation.route_progress,
            active=self.memory.instructions.active_text,
            hears=is_listened_to,
            silent={name: now_s - heard_s for name, heard_s in self._heard_s.items()},
        )
        self._publish(text, key='state')

    def send_diagnostics(self) -> None:
        """Send the status lines that are not in order, the worst first."""
        rows = [(level, name, text) for name, (level, text) in self._lines.items() if level]
        rows.sort(key=lambda row: (-row[0], row[1]))
        self._publish(messages.write('diagnostics', lines=rows), key='diagnostics')

    def pause(self) -> None:
        """Forget what grows old while nobody watches; instructions stay."""
        self.memory.forget_messages()
        self._ego = self._command = self._observation = None
        self._waiting.clear()
        self._poses.clear()
        self._heard_s.clear()
        self._lines.clear()

    def _begin_new_episode(self) -> None:
        """Time has run backwards."""
        self.memory.forget_messages()
        self._observation = None
        self._waiting.clear()
        self._poses.clear()
        self._publish(messages.write('new_episode'))
