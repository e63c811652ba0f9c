# SPDX-License-Identifier: Apache-2.0
"""What stands beside the road can be hit where it is drawn."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
import shapely

from simlingo_core.geometry import Pose2
from simlingo_sim.score.infractions import InfractionKind
from simlingo_sim.score.protocol import LEADERBOARD_2_0
from simlingo_sim.score.scorer import Scorer
from simlingo_sim.score.town_road import TownRoad
from simlingo_sim.town.town import LaneKind
from simlingo_sim.traffic.traffic import TrafficConfig
from simlingo_sim.world import SimWorld, WorldConfig

WALL_AREA_M2 = 50.0


@pytest.fixture(scope='module', params=['train:0', 'test:0'])
def world(request):
    with SimWorld(WorldConfig(traffic=TrafficConfig(vehicles=0, pedestrians=0))) as world:
        world.reset(request.param, seed=3, with_image=False)
        yield world


def test_walls_are_where_they_are_drawn(world):
    walls = [shape for shape in world.scenery if shape.area > WALL_AREA_M2]
    world.render(world.config.camera)
    drawn = world._renderer.scene.buildings
    assert len(walls) == len(drawn) > 50
    for wall, building in zip(walls, drawn, strict=True):
        assert np.array_equal(shapely.get_coordinates(wall)[:4], building.corners_m)


def test_trunks_are_where_they_are_drawn(world):
    trunks = [shape for shape in world.scenery if shape.area < 1.0]
    assert len(trunks) > 50
    world.render(world.config.camera)
    corners = np.concatenate([chunk.fine[:, :3] for chunk in world._renderer.scene.chunks])
    low = shapely.STRtree(shapely.points(corners[corners[:, 2] < 0.5][:, :2]))
    for trunk in trunks:
        # Some trunks are crooked.
        assert len(low.query(trunk.buffer(0.4), predicate='contains')) >= 6


def test_nothing_stands_on_the_lanes(world):
    lanes = shapely.union_all(
        [
            shapely.LineString(lane.centre_map_m).buffer(lane.width_m / 2)
            for lane in world.town.lanes
            if lane.kind is not LaneKind.SIDEWALK
        ]
    )
    assert min(lanes.distance(shape) for shape in world.scenery) > 1.0


@pytest.mark.parametrize('is_wall', [True, False])
def test_driving_into_it_is_a_collision_with_the_layout(world, is_wall):
    shape = next(s for s in world.scenery if (s.area > WALL_AREA_M2) == is_wall)
    x_m, y_m = shape.centroid.coords[0]
    road = TownRoad(world.town)
    judge = Scorer(world.route, road, LEADERBOARD_2_0, (*road.statics, *world.scenery))
    blind = Scorer(world.route, road, LEADERBOARD_2_0, road.statics)
    found = []
    for tick in range(20):
        pose = Pose2(x_m + 2.0 * (10 - tick) / 10, y_m, np.pi)
        ego = replace(world.state.ego, pose_map=pose, speed_mps=4.0)
        state = replace(world.state, ego=ego, actors=(), tick=tick, t_s=tick * 0.05)
        found += judge.update(state)
        blind.update(state)
    hits = [i for i in found if i.kind is InfractionKind.COLLISION_STATIC]
    assert len(hits) == 1
    assert blind.finish().count(InfractionKind.COLLISION_STATIC) == 0


def test_towns_of_the_same_name_have_scenery_of_their_own(monkeypatch):
    monkeypatch.setattr('simlingo_sim.camera.layout.layout_from_town', lambda town: town.corner)
    monkeypatch.setattr(
        'simlingo_sim.camera.scene.scenery_outlines', lambda corner, chance: (corner,)
    )
    towns = [SimpleNamespace(name='Mine', corner=corner) for corner in ('a', 'b')]
    world = SimWorld()
    found = []
    for town in (*towns, towns[0]):
        monkeypatch.setattr(world, '_episode', SimpleNamespace(town=town, sun_seed=0))
        found += world.scenery
    assert found == ['a', 'b', 'a']
