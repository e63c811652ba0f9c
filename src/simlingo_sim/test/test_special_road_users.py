# SPDX-License-Identifier: Apache-2.0
"""Buses, motorcycles, emergency vehicles, children, dogs, open doors, furniture."""

from dataclasses import replace

import numpy as np
import pytest

from simlingo_core.geometry import Pose2
from simlingo_sim.actor_catalog import MODELS
from simlingo_sim.camera.actors import lamp_values, model_extent_m, model_mesh, model_name
from simlingo_sim.camera.mesh import Part
from simlingo_sim.camera.posters import POSTERS, poster_texture, poster_uv
from simlingo_sim.camera.renderer import Renderer
from simlingo_sim.camera.specs import training_camera
from simlingo_sim.state import ActorKind, ActorState, WorldState
from simlingo_sim.tools.special_moments import special_moments
from simlingo_sim.town.loading import load_town
from simlingo_sim.traffic.traffic import TrafficConfig
from simlingo_sim.world import SimWorld, WorldConfig


def actor(kind, ahead_m=12.0, **changes):
    pose = Pose2(-150.0 + ahead_m, -61.75, 0.0)
    extent, type_id = MODELS[kind].extent_m, MODELS[kind].type_ids[0]
    values = {'id': 9, 'kind': kind, 'type_id': type_id, 'role': 'scenario', 'pose_map': pose}
    return ActorState(**(values | {'speed_mps': 0.0, 'extent_m': extent} | changes))


@pytest.mark.parametrize('kind', ActorKind)
def test_every_kind_has_a_model_that_fills_its_box(kind):
    name = model_name(actor(kind))
    fine, coarse = model_mesh(name), model_mesh(name, True)
    assert 0 < len(coarse) <= len(fine) < 3 * 1100
    np.testing.assert_array_less(0.0, model_extent_m(name))
    # Scaled to the box, a model must not be much out of shape.
    ratio = np.array(MODELS[kind].extent_m) / model_extent_m(name)
    assert (ratio > 0.55).all()
    assert (ratio < 1.4).all()


def test_children_and_dogs_count_as_pedestrians_and_the_rest_does_not():
    walkers = {kind for kind in ActorKind if kind.is_walker}
    assert walkers == {ActorKind.PEDESTRIAN, ActorKind.CHILD, ActorKind.DOG}
    for kind in ActorKind:
        assert kind.is_vehicle + kind.is_static + kind.is_walker == 1


def test_the_sides_of_blue_lights_flash_in_turn():
    police = actor(ActorKind.POLICE, has_blue_lights=True)
    sides = [lamp_values(police, 0.05 * tick)[3] for tick in range(16)]
    assert set(sides) == {1.0, 2.0}
    assert lamp_values(replace(police, has_blue_lights=False), 0.0)[3] == 0.0
    parts = set(model_mesh('ambulance')[:, 12])
    assert {Part.LEFT_BLUE_LIGHT, Part.RIGHT_BLUE_LIGHT} <= parts


def test_blue_lights_and_open_doors_show_in_the_image():
    town = load_town('Town91')
    renderer = Renderer(town)
    ego = actor(ActorKind.CAR, 0.0, id=1)
    camera = training_camera(256, 128)

    def image(other):
        state = WorldState(tick=0, t_s=0.1, ego=ego, actors=(other,), lights={})
        return renderer.render(state, camera).astype(int)

    police = actor(ActorKind.POLICE, 9.0)
    lit = image(replace(police, has_blue_lights=True)) - image(police)
    assert lit[..., 0].max() > 80
    car = actor(ActorKind.CAR, 9.0)
    closed = image(car)
    half = camera.width_px // 2
    for angle_rad, side in ((1.1, slice(0, half)), (-1.1, slice(half, None))):
        changed = np.abs(image(replace(car, open_door_rad=angle_rad)) - closed).max(axis=2) > 20
        assert changed[:, side].sum() > 10
        assert changed[:, side].sum() > 3 * (changed.sum() - changed[:, side].sum())
    renderer.close()


def test_posters_differ():
    texture = poster_texture(256)
    seen = set()
    for index in range(len(POSTERS)):
        u0, v0, u1, v1 = poster_uv(index)
        cell = texture[int((1 - v1) * 256) : int((1 - v0) * 256), int(u0 * 256) : int(u1 * 256)]
        seen.add(tuple(cell[2, 2]))
        assert cell.std() > 5.0
    assert len(seen) == len(POSTERS)


def test_the_sheet_shows_each_of_them():
    moments = special_moments(load_town('Town91'), np.random.default_rng(0))
    shown = {one.kind for moment in moments for one in moment.state.actors}
    special = set(ActorKind) - {ActorKind.SUV, ActorKind.TRUCK, ActorKind.WARNING_SIGN}
    assert special <= shown
    assert any(one.open_door_rad < 0.0 for moment in moments for one in moment.state.actors)


def test_special_road_users_and_furniture_come_when_asked_for():
    traffic = TrafficConfig(vehicles=20, pedestrians=8, special_share=0.6, child_share=0.5, dogs=2)
    with SimWorld(WorldConfig(traffic=traffic, billboards=5, road_works=3)) as world:
        world.reset('train:0', seed=2, with_image=False)
        actors = world.state.actors
    kinds = {one.kind for one in actors}
    assert {ActorKind.BUS, ActorKind.MOTORCYCLE, ActorKind.BICYCLE} <= kinds
    assert {ActorKind.CHILD, ActorKind.DOG, ActorKind.BILLBOARD, ActorKind.BARRIER} <= kinds
    assert all(one.has_blue_lights for one in actors if one.kind.is_emergency)
    assert sum(one.kind is ActorKind.BILLBOARD for one in actors) == 5
    assert sum(one.kind is ActorKind.CONSTRUCTION_SIGN for one in actors) == 3
    assert len({one.id for one in actors}) == len(actors)
