# SPDX-License-Identifier: Apache-2.0
"""Upstream's agent through ours: reference, filter, route and control_pid; CARLA's y is right."""

from pathlib import Path

import numpy as np
import pytest

from simlingo_carla.agent_config import AgentConfig
from simlingo_carla.agent_core import AgentCore, Readings, SparsePlan
from simlingo_carla.sensor_pose import SensorPose
from simlingo_control.config import ControlConfig
from simlingo_control.gains import PedalsConfig
from simlingo_core import carla_frame
from simlingo_core.geodesy import GeoReference, compass_from_yaw
from simlingo_core.georeference import solve_reference_as_upstream
from simlingo_core.types import DrivingPlan, RoadOption, VehicleCommand

FUNCTIONS = Path(__file__).parent / 'data' / 'functions'
ORIGIN = GeoReference(latitude_deg=0.0, longitude_deg=0.0)
mirror = carla_frame.vector_from_carla


def load(name):
    with np.load(FUNCTIONS / f'{name}.npz') as file:
        return dict(file)


def sparse_plan(data, k):
    return SparsePlan(
        fixes=data[f'plan_gps_{k}'],
        first_point_map_m=mirror(data[f'plan_world_{k}'][0, :2]),
        options=tuple(RoadOption(int(option)) for option in data[f'plan_command_{k}']),
    )


@pytest.mark.parametrize('k', [0, 1])
def test_reference_is_the_one_that_upstream_finds(k):
    data = load('route_planner')
    plan = sparse_plan(data, k)
    found = solve_reference_as_upstream(plan.fixes[0], plan.first_point_map_m)
    np.testing.assert_allclose(
        [found.latitude_deg, found.longitude_deg], data[f'ref_estimated_{k}'], atol=1e-6
    )


def test_filtered_positions():
    data = load('filter_and_frames')
    pose = SensorPose(ORIGIN, mirror(data['measurement_0'][0, :2]))
    found = []
    for (x, y, yaw, speed), before in zip(data['measurement_0'], data['control_0'], strict=True):
        steer, throttle, brake = before
        pose.note_command(
            VehicleCommand(
                steer=carla_frame.steer_from_carla(steer), throttle=throttle, brake=brake
            )
        )
        fix = ORIGIN.geodetic_from_map([x, carla_frame.mirrored(y), 0.0])
        found.append(pose.step(fix, compass_from_yaw(carla_frame.mirrored(yaw)), speed).position_m)
    np.testing.assert_allclose(mirror(found), data['state_0'][:, :2], atol=2e-3)


class GoldenPolicy:
    """Plans what stands in the data, one row a call."""

    name = 'golden'

    def __init__(self, data):
        self._rows = iter(zip(data['route_0'], data['speed_wps_0'], strict=True))

    def reset(self):
        pass

    def plan(self, observation, instruction=None):
        route, speed_wps = next(self._rows)
        return DrivingPlan(
            t_s=observation.t_s,
            pose_map=observation.pose_map,
            path_base_m=mirror(route),
            speed_waypoints_base_m=mirror(speed_wps),
            policy=self.name,
        )


def test_commands_of_the_upstream_profile_tick_by_tick():
    data, route = load('control_pid'), load('route_planner')
    core = AgentCore(
        GoldenPolicy(data),
        sparse_plan(route, 0),
        AgentConfig(profile='upstream'),
        # The data were made with speeds that nobody had rounded.
        control=ControlConfig(profile='upstream', pedals=PedalsConfig(rounds_speed=False)),
    )
    image = np.zeros((512, 1024, 4), np.uint8)
    found = []
    for tick, speed in enumerate([0.0, *data['speed_0']]):
        readings = Readings(
            image_bgra=image, fix=route['plan_gps_0'][0], compass_rad=0.5, speed_mps=float(speed)
        )
        command = core.step(readings, 0.05 * tick)
        found.append([carla_frame.steer_to_carla(command.steer), command.throttle, command.brake])
    assert found[0] == [0.0, 0.0, 1.0]  # before the first call of the network
    steer, throttle, brake = np.transpose(found[1:])
    np.testing.assert_allclose(steer, data['steer_0'], atol=1e-9)
    np.testing.assert_array_equal(brake, data['brake_0'])
    np.testing.assert_allclose(throttle, data['throttle_0'], atol=5e-6)


@pytest.mark.parametrize('k', [0, 1])
def test_target_points_of_the_plan_in_satellite_fixes(k):
    """The car goes along the plan's own points, so that the filter has nothing to correct."""
    data = load('route_planner')
    core = AgentCore(
        GoldenPolicy(load('control_pid')), sparse_plan(data, k), AgentConfig(profile='upstream')
    )
    readings = Readings(
        image_bgra=np.zeros((512, 1024, 4), np.uint8),
        fix=data[f'plan_gps_{k}'][0],
        compass_rad=np.pi / 2,
        speed_mps=0.0,
    )
    core.step(readings, 0.0)
    own = core.log.pose.transform(core.log.targets_base_m)
    expected = data[f'route_from_gps_{k}'][:, :2] - data[f'route_from_gps_{k}'][0, :2]
    offsets = mirror(own) - carla_frame.vector_to_carla(core.log.pose.position_m)
    distances = np.linalg.norm(expected[None] - offsets[:, None], axis=2).min(axis=1)
    assert (distances < 1e-2).all()
