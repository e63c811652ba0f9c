# SPDX-License-Identifier: Apache-2.0
"""Driving plans from decisions of the expert."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from simlingo_core.frame import TICK_PERIOD_S
from simlingo_core.geometry import Pose2
from simlingo_core.resampling import resample_equidistant
from simlingo_core.types import (
    PATH_POINTS,
    PATH_SPACING_M,
    SPEED_WAYPOINT_PERIOD_S,
    SPEED_WAYPOINTS,
    DrivingPlan,
    Instruction,
    Observation,
    VehicleCommand,
)
from simlingo_core.vehicle_model import MotionState, advance_ego
from simlingo_sim.expert.dense_route import SPACING_M, DenseRoute
from simlingo_sim.expert.intent import Intent
from simlingo_sim.expert.longitudinal import pedals_for
from simlingo_sim.expert.speed_profile import SpeedProfile

REACH_M = 60.0
JOIN_M = 2.0
FINE_PER_METRE = 10


def make_plan(
    observation: Observation,
    intent: Intent,
    profile: SpeedProfile,
    name: str,
    instruction: Instruction | None,
) -> DrivingPlan:
    """Return the plan: the route ahead, and waypoints reached with the expert's own pedals."""
    pose = observation.pose_map.planar
    fine = path_ahead(intent.scene.route, pose)
    travelled = roll_out_distance(intent, profile)
    waypoints = _at(fine, travelled)
    stride = round(PATH_SPACING_M * FINE_PER_METRE)
    return DrivingPlan(
        t_s=observation.t_s,
        pose_map=observation.pose_map,
        path_base_m=fine[: PATH_POINTS * stride : stride],
        speed_waypoints_base_m=waypoints,
        policy=name,
        instruction_id=instruction.id if instruction else '',
        confidence=1.0,
    )


def path_ahead(route: DenseRoute, pose: Pose2) -> NDArray[np.float64]:
    """Return points every 0.1 m ahead of the car in base_link; the first is the origin."""
    first = route.index + round(JOIN_M / SPACING_M)
    last = min(len(route), first + round(REACH_M / SPACING_M))
    ahead = pose.inverse_transform(route.points_map_m[first:last:5])
    count = round(REACH_M * FINE_PER_METRE)
    return resample_equidistant(ahead, count=count, spacing_m=1.0 / FINE_PER_METRE)


def roll_out_distance(intent: Intent, profile: SpeedProfile) -> NDArray[np.float64]:
    """Return the distance travelled after 0.25, 0.5, ... 2.5 s [m], shape (10,).

    The expert's pedals on the kinematic model; leaders keep their speeds, and a hazard keeps the
    brake on.
    """
    route, speed = intent.scene.route, max(0.0, intent.scene.ego.speed_mps)
    is_passing = intent.reason.changed_route
    per_waypoint = round(SPEED_WAYPOINT_PERIOD_S / TICK_PERIOD_S)
    travelled, result = 0.0, []
    for tick in range(SPEED_WAYPOINTS * per_waypoint):
        index = route.index + round(travelled / SPACING_M)
        desired = profile.target_mps(index, is_passing=is_passing)
        targets = [
            leader.target_mps(desired, speed, t_s=tick * TICK_PERIOD_S, travelled_m=travelled)
            for leader in intent.leaders
        ]
        throttle, brakes = pedals_for(min([desired, *targets]), speed, is_hazard=intent.is_hazard)
        command = VehicleCommand(throttle=throttle, brake=float(brakes))
        after = advance_ego(MotionState(Pose2(0.0, 0.0, 0.0), speed), command).speed_mps
        travelled += 0.5 * (speed + after) * TICK_PERIOD_S
        speed = after
        if tick % per_waypoint == per_waypoint - 1:
            result.append(travelled)
    return np.array(result)


def _at(fine_base_m: NDArray[np.float64], arcs_m: NDArray[np.float64]) -> NDArray[np.float64]:
    grid = np.arange(len(fine_base_m)) / FINE_PER_METRE
    return np.stack([np.interp(arcs_m, grid, fine_base_m[:, k]) for k in range(2)], axis=-1)
