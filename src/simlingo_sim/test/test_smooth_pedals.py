# SPDX-License-Identifier: Apache-2.0
"""The smooth expert keeps to its acceleration and jerk, and still stops in time."""

import numpy as np
from road_world import RoadWorld, actor

from simlingo_core.vehicle_model import MotionState
from simlingo_sim.ego.vehicle import EgoVehicle, VehicleConfig
from simlingo_sim.expert import Expert
from simlingo_sim.expert.config import ExpertConfig
from simlingo_sim.expert.smooth_pedals import SmoothPedals
from simlingo_sim.state import ActorKind

SMOOTH = ExpertConfig(jerk_limit_mps3=3.0)


class CarWorld(RoadWorld):
    """The straight road with the car of the simulated world."""

    def __init__(self, *actors):
        super().__init__(*actors)
        self.car = EgoVehicle(VehicleConfig())
        self.car.reset(self.ego.pose_map)

    def step(self, command):
        super().step(command)
        self.car.step(command)
        self.ego = MotionState(self.car.pose_map, self.car.speed_mps)


def driven(config, *actors, seconds=16.0):
    """Drive; returns positions and speeds."""
    world = CarWorld(*actors)
    expert = Expert(world, config)
    expert.reset()
    return world, world.drive(expert, seconds)


def test_it_stops_behind_a_standing_car_within_its_limits():
    for config, is_smooth in ((SMOOTH, True), (ExpertConfig(), False)):
        world, trace = driven(config, actor(5, ActorKind.CAR, 90.0, 0.0))
        assert 80.0 < world.front_m < 90.0 - 2.25 - 0.5
        assert trace[-1, 1] < 0.1
        moving = trace[trace[:, 1] > 0.5, 1]
        acceleration = np.diff(moving) / 0.05
        jerk = np.diff(acceleration) / 0.05
        is_within = bool(acceleration.max() < 1.9 and acceleration.min() > -3.6)
        assert is_within is is_smooth
        assert bool(np.abs(jerk).max() < 4.0) is is_smooth
    assert moving.max() > 9.0


def test_it_reaches_the_speed_of_a_free_road():
    _, trace = driven(SMOOTH)
    _, ordinary = driven(ExpertConfig())
    assert trace[-1, 1] > 0.96 * ordinary[-1, 1]
    assert trace[:, 1].max() < ordinary[:, 1].max() + 0.3


def test_a_hazard_and_a_sudden_stop_are_braked_for_with_all_there_is():
    pedals = SmoothPedals(SMOOTH)
    throttle, brake = pedals.pedals_for(10.0, 8.0, is_hazard=False)
    assert throttle > 0.0
    assert brake == 0.0
    assert pedals.pedals_for(10.0, 8.0, is_hazard=True) == (0.0, 1.0)
    assert pedals.pedals_for(0.0, 8.0, is_hazard=False) == (0.0, 1.0)
