# SPDX-License-Identifier: Apache-2.0
"""What happens in the small world: a bend to the left, and a hash of the car's way along it."""

from __future__ import annotations

import hashlib
import struct

from simlingo_core.frame import Frame
from simlingo_core.route import Route
from simlingo_core.route_progress import RouteProgress
from simlingo_core.testing import FakeWorld, curve_route
from simlingo_core.types import VehicleCommand

IMAGE_WIDTH, IMAGE_HEIGHT = 128, 64
START_SPEED_MPS = 4.0
ENDLESS_TICKS = 1_000_000


class SmallEpisode:
    """Moves the car one tick at a time and remembers where it was."""

    def __init__(self, radius_m: float) -> None:
        self.route: Route = curve_route(radius_m, 5.0)
        self._world = FakeWorld(
            self.route, START_SPEED_MPS, ENDLESS_TICKS, IMAGE_WIDTH, IMAGE_HEIGHT
        )
        self._progress = RouteProgress(self.route)
        self._hash = hashlib.sha256()
        self.largest_offset_m = 0.0
        self.frame: Frame = self._world.reset()

    def step(self, command: VehicleCommand, *, with_image: bool = False) -> Frame:
        """Apply the command for one tick and return the next frame."""
        self.frame = self._world.step(command, with_image=with_image)
        pose = self.frame.ego.pose_map.planar
        self._progress.update(pose.position_m)
        self.largest_offset_m = max(self.largest_offset_m, abs(self._progress.lateral_offset_m))
        numbers = (pose.x_m, pose.y_m, pose.yaw_rad, self.frame.ego.speed_mps, command.steer)
        self._hash.update(struct.pack('<q5d', self.frame.tick, *numbers))
        return self.frame

    @property
    def distance_m(self) -> float:
        """Way along the route."""
        return self._progress.arc_m

    @property
    def trajectory_hash(self) -> str:
        """SHA-256 of every state and steering so far: equal episodes have equal hashes."""
        return self._hash.hexdigest()
