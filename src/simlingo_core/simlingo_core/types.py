# SPDX-License-Identifier: Apache-2.0
"""Data types of the stack: ego state, observation, plan, command, instruction.

All frames are REP-103 (x forward, y left, z up), all units SI.  Every type refuses non-finite
numbers and wrong shapes when it is made, so that its users need not check again.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from simlingo_core.checks import finite_array, store_finite, store_in_range, store_member
from simlingo_core.errors import ContractError
from simlingo_core.geometry import Pose3

PATH_POINTS = 20
PATH_SPACING_M = 1.0
SPEED_WAYPOINTS = 10
SPEED_WAYPOINT_PERIOD_S = 0.25
MAX_INSTRUCTION_CHARACTERS = 500
FARTHEST_PLAN_POINT_M = 1000.0
FASTEST_MPS = 200.0


class RoadOption(IntEnum):
    """High-level command, numbered as in CARLA."""

    VOID = -1
    LEFT = 1
    RIGHT = 2
    STRAIGHT = 3
    LANE_FOLLOW = 4
    CHANGE_LANE_LEFT = 5
    CHANGE_LANE_RIGHT = 6


@dataclass(frozen=True, kw_only=True)
class EgoState:
    """Pose and motion of the car.

    Attributes:
        t_s: time of the state.
        pose_map: base_link in map.
        speed_mps: along base_link x, negative when reversing.
        yaw_rate_radps: about base_link z, counter-clockwise.
        acceleration_base_mps2: shape (3,), without gravity.
    """

    t_s: float
    pose_map: Pose3
    speed_mps: float
    yaw_rate_radps: float = 0.0
    acceleration_base_mps2: NDArray[np.float64] = field(default_factory=lambda: np.zeros(3))

    def __post_init__(self) -> None:
        store_finite(self, 't_s', 'speed_mps', 'yaw_rate_radps')
        acceleration = finite_array(
            'EgoState.acceleration_base_mps2', self.acceleration_base_mps2, (3,)
        )
        object.__setattr__(self, 'acceleration_base_mps2', acceleration)


@dataclass(frozen=True, kw_only=True)
class Observation:
    """Input of a policy: image, ego state and route; message: simlingo_msgs/Observation.

    Attributes:
        t_s: exposure time of the image.
        image_jpeg: whole camera image as JPEG of quality 95; empty: no image was taken.
        pose_map: base_link in map at ``t_s``.
        speed_mps: along base_link x.
        target_points_base_m: the next two route points, shape (2, 2).
        command: command of the first target point, or of the junction being crossed.
        next_command: the command after it.
        command_distance_m: distance from base_link to the first target point; 0: the junction
            of ``command`` is being crossed.
        route_progress: share of the route's length behind the car, 0 to 1.
        is_off_route: the car is farther from its route than perception allows; it must stop.
    """

    t_s: float
    image_jpeg: bytes
    pose_map: Pose3
    speed_mps: float
    target_points_base_m: NDArray[np.float64]
    command: RoadOption = RoadOption.LANE_FOLLOW
    next_command: RoadOption = RoadOption.LANE_FOLLOW
    command_distance_m: float = 0.0
    route_progress: float = 0.0
    is_off_route: bool = False

    def __post_init__(self) -> None:
        store_finite(self, 't_s', 'speed_mps')
        store_in_range(self, 'command_distance_m', 0.0, math.inf)
        store_in_range(self, 'route_progress', 0.0, 1.0)
        store_member(self, 'command', RoadOption)
        store_member(self, 'next_command', RoadOption)
        points = finite_array(
            'Observation.target_points_base_m', self.target_points_base_m, (2, 2)
        )
        object.__setattr__(self, 'target_points_base_m', points)


@dataclass(frozen=True, kw_only=True)
class DrivingPlan:
    """Path and speed waypoints to follow; message: simlingo_msgs/DrivingPlan.

    Attributes:
        t_s: stamp of the observation the plan was made from.
        pose_map: base_link in map at ``t_s``.
        path_base_m: shape (20, 2), in base_link at ``t_s``, about 1 m apart, the first at the
            origin.
        speed_waypoints_base_m: shape (10, 2), in base_link at ``t_s``; point k is reached
            0.25 (k + 1) s after ``t_s``.
        policy: name of the policy.
        max_speed_mps: speed not to be exceeded while this plan is in force, >= 0; inf: no limit.
        stop_reason: one machine-readable word such as ``off_route``: the car must stop, whatever
            the points say; empty: it may drive.
        instruction_id: id of the instruction that was active when the plan was made; empty: none.
        confidence: 0 to 1; NaN: the policy does not know.
        inference_time_s: time from the arrival of the observation to the finished plan.
    """

    t_s: float
    pose_map: Pose3
    path_base_m: NDArray[np.float64]
    speed_waypoints_base_m: NDArray[np.float64]
    policy: str
    max_speed_mps: float = math.inf
    stop_reason: str = ''
    instruction_id: str = ''
    confidence: float = math.nan
    inference_time_s: float = 0.0

    def __post_init__(self) -> None:
        store_finite(self, 't_s')
        path = finite_array('DrivingPlan.path_base_m', self.path_base_m, (PATH_POINTS, 2))
        speeds = finite_array(
            'DrivingPlan.speed_waypoints_base_m', self.speed_waypoints_base_m, (SPEED_WAYPOINTS, 2)
        )
        for name, points in (('path_base_m', path), ('speed_waypoints_base_m', speeds)):
            if np.abs(points).max() > FARTHEST_PLAN_POINT_M:
                raise ContractError(
                    f'DrivingPlan.{name} reaches {np.abs(points).max():.3g} m away; '
                    f'expected at most {FARTHEST_PLAN_POINT_M} m'
                )
        object.__setattr__(self, 'path_base_m', path)
        object.__setattr__(self, 'speed_waypoints_base_m', speeds)
        if self.max_speed_mps != math.inf:
            store_in_range(self, 'max_speed_mps', 0.0, FASTEST_MPS)
        store_in_range(self, 'inference_time_s', 0.0, math.inf)
        if self.confidence != self.confidence:  # NaN
            object.__setattr__(self, 'confidence', math.nan)
        else:
            store_in_range(self, 'confidence', 0.0, 1.0)

    @property
    def target_speed_mps(self) -> float:
        """Upstream's desired speed: twice the distance from the waypoint at 0.25 s to 0.75 s."""
        way_m = self.speed_waypoints_base_m[2] - self.speed_waypoints_base_m[0]
        return float(2.0 * np.linalg.norm(way_m))


@dataclass(frozen=True, kw_only=True)
class VehicleCommand:
    """Command to the vehicle.

    Attributes:
        steer: share of the largest wheel angle, -1 to 1, **positive left** (CARLA's sign is the
            opposite and exists only in the adapters).
        throttle: 0 to 1.
        brake: 0 to 1.
        hand_brake: whether the hand brake is on.
        reverse: whether reverse gear is engaged.
    """

    steer: float = 0.0
    throttle: float = 0.0
    brake: float = 0.0
    hand_brake: bool = False
    reverse: bool = False

    def __post_init__(self) -> None:
        store_in_range(self, 'steer', -1.0, 1.0)
        store_in_range(self, 'throttle', 0.0, 1.0)
        store_in_range(self, 'brake', 0.0, 1.0)

    @classmethod
    def full_brake(cls) -> VehicleCommand:
        """Return the command for a full brake."""
        return cls(steer=0.0, throttle=0.0, brake=1.0)


class InstructionSource(IntEnum):
    """How an instruction was given: typed, spoken, by a program, or by an operator."""

    TYPED = 0
    VOICE = 1
    API = 2
    OPERATOR = 3


class InstructionKind(IntEnum):
    """What an instruction is: an instruction to drive by, a question, or a cancel."""

    INSTRUCT = 0
    ASK = 1
    CANCEL = 2


class SafetyMode(IntEnum):
    """Whether the model may refuse an unsafe instruction."""

    REFUSE_UNSAFE = 0
    FOLLOW = 1


@dataclass(frozen=True, kw_only=True)
class Instruction:
    """Instruction of a person or a program; message: simlingo_msgs/Instruction.

    Attributes:
        text: the instruction or question; may be empty if ``kind`` is CANCEL.
        id: unique id; empty: the planner makes one (``make_instruction_id``).  A cancel has the id
            of the instruction to cancel; empty: the active instruction.
        source: how the instruction was given.
        kind: instruction, question or cancel.
        safety_mode: whether the model may refuse.
        t_s: time at which it was given.

    Raises:
        ContractError: the text is empty (unless it is a cancel) or too long.
    """

    text: str
    id: str = ''
    source: InstructionSource = InstructionSource.TYPED
    kind: InstructionKind = InstructionKind.INSTRUCT
    safety_mode: SafetyMode = SafetyMode.REFUSE_UNSAFE
    t_s: float = 0.0

    def __post_init__(self) -> None:
        store_finite(self, 't_s')
        if not self.text.strip() and self.kind is not InstructionKind.CANCEL:
            raise ContractError('the instruction is empty; write what the car should do')
        if len(self.text) > MAX_INSTRUCTION_CHARACTERS:
            raise ContractError(
                f'the instruction has {len(self.text)} characters; '
                f'expected at most {MAX_INSTRUCTION_CHARACTERS}; use fewer words'
            )


@dataclass(frozen=True, kw_only=True)
class Commentary:
    """Commentary of the policy on its driving; message: simlingo_msgs/Commentary.

    Attributes:
        t_s: stamp of the plan and observation it belongs to.
        text: all text generated so far for this frame.
        is_growing: whether more words of this text will follow.
    """

    t_s: float
    text: str
    is_growing: bool = False

    def __post_init__(self) -> None:
        store_finite(self, 't_s')


@dataclass(frozen=True, kw_only=True)
class Answer:
    """The reply to a question.

    Attributes:
        text: answer of the model, or the reason why there is none.
        image_t_s: exposure time of the image it is about; 0 where there is no answer.
        is_success: whether ``text`` answers the question.
    """

    text: str
    image_t_s: float
    is_success: bool = True

    def __post_init__(self) -> None:
        store_finite(self, 'image_t_s')
