# SPDX-License-Identifier: Apache-2.0
"""Bad input to the world is refused, and the world can be used afterwards."""

import math

import numpy as np
import pytest
from street_route import GO, street

from simlingo_core.errors import ContractError, WorldError
from simlingo_core.geometry import Pose2
from simlingo_core.types import VehicleCommand
from simlingo_sim.actor_catalog import MODELS
from simlingo_sim.state import ActorKind, ActorState
from simlingo_sim.town.route_files import SituationSpec
from simlingo_sim.traffic.traffic import Traffic, TrafficConfig
from simlingo_sim.world import SimWorld, WorldConfig

QUIET = WorldConfig(traffic=TrafficConfig(vehicles=0, pedestrians=0))


@pytest.mark.parametrize(
    ('route', 'situation', 'words'),
    [
        (street(waypoints_map_m=np.array([[0.0, 0.0], [5.0, 5.0]])), None, 'not on a road'),
        (street(town='Town01'), None, 'there is no town'),
        (street(), 'red_ligth', "did you mean 'red_light'"),
        (street(), 'quidditch', 'expected one of free_driving'),
        (street(), 'stop_sign', 'no place for stop_sign'),
        ('test', None, 'expected <set>:<id>'),
        ('test:999', None, "no route '999'"),
        (
            street(
                situations=(
                    SituationSpec(name='parked_obstacle', trigger_map=Pose2(0.0, 0.0, 0.0)),
                )
            ),
            None,
            'off the route',
        ),
        (
            street(
                situations=(
                    SituationSpec(name='parked_obstacle', trigger_map=Pose2(-68.25, -149.0, 1.57)),
                )
            ),
            None,
            'would stand inside actor 1',
        ),
    ],
)
def test_bad_episodes_are_refused_and_the_world_lives_on(quiet, route, situation, words):
    with pytest.raises(WorldError, match=words):
        quiet.reset(route, situation, with_image=False)
    quiet.reset(street(), with_image=False)
    assert quiet.step(GO, with_image=False).tick == 1


def test_bad_commands_are_refused_and_the_world_lives_on(quiet):
    with pytest.raises(WorldError, match='reset the world first'):
        quiet.step(GO, with_image=False)
    quiet.reset(street(), with_image=False)
    with pytest.raises(ContractError):
        quiet.step(VehicleCommand(throttle=math.nan), with_image=False)
    with pytest.raises(ContractError, match=r'-1\.0 to 1\.0'):
        quiet.step(VehicleCommand(steer=2.0), with_image=False)
    with pytest.raises(ContractError, match='expected a VehicleCommand'):
        quiet.step(None, with_image=False)
    with pytest.raises(WorldError, match='seed is -1'):
        quiet.reset(street(), seed=-1, with_image=False)
    quiet.reset(street(), with_image=False)
    assert quiet.step(GO, with_image=False).tick == 1


def test_one_world_with_traffic_at_a_time(quiet):
    quiet.reset(street(), with_image=False)
    with SimWorld(QUIET) as second:
        with pytest.raises(WorldError, match='close the other world first'):
            second.reset(street(), with_image=False)
        quiet.close()
        second.reset(street(), with_image=False)


def test_sumo_is_guarded_against_numbers_it_hangs_on(quiet):
    quiet.reset(street(), with_image=False)
    town = quiet.town
    quiet.close()
    traffic = Traffic(town, TrafficConfig(vehicles=0, pedestrians=0), 0)
    try:
        ego = ActorState(
            id=1,
            kind=ActorKind.CAR,
            type_id='x',
            role='ego_vehicle',
            pose_map=Pose2(1e12, 0.0, 0.0),
            speed_mps=0.0,
            extent_m=MODELS[ActorKind.CAR].extent_m,
        )
        with pytest.raises(WorldError, match='expected a place in the town'):
            traffic.step(ego, [])
    finally:
        traffic.close()
