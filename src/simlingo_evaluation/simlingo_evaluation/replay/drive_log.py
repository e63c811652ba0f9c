# SPDX-License-Identifier: Apache-2.0
"""What was driven in a recording: states, commands, lights, words; everything but the images."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simlingo_core.errors import ConfigError, ContractError, SimlingoError
from simlingo_core.geometry import Pose2
from simlingo_core.types import DrivingPlan, Instruction
from simlingo_evaluation.replay.driven import Driven
from simlingo_evaluation.replay.sources import Sources
from simlingo_ros.bag_reader import BagReader, Topic
from simlingo_ros.conversions.driving import message_to_plan
from simlingo_ros.conversions.geometry import MAP_FRAME
from simlingo_ros.conversions.language import message_to_commentary, message_to_instruction
from simlingo_ros.conversions.route import message_to_light_boxes, message_to_light_states
from simlingo_ros.conversions.time import stamp_to_seconds
from simlingo_ros.conversions.vehicle import (
    message_to_command,
    message_to_status,
    odometry_to_ego_state,
)

RED_OR_YELLOW = (0, 1)


@dataclass
class DriveLog:
    """The recording without its images.

    Attributes:
        driven: positions and speeds.
        command_t_s, commands: times (M,), and steer (positive left), throttle, brake (M, 3).
        plans: recorded plans by their stamps in ticks; only if asked for.
        commentary: recorded commentary by stamp, complete texts only.
        instructions: given during the drive.
        light_t_s, light_states: when the lights changed, and their states by id from then on.
        light_places_map_m: middle of the trigger volume of each light by id.
        refused: number of messages that could not be used, by topic, and the first reason.
    """

    driven: Driven
    command_t_s: NDArray[np.float64]
    commands: NDArray[np.float64]
    plans: Mapping[int, DrivingPlan]
    commentary: Mapping[float, str]
    instructions: tuple[Instruction, ...]
    light_t_s: list[float]
    light_states: list[Mapping[int, int]]
    light_places_map_m: Mapping[int, NDArray[np.float64]]
    refused: Mapping[str, tuple[int, str]]

    def light_ahead(self, t_s: float, pose_map: Pose2) -> str:
        """Return 'stop' (red, yellow) or 'go' for the light ahead; empty: none within reach."""
        index = bisect_right(self.light_t_s, t_s) - 1
        if index < 0:
            return ''
        states, nearest_m, found = self.light_states[index], LIGHT_REACH_M, ''
        for light, place_map_m in self.light_places_map_m.items():
            x_m, y_m = pose_map.inverse_transform(place_map_m)
            if light in states and 0.0 <= x_m < nearest_m and abs(y_m) < LIGHT_HALF_WIDTH_M:
                nearest_m = float(x_m)
                found = 'stop' if states[light] in RED_OR_YELLOW else 'go'
        return found


LIGHT_REACH_M = 25.0
LIGHT_HALF_WIDTH_M = 2.5
FUTURE_MARGIN_S = 5.0


@dataclass
class _Collected:
    """What the first pass gathers."""

    ego: list[tuple[float, float, float, float, float]] = field(default_factory=list)
    commands: list[tuple[float, float, float, float]] = field(default_factory=list)
    statuses: list[tuple[float, float, float, float]] = field(default_factory=list)
    plans: dict[int, DrivingPlan] = field(default_factory=dict)
    commentary: dict[float, str] = field(default_factory=dict)
    instructions: list[Instruction] = field(default_factory=list)
    lights: list[tuple[int, dict[int, int]]] = field(default_factory=list)
    places: dict[int, NDArray[np.float64]] = field(default_factory=dict)
    refused: dict[str, tuple[int, str]] = field(default_factory=dict)
    stamp_minus_bag_ns: int | None = None

    def add_ego(self, message: Any, time_ns: int) -> None:
        message.header.frame_id = (
            MAP_FRAME  # any fixed frame will do, the route's must be the same
        )
        ego = odometry_to_ego_state(message)
        planar = ego.pose_map.planar
        if self.stamp_minus_bag_ns is None:
            self.stamp_minus_bag_ns = round(ego.t_s * 1e9) - time_ns
        self.ego.append((ego.t_s, planar.x_m, planar.y_m, planar.yaw_rad, ego.speed_mps))

    def add_command(self, message: Any, _: int) -> None:
        command = message_to_command(message)
        t_s = stamp_to_seconds(message.header.stamp)
        self.commands.append((t_s, command.steer, command.throttle, command.brake))

    def add_status(self, message: Any, _: int) -> None:
        status = message_to_status(message)
        command = status.command
        self.statuses.append((status.t_s, command.steer, command.throttle, command.brake))

    def add_plan(self, message: Any, _: int) -> None:
        plan = message_to_plan(message)
        self.plans[stamp_key(plan.t_s)] = plan

    def add_commentary(self, message: Any, _: int) -> None:
        commentary = message_to_commentary(message)
        if not commentary.is_growing:
            self.commentary[commentary.t_s] = commentary.text

    def add_instruction(self, message: Any, _: int) -> None:
        self.instructions.append(message_to_instruction(message))

    def add_lights(self, message: Any, time_ns: int) -> None:
        self.lights.append((time_ns, message_to_light_states(message)))

    def add_places(self, message: Any, _: int) -> None:
        for box in message_to_light_boxes(message):
            centre = box.pose_map.planar.transform(box.trigger_center_m[:2])
            self.places[box.id] = centre

    def refuse(self, topic: Topic, error: SimlingoError) -> None:
        count, reason = self.refused.get(topic.name, (0, str(error)))
        self.refused[topic.name] = (count + 1, reason)


def stamp_key(t_s: float) -> int:
    """Return a stamp in milliseconds, which tells any two images apart."""
    return round(t_s * 1000.0)


def read_drive(
    bag: BagReader,
    sources: Sources,
    *,
    start_s: float = 0.0,
    duration_s: float | None = None,
    with_plans: bool = False,
) -> DriveLog:
    """Read everything but images and routes.

    Raises:
        ConfigError: there is no usable odometry, or its clock stands still.
    """
    kept = _Collected()
    handlers: dict[str, Callable[[Any, int], None]] = {
        sources.odometry: kept.add_ego,
        sources.commands: kept.add_command,
        sources.commentary: kept.add_commentary,
        sources.instructions: kept.add_instruction,
        sources.lights: kept.add_lights,
        sources.light_places: kept.add_places,
    }
    if not sources.commands:
        handlers[sources.status] = kept.add_status
    if with_plans:
        handlers[sources.plans] = kept.add_plan
    handlers.pop('', None)
    latched = {sources.lights, sources.light_places}
    length_s = end_of(start_s, duration_s)
    # The last plans are compared with what was driven after the part.
    more_s = None if length_s is None else length_s + FUTURE_MARGIN_S
    for topic, time_ns, data in bag.messages(handlers, duration_s=more_s):
        if time_ns < bag.start_ns + round(start_s * 1e9) and topic.name not in latched:
            continue
        try:
            handlers[topic.name](bag.deserialize(topic, data), time_ns)
        except ContractError as error:
            kept.refuse(topic, error)
    return _finish(kept, bag, sources)


def end_of(start_s: float, duration_s: float | None) -> float | None:
    """Return the end of a part of a bag, after its beginning; None: its end."""
    return None if duration_s is None else start_s + duration_s


def _finish(kept: _Collected, bag: BagReader, sources: Sources) -> DriveLog:
    if len(kept.ego) < 2:
        count, reason = kept.refused.get(sources.odometry, (0, ''))
        why = f'; {count} were refused: {reason}' if count else ''
        raise ConfigError(
            f'{bag.path} has {len(kept.ego)} usable messages of {sources.odometry}; expected at '
            f'least 2{why}'
        )
    rows = np.array(kept.ego)
    if np.ptp(rows[:, 0]) <= 0.0:
        raise ConfigError(
            f'the stamps of {sources.odometry} in {bag.path} all are {rows[0, 0]:g} s: its clock '
            'stood still (was it recorded without /clock?)'
        )
    commands = np.array(kept.commands or kept.statuses).reshape(-1, 4)
    offset_ns = kept.stamp_minus_bag_ns or 0
    return DriveLog(
        driven=Driven(rows[:, 0], rows[:, 1:3], rows[:, 3], rows[:, 4]),
        command_t_s=commands[:, 0],
        commands=commands[:, 1:],
        plans=kept.plans,
        commentary=kept.commentary,
        instructions=tuple(sorted(kept.instructions, key=lambda given: given.t_s)),
        light_t_s=[(time_ns + offset_ns) / 1e9 for time_ns, _ in kept.lights],
        light_states=[states for _, states in kept.lights],
        light_places_map_m=kept.places,
        refused=kept.refused,
    )


def nearest_row(times_s: NDArray[np.float64], t_s: float, tolerance_s: float) -> int | None:
    """Return the index of the time nearest to ``t_s``; None: none is near enough."""
    if not len(times_s):
        return None
    index = int(np.searchsorted(times_s, t_s))
    best = min(
        (i for i in (index - 1, index) if 0 <= i < len(times_s)),
        key=lambda i: abs(float(times_s[i]) - t_s),
    )
    is_near = math.isfinite(t_s) and abs(float(times_s[best]) - t_s) <= tolerance_s
    return best if is_near else None
