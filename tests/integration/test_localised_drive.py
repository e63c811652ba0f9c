# SPDX-License-Identifier: Apache-2.0
"""A closed loop in the embedded world whose stack never sees the odometry."""

import dataclasses

import numpy as np

from simlingo_core.georeference import read_reference
from simlingo_evaluation.agents import PolicyAgent
from simlingo_perception.localisation.config import LocalisationConfig
from simlingo_perception.localisation.core import LocalisationCore
from simlingo_planner.baselines import TargetPointPolicy
from simlingo_sim.ego.sensors import SensorConfig
from simlingo_sim.traffic.traffic import TrafficConfig
from simlingo_sim.world import SimWorld, WorldConfig

TICKS = 200


def drive(world, *, is_localised):
    """Drive; return how far the pose was off and how far the car was from its route, by tick."""
    frame = world.reset('test:0', seed=3, with_image=False)
    core = LocalisationCore(LocalisationConfig())
    core.set_map_reference(read_reference(world.town.map.opendrive))
    agent = PolicyAgent(TargetPointPolicy(), uses_images=False)
    agent.reset(world.route)
    errors_m, offsets_m = [], []
    for _ in range(TICKS):
        core.add_imu(frame.t_s, frame.imu)
        core.add_speed(frame.speedometer_mps)
        ego = core.add_fix(frame.t_s, frame.gnss)
        truth = frame.ego.pose_map
        errors_m.append(np.hypot(*(ego.pose_map.translation_m - truth.translation_m)[:2]))
        offsets_m.append(world.route.project(truth.planar.position_m)[1])
        command = agent.step(dataclasses.replace(frame, ego=ego) if is_localised else frame)
        core.note_command(command)
        frame = world.step(command, with_image=False)
    return np.array(errors_m), np.array(offsets_m), world.route_arc_m


def test_the_car_follows_its_route_by_satellite_fix_imu_and_speed_alone():
    """With the noise of the leaderboard it drives as far, and as near to its route."""
    config = WorldConfig(
        traffic=TrafficConfig(vehicles=0, pedestrians=0), sensors=SensorConfig(has_noise=True)
    )
    with SimWorld(config) as world:
        _, by_odometry_m, far_m = drive(world, is_localised=False)
        errors_m, by_fix_m, arc_m = drive(world, is_localised=True)
    assert errors_m[20:].mean() < 0.4
    assert far_m > 40.0
    assert abs(arc_m - far_m) < 3.0
    assert abs(by_fix_m).max() < abs(by_odometry_m).max() + 0.6
