# SPDX-License-Identifier: Apache-2.0
"""Faults of the camera: what each does to the images, and that a seed repeats them."""

import numpy as np
import pytest

from simlingo_core.errors import ConfigError
from simlingo_core.types import VehicleCommand
from simlingo_sim.camera.faults import FAULTS, CameraFaults
from simlingo_sim.camera.specs import training_camera
from simlingo_sim.config import SimConfig
from simlingo_sim.traffic.population import TrafficConfig
from simlingo_sim.world import SimWorld
from simlingo_sim.world_config import WorldConfig

TICKS = range(0, 400, 4)


def scene(tick):
    """An image whose grey is the tick, so that its time can be read."""
    image = np.full((64, 128, 4), 255, np.uint8)
    image[..., :3] = tick // 2
    image[32:, ::8, :3] = 255 - tick // 2
    return image


def delivered(name, seed=1):
    faults = CameraFaults(name, seed)
    return [faults.apply(scene(tick), tick) for tick in TICKS]


@pytest.mark.parametrize('name', FAULTS)
def test_each_fault_spoils_images_and_repeats_with_its_seed(name):
    images, again = delivered(name), delivered(name)
    assert all(
        (a is None and b is None) or np.array_equal(a, b)
        for a, b in zip(images, again, strict=True)
    )
    spoiled = [
        image is None or not np.array_equal(image, scene(tick))
        for tick, image in zip(TICKS, images, strict=True)
    ]
    assert sum(spoiled) > 0.1 * len(TICKS)


def test_frozen_images_stand_still_for_two_seconds_of_eight():
    shown = [int(image[0, 0, 0]) * 2 for image in delivered('frozen')]
    stale = [tick for tick, seen in zip(TICKS, shown, strict=True) if seen != tick]
    assert stale == [tick for tick in TICKS if tick % 160 > 120]


def test_late_images_show_what_was_seen_six_ticks_before():
    shown = [int(image[0, 0, 0]) * 2 for image in delivered('late')]
    assert shown[10:] == [tick - 8 for tick in TICKS][10:]


def test_every_fifth_image_is_dropped():
    lost = sum(image is None for image in delivered('dropped'))
    assert 0.08 * len(TICKS) < lost < 0.35 * len(TICKS)


def test_several_faults_come_together():
    faults = CameraFaults('frozen, noise', 1)
    first, second = (faults.apply(scene(tick), tick) for tick in (124, 128))
    assert abs(first.astype(int) - second.astype(int)).mean() > 5.0
    assert abs(float(first[:32].mean()) - float(second[:32].mean())) < 1.0


def test_an_unknown_fault_is_named():
    with pytest.raises(ConfigError, match=r"camera fault is 'mud'; expected one or more of: dirt"):
        CameraFaults('noise,mud', 0)


def test_lockstep_refuses_lost_images():
    with pytest.raises(ConfigError, match='drive in real time'):
        SimConfig(lockstep=True, camera_faults='dropped')


def test_the_world_delivers_faulty_images():
    traffic = TrafficConfig(vehicles=0, pedestrians=0)
    camera = training_camera(128, 64)
    config = WorldConfig(camera=camera, traffic=traffic, camera_faults='dropped')
    with SimWorld(config) as world:
        world.reset('test:0', seed=2)
        frames = [world.step(VehicleCommand.full_brake()) for _ in range(40)]
        images = [frame.image_bgra for frame in frames]
        assert 2 <= sum(image is None for image in images) <= 18
        assert world.render(camera) is not None
