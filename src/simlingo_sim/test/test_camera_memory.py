# SPDX-License-Identifier: Apache-2.0
"""Drawing for hours, in any number of episodes, must not need more and more memory."""

import gc

import psutil
import pytest
from panda3d import core as panda

from simlingo_core.types import VehicleCommand
from simlingo_sim.camera.engine import engine as open_engine
from simlingo_sim.camera.renderer import Renderer
from simlingo_sim.camera.specs import shifted_camera, training_camera
from simlingo_sim.traffic.traffic import TrafficConfig
from simlingo_sim.world import SimWorld, WorldConfig

SMALL = training_camera(64, 32)


def held():
    """Return how many render states and transforms Panda3D holds."""
    gc.collect()
    return panda.RenderState.get_num_states() + panda.TransformState.get_num_states()


@pytest.fixture
def world():
    config = WorldConfig(camera=SMALL, traffic=TrafficConfig(vehicles=10, pedestrians=2))
    with SimWorld(config) as world:
        world.reset('train:2')
        yield world


def test_images_leave_no_states_behind(world):
    counts = []
    for _ in range(3):
        for _ in range(25):
            world.step(VehicleCommand(throttle=0.6))
        counts.append(held())
    # Each image has a few states of its own: 25 that stayed would be hundreds.
    assert counts[-1] < counts[0] + 60


def test_cameras_that_move_share_one_image(world, monkeypatch):
    world.render(shifted_camera(0.0, 0.0, 64, 32))
    opened = []
    engine = type(open_engine())
    open_image = engine.open_image
    monkeypatch.setattr(engine, 'open_image', lambda *a: opened.append(a) or open_image(*a))
    first = world.render(shifted_camera(0.0, 0.0, 64, 32))
    moved = world.render(shifted_camera(0.8, 0.2, 64, 32))
    again = world.render(shifted_camera(0.0, 0.0, 64, 32))
    assert not opened
    assert (first == again).all()
    assert (first != moved).any()


@pytest.mark.slow
def test_renderers_release_their_memory(world):
    process, town, state = psutil.Process(), world.town, world.state
    used_mb, states = [], []
    for seed in range(8):
        renderer = Renderer(town, seed=seed)
        renderer.render(state, SMALL)
        renderer.close()
        states.append(held())
        used_mb.append(process.memory_full_info().uss / 2**20)
    assert states[-1] < states[0] + 60
    # The allocator settles during the first few; a renderer that stayed would be 20 MB.
    assert used_mb[-1] - used_mb[3] < 15.0
