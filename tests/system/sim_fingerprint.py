# SPDX-License-Identifier: Apache-2.0
"""Lets the expert drive in-process and prints the states of the world as JSON.

python sim_fingerprint.py ROUTE SEED TICKS IMAGE_PERIOD_TICKS
"""

import hashlib
import json
import sys

from simlingo_sim.camera.specs import CameraQuality, training_camera
from simlingo_sim.expert.driver import Expert
from simlingo_sim.world import SimWorld, WorldConfig, state_digest


def run_expert(route, seed, ticks, image_period_ticks=0):
    """Return digests of states and images, and the trajectory [x, y, yaw, speed]."""
    config = WorldConfig(camera=training_camera(256, 128), quality=CameraQuality.FULL)
    states, images, trajectory = [], [], []
    with SimWorld(config) as world:
        frame = world.reset(route, seed=seed, with_image=False)
        expert = Expert(world)
        expert.reset()
        for tick in range(ticks + 1):
            states.append(state_digest(world.state))
            if image_period_ticks and tick % image_period_ticks == 0:
                image = world.render(config.camera).tobytes()
                images.append(hashlib.sha256(image).hexdigest())
            pose = world.state.ego.pose_map
            trajectory.append([pose.x_m, pose.y_m, pose.yaw_rad, frame.ego.speed_mps])
            if tick < ticks:
                frame = world.step(expert.drive(frame), with_image=False)
    return {'states': states, 'images': images, 'trajectory': trajectory}


if __name__ == '__main__':
    route, *numbers = sys.argv[1:]
    print(json.dumps(run_expert(route, *map(int, numbers))))
