# SPDX-License-Identifier: Apache-2.0
"""The leaderboard's agent without the leaderboard: sensor readings in, one command a tick out.

The cores are those behind the topics; only the pose comes from satellite fix, compass and
speedometer, because the SENSORS track has no odometry.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from simlingo_carla.agent_config import AgentConfig
from simlingo_carla.sensor_pose import SensorPose
from simlingo_control.config import ControlConfig
from simlingo_control.core import ControlCore
from simlingo_core.checks import finite_array
from simlingo_core.errors import ContractError, SimlingoError
from simlingo_core.geometry import Pose2, Pose3
from simlingo_core.georeference import solve_reference, solve_reference_as_upstream
from simlingo_core.protocols import Policy
from simlingo_core.route import Route
from simlingo_core.target_points import TargetPointTracker
from simlingo_core.types import (
    DrivingPlan,
    EgoState,
    Instruction,
    Observation,
    RoadOption,
    SafetyMode,
    VehicleCommand,
)
from simlingo_perception.camera_conditioner import CameraConditioner
from simlingo_perception.config import PerceptionConfig
from simlingo_planner.core import PlannerCore

logger = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True, eq=False)
class SparsePlan:
    """The leaderboard's thinned-out route.

    Attributes:
        fixes: latitude [deg], longitude [deg], altitude [m] of each point, shape (N, 3), N >= 2.
        first_point_map_m: the first point in map, shape (2,).
        options: command of each point.

    Raises:
        ContractError: there are fewer than two points, or another number of commands.
        NonFiniteError: a number is NaN or infinite.
    """

    fixes: NDArray[np.float64]
    first_point_map_m: NDArray[np.float64]
    options: tuple[RoadOption, ...]

    def __post_init__(self) -> None:
        finite_array('SparsePlan.fixes', self.fixes, (None, 3))
        finite_array('SparsePlan.first_point_map_m', self.first_point_map_m, (2,))
        if len(self.fixes) < 2 or len(self.options) != len(self.fixes):
            raise ContractError(
                f'the plan has {len(self.fixes)} points and {len(self.options)} commands; '
                'expected two points or more and a command for each'
            )


@dataclass(frozen=True, kw_only=True, eq=False)
class Readings:
    """What the sensors gave at one tick.

    Attributes:
        image_bgra: uint8 (512, 1024, 4).
        fix: latitude [deg], longitude [deg], altitude [m], shape (3,).
        compass_rad: 0 north, clockwise.
        speed_mps: along the car.
    """

    image_bgra: NDArray[np.uint8]
    fix: NDArray[np.float64]
    compass_rad: float
    speed_mps: float


@dataclass(kw_only=True)
class DriveLog:
    """What happened in the last tick, for logs and tests.

    Attributes:
        pose: of the car; None: a reading was no number.
        targets_base_m: target points, shape (2, 2).
        plan: in force.
        errors: what went wrong so far, in words.
    """

    pose: Pose2 | None = None
    targets_base_m: NDArray[np.float64] | None = None
    plan: DrivingPlan | None = None
    errors: list[str] = field(default_factory=list)


class AgentCore:
    """Drives one route.

    Args:
        policy: makes the plans.
        plan: the route.
        config: profile and period.
        control: settings of the command; None: those of the profile.

    Attributes:
        log: of the last tick.

    Raises:
        ContractError: the plan's fixes and its point in map do not belong together.
    """

    def __init__(
        self,
        policy: Policy,
        plan: SparsePlan,
        config: AgentConfig | None = None,
        *,
        control: ControlConfig | None = None,
    ) -> None:
        self._config = config or AgentConfig()
        is_upstream = self._config.is_upstream
        solve = solve_reference_as_upstream if is_upstream else solve_reference
        reference = solve(plan.fixes[0], plan.first_point_map_m)
        points = reference.map_from_geodetic(plan.fixes)[:, :2]
        self._pose = SensorPose(reference, points[0], is_upstream=is_upstream)
        self._targets = TargetPointTracker(
            Route.without_repeats(points, plan.options),
            self._config.target_reached_m,
            self._config.target_search_m,
        )
        self._camera = CameraConditioner(PerceptionConfig())
        policy.reset()
        self._planner = PlannerCore(policy)
        self._control = ControlCore(control or ControlConfig(profile=self._config.profile))
        self._plan: DrivingPlan | None = None
        self._tick = -1
        self.log = DriveLog()

    def step(self, readings: Readings, t_s: float) -> VehicleCommand:
        """Return the command of this tick; a reading that is no number brakes fully.

        Args:
            readings: of this tick.
            t_s: simulation time.
        """
        self._tick += 1
        self.log = DriveLog(errors=self.log.errors)
        try:
            command = self._drive(readings, t_s)
        except SimlingoError as error:
            self._note(f'{t_s:.2f} s: {error}')
            command = VehicleCommand.full_brake()
        self._pose.note_command(command)
        return command

    def _drive(self, readings: Readings, t_s: float) -> VehicleCommand:
        pose = self._pose.step(readings.fix, readings.compass_rad, readings.speed_mps)
        targets = self._targets.update(pose.position_m)
        self.log.pose, self.log.targets_base_m = pose, targets.points_base_m(pose)
        pose_map = Pose3.from_roll_pitch_yaw([pose.x_m, pose.y_m, 0.0], 0.0, 0.0, pose.yaw_rad)
        if self._config.is_upstream and self._tick == 0:
            return VehicleCommand.full_brake()
        if self._tick % self._config.plan_period_ticks == 0:
            self._make_plan(
                Observation(
                    t_s=t_s,
                    image_jpeg=self._camera.encode(readings.image_bgra, 'bgra8'),
                    pose_map=pose_map,
                    speed_mps=readings.speed_mps,
                    target_points_base_m=self.log.targets_base_m,
                    command=targets.command,
                    next_command=targets.next_command,
                    command_distance_m=0.0 if targets.is_crossing_junction else targets.distance_m,
                )
            )
        self.log.plan = self._plan
        ego = EgoState(t_s=t_s, pose_map=pose_map, speed_mps=readings.speed_mps)
        return self._control.step(t_s, ego, self._plan).command

    def _make_plan(self, observation: Observation) -> None:
        text = self._config.instruction
        if text and self._plan is None:
            arbiter = self._planner.arbiter
            given = Instruction(text=text, safety_mode=SafetyMode.FOLLOW)
            arbiter.submit(arbiter.name(given), observation.t_s)
        outcome, _ = self._planner.plan(observation)
        self._plan = outcome.plan
        if outcome.error is not None:
            self._note(f'{observation.t_s:.2f} s: {outcome.error}')

    def _note(self, error: str) -> None:
        self.log.errors.append(error)
        logger.warning('%s', error)
