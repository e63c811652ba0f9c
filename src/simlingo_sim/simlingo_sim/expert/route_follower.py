# SPDX-License-Identifier: Apache-2.0
"""Baseline that follows the route at the speed limit and ignores everything else."""

from __future__ import annotations

from simlingo_core.errors import WorldError
from simlingo_core.frame import Frame
from simlingo_core.types import VehicleCommand
from simlingo_sim.expert.config import ExpertConfig
from simlingo_sim.expert.dense_route import SPACING_M, DenseRoute
from simlingo_sim.expert.lateral import LateralPid
from simlingo_sim.expert.longitudinal import pedals_for
from simlingo_sim.expert.privileged_world import PrivilegedWorld
from simlingo_sim.expert.speed_profile import SpeedProfile


class RouteFollower:
    """Upstream's steering and pedals along the route; ignores actors, lights and signs.

    Args:
        world: the simulated world; only its route is read.
        config: speeds, the same as the expert's.
    """

    def __init__(self, world: PrivilegedWorld, config: ExpertConfig | None = None) -> None:
        self._world = world
        self._config = config or ExpertConfig()
        self._route: DenseRoute | None = None

    @property
    def name(self) -> str:
        """Name of the driver, written into results."""
        return 'route_follower'

    def reset(self) -> None:
        """Discard all state and read the world's route."""
        self._route = DenseRoute(self._world.planned)
        self._profile = SpeedProfile(self._route, self._config)
        self._lateral = LateralPid()

    def drive(self, frame: Frame) -> VehicleCommand:
        """Return the command for this frame.

        Raises:
            WorldError: ``reset`` has not been called.
        """
        route = self._route
        if route is None:
            raise WorldError('the route follower has no route; reset the world, then the follower')
        pose, speed = frame.ego.pose_map.planar, frame.ego.speed_mps
        index = route.advance(pose.position_m)
        ahead = self._lateral.lookahead_index(speed, len(route) - index, spacing_m=SPACING_M)
        aim = route.points_map_m[index + ahead]
        steer = self._lateral.steer_for(aim, pose.position_m, pose.yaw_rad)
        throttle, brakes = pedals_for(self._profile.target_mps(index), speed, is_hazard=False)
        return VehicleCommand(steer=steer, throttle=throttle, brake=float(brakes))
