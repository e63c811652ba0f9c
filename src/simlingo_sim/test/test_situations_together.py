# SPDX-License-Identifier: Apache-2.0
"""Several situations on one route must not jam each other."""

from dataclasses import replace

import numpy as np
import pytest

from simlingo_core.errors import WorldError
from simlingo_core.geometry import Pose2
from simlingo_core.route import Route
from simlingo_core.types import RoadOption, VehicleCommand
from simlingo_sim.expert.driver import Expert
from simlingo_sim.situations.stage import pose_on
from simlingo_sim.situations.vehicles_ahead import LeadVehicleBrakes
from simlingo_sim.state import ActorKind
from simlingo_sim.town.route_files import SituationSpec, find_named_route
from simlingo_sim.world import SimWorld


@pytest.fixture(scope='module')
def world():
    with SimWorld() as opened:
        yield opened


def reset(world, name, *places, seed=1):
    """Reset to a route with situations, each a name and a place along the route."""
    route = find_named_route(name)
    world.reset(replace(route, situations=()), seed=seed, with_image=False)
    specs = tuple(
        SituationSpec(name=kind, trigger_map=pose_on(world.route, arc_m)) for kind, arc_m in places
    )
    return world.reset(replace(route, situations=specs), seed=seed, with_image=False)


def test_a_vehicle_that_drives_on_into_an_obstacle_is_an_error_that_names_both(world):
    places = (('blocked_lane', 70.0), ('parked_obstacle', 339.0))
    with pytest.raises(WorldError, match='blocked_lane at 70 m would drive on to parked_obstacle'):
        reset(world, 'train2:34', *places, seed=310)
    reset(world, 'train2:34', *reversed(places[:1]), seed=310)


def test_a_vehicle_that_drives_ahead_does_not_get_past_an_obstacle_before_its_place(world):
    places = (('parked_obstacle', 137.0), ('lead_vehicle_brakes', 229.0))
    with pytest.raises(WorldError, match='lead_vehicle_brakes at 229 m would drive on to parked'):
        reset(world, 'val:27', *places, seed=100)


def test_a_released_vehicle_turns_off_before_a_closed_street(world):
    frame = reset(world, 'train:26', ('blocked_lane', 60.0), ('parked_obstacle', 190.0))
    assert world.planned.is_junction[80:190].any()
    expert = Expert(world)
    expert.reset()
    blocker_id = world.situations[0].actor_ids[0]
    while not world.situations[1].is_over:
        assert world.state.tick < 2400, 'it must not stand before the obstacle for ever'
        frame = world.step(expert.drive(frame), with_image=False)
    (blocker,) = (a for a in world.state.actors if a.id == blocker_id)
    _, left_m = world.route.project(blocker.pose_map.position_m)
    assert abs(left_m) > 10.0


def test_a_lead_vehicle_drives_on_while_others_queue_behind_it(world):
    reset(world, 'test:6')
    stage = world._require().stage
    situation = LeadVehicleBrakes(stage.planned.route.length_m)
    situation.begin(stage)
    (lead_id,) = situation.actor_ids()

    def drive(seconds):
        for _ in range(round(seconds * 20)):
            world.step(VehicleCommand(brake=1.0), with_image=False)
            situation.step(stage)
        (lead,) = (a for a in world.state.actors if a.id == lead_id)
        return lead

    lead = drive(8.0)
    assert lead.speed_mps < 0.1, 'it waits for an ego that stands'
    ends = lead.pose_map.transform(np.array([[-11.0, 0.0], [-9.0, 0.0]]))
    path = Route(ends, [RoadOption.LANE_FOLLOW] * 2)
    stage.spawn(ActorKind.CAR, Pose2(0.0, 0.0, 0.0), path=path)
    assert drive(2.0).speed_mps > 2.0
