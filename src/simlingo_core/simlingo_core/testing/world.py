# SPDX-License-Identifier: Apache-2.0
"""A small world: an empty plane with a checkered ground, driven by the vehicle model."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from simlingo_core.errors import WorldError
from simlingo_core.frame import TICK_PERIOD_S, Frame, GnssReading, ImuReading
from simlingo_core.geodesy import GeoReference
from simlingo_core.geometry import Pose2, Pose3, wrap_angle_rad
from simlingo_core.route import Route
from simlingo_core.route_progress import RouteProgress
from simlingo_core.types import EgoState, VehicleCommand
from simlingo_core.vehicle_model import MotionState, advance_ego

GRAVITY_MPS2 = 9.81
_CAMERA_BACK_M, _CAMERA_HEIGHT_M, _CAMERA_FOV_RAD = 1.5, 2.0, math.radians(110.0)
_BLOCK_PIXELS = 4
_TILE_M = 2.0
_ARRIVAL_M = 2.0


class FakeWorld:
    """Implements ``World``: the same commands give the same frames to the last bit.

    Args:
        route: the episode starts and ends where the route does.
        speed_mps: speed at the start.
        max_ticks: the episode also ends after this many ticks.
        image_width, image_height: size of the camera image, multiples of 4.
    """

    def __init__(
        self,
        route: Route,
        speed_mps: float = 0.0,
        max_ticks: int = 2000,
        image_width: int = 1024,
        image_height: int = 512,
    ) -> None:
        self.route = route
        self._start_speed_mps = speed_mps
        self._max_ticks = max_ticks
        self._camera = CheckeredCamera(image_width, image_height)
        self._is_closed = False
        self._state = self._start()
        self._tick = 0
        self._progress = RouteProgress(route)

    def reset(self, *, with_image: bool = True) -> Frame:
        """Go back to the start and return its frame (tick 0)."""
        self._state = self._start()
        self._tick = 0
        self._progress.reset()
        return self._frame(self._state, with_image)

    def step(self, command: VehicleCommand, *, with_image: bool = True) -> Frame:
        """Apply the command for one tick and return the next frame.

        Raises:
            WorldError: the world is closed.
        """
        if self._is_closed:
            raise WorldError('the world is closed; make a new one')
        before, self._state = self._state, advance_ego(self._state, command)
        self._tick += 1
        return self._frame(before, with_image)

    def close(self) -> None:
        """Refuse any further step."""
        self._is_closed = True

    def _start(self) -> MotionState:
        x_m, y_m = self.route.points_map_m[0]
        pose = Pose2(float(x_m), float(y_m), float(self.route.heading_at(0.0)))
        return MotionState(pose, self._start_speed_mps)

    def _frame(self, before: MotionState, with_image: bool) -> Frame:
        pose, speed = self._state.pose_map, self._state.speed_mps
        yaw_rate = wrap_angle_rad(pose.yaw_rad - before.pose_map.yaw_rad) / TICK_PERIOD_S
        forward = (speed - before.speed_mps) / TICK_PERIOD_S
        acceleration = np.array([forward, speed * yaw_rate, 0.0])
        t_s = self._tick * TICK_PERIOD_S
        fix = GeoReference().geodetic_from_map([pose.x_m, pose.y_m, 0.0])
        self._progress.update(pose.position_m)
        return Frame(
            tick=self._tick,
            t_s=t_s,
            ego=EgoState(
                t_s=t_s,
                pose_map=Pose3.from_planar(pose),
                speed_mps=speed,
                yaw_rate_radps=yaw_rate,
                acceleration_base_mps2=acceleration,
            ),
            image_bgra=self._camera.render(pose) if with_image else None,
            imu=ImuReading(
                acceleration_base_mps2=acceleration + np.array([0.0, 0.0, GRAVITY_MPS2]),
                angular_velocity_base_radps=np.array([0.0, 0.0, yaw_rate]),
                orientation_yaw_rad=pose.yaw_rad,
            ),
            gnss=GnssReading(
                latitude_deg=float(fix[0]), longitude_deg=float(fix[1]), altitude_m=float(fix[2])
            ),
            speedometer_mps=speed,
            is_done=self._tick >= self._max_ticks
            or self.route.length_m - self._progress.arc_m < _ARRIVAL_M,
        )


class CheckeredCamera:
    """Renders a checkered ground and a striped sky; every pose gives another image."""

    def __init__(self, width: int, height: int) -> None:
        if width % _BLOCK_PIXELS or height % _BLOCK_PIXELS or min(width, height) <= 0:
            raise WorldError(
                f'the image is {width}x{height}; expected multiples of {_BLOCK_PIXELS}'
            )
        rows, columns = height // _BLOCK_PIXELS, width // _BLOCK_PIXELS
        focal = columns / (2.0 * math.tan(_CAMERA_FOV_RAD / 2.0))
        right = (np.arange(columns) + 0.5 - columns / 2.0) / focal
        down = (np.arange(rows) + 0.5 - rows / 2.0) / focal
        self._horizon = int((down <= 0.0).sum())
        depth_m = _CAMERA_HEIGHT_M / down[self._horizon :, None]
        x_m = np.broadcast_to(depth_m - _CAMERA_BACK_M, (rows - self._horizon, columns))
        self._ground_base_m = np.stack([x_m, -right * depth_m], axis=-1)
        self._bearing_base_rad = -np.arctan(right)
        self._shape = (rows, columns)

    def render(self, pose_map: Pose2) -> NDArray[np.uint8]:
        """Return uint8 (height, width, 4), BGRA."""
        small = np.full((*self._shape, 4), 255, dtype=np.uint8)
        bearing = self._bearing_base_rad + pose_map.yaw_rad
        small[: self._horizon, :, 0] = 200 + 50 * np.cos(bearing)
        small[: self._horizon, :, 1] = 150 + 50 * np.sin(3.0 * bearing)
        small[: self._horizon, :, 2] = 120
        ground = pose_map.transform(self._ground_base_m)
        tiles = np.floor(ground / _TILE_M).astype(np.int64)
        is_light = (tiles.sum(axis=-1) & 1).astype(np.uint8)
        small[self._horizon :, :, :3] = (70 + 60 * is_light)[..., None]
        small[self._horizon :, :, 1] += (20 + 10 * np.sin(ground[..., 0])).astype(np.uint8)
        return small.repeat(_BLOCK_PIXELS, axis=0).repeat(_BLOCK_PIXELS, axis=1)
