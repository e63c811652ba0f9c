# SPDX-License-Identifier: Apache-2.0
"""The first three towns and their routes stay as they are: scores and records refer to them."""

import hashlib

import pytest

from simlingo_core.types import VehicleCommand
from simlingo_sim.town.loading import TOWN_FOLDER
from simlingo_sim.town.route_files import ROUTE_FOLDER
from simlingo_sim.world import SimWorld

FILES = {
    'Town91/Town91.net.xml': 'bf8f31c801e8bec8',
    'Town91/Town91.xodr': '547671cff8510425',
    'Town92/Town92.net.xml': '0a1f04a04e469faf',
    'Town92/Town92.xodr': '7eda7cf66e180b64',
    'Town93/Town93.net.xml': 'ddfa03a8162a36d8',
    'Town93/Town93.xodr': '90952a68d9019e1c',
    'train.xml': 'bb8c7d1d2df26f5c',
    'train_wide.xml': '5b35cb16e2d628c0',
    'test.xml': 'fcc7f9c51ec37c80',
    'all_towns.xml': '9d7b1a645b55b8fe',
}
TICKS = 30


@pytest.mark.parametrize('name', FILES)
def test_files_are_kept(name):
    folder = TOWN_FOLDER if name.startswith('Town') else ROUTE_FOLDER
    digest = hashlib.sha256((folder / name).read_bytes()).hexdigest()
    assert digest[:16] == FILES[name], f'{name} has changed; make a new town or route set instead'


@pytest.mark.parametrize(
    ('route', 'expected'),
    [
        ('train:0', '4b17abba03b409a8'),
        ('train:40', 'e0abba2e59f4b04d'),
        ('test:26', '8c7e97ad0a625350'),
    ],
)
def test_states_are_kept(route, expected):
    """Rounded to 0.1 mm, so that another processor's last digit does not matter."""
    digest = hashlib.sha256()
    with SimWorld() as world:
        world.reset(route, seed=1, with_image=False)
        for _ in range(TICKS):
            for actor in (world.state.ego, *world.state.actors):
                digest.update(_row(actor).encode())
            lights = sorted(world.state.lights.items())
            digest.update(repr([(ident, int(light)) for ident, light in lights]).encode())
            world.step(VehicleCommand(throttle=0.5), with_image=False)
        places = [scenery.centroid.coords[0] for scenery in world.scenery]
    digest.update(repr([(round(x, 3) + 0.0, round(y, 3) + 0.0) for x, y in places]).encode())
    assert digest.hexdigest()[:16] == expected


def _row(actor):
    pose = actor.pose_map
    numbers = (pose.x_m, pose.y_m, pose.yaw_rad, actor.speed_mps, actor.walk_phase)
    lamps = actor.is_braking, actor.blinks_left, actor.blinks_right
    texts = actor.id, actor.kind.value, actor.type_id, actor.role, actor.color_rgb, lamps
    return repr((texts, [round(number, 4) + 0.0 for number in numbers]))
