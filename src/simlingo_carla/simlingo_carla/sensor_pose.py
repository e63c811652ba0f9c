# SPDX-License-Identifier: Apache-2.0
"""Where the car is, by satellite fix, compass and speedometer: what the SENSORS track allows."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike

from simlingo_core.carla_frame import mirrored
from simlingo_core.errors import NonFiniteError
from simlingo_core.geodesy import GeoReference, yaw_from_compass
from simlingo_core.geometry import Pose2
from simlingo_core.georeference import is_latitude_mirrored
from simlingo_core.types import VehicleCommand
from simlingo_perception.pose_filter import PoseFilter

BRAKED_TICKS = 40
"""So many ticks upstream's filter believes in a full brake, whatever is commanded (2 s)."""


class SensorPose:
    """Filters one drive, one step each 0.05 s.

    Args:
        reference: of the map.
        start_map_m: where the route begins, shape (2,).
        is_upstream: keep two rules of SimLingo's agent: a compass that is not a number means
            north, and the filter believes in a full brake for the first 40 ticks.
    """

    def __init__(
        self, reference: GeoReference, start_map_m: ArrayLike, *, is_upstream: bool = False
    ) -> None:
        self._reference, self._start_map_m = reference, np.asarray(start_map_m, dtype=np.float64)
        self._is_upstream = is_upstream
        self._filter = PoseFilter()
        self._is_mirrored: bool | None = None
        self._command = VehicleCommand.full_brake()
        self._tick = -1

    def step(self, fix: ArrayLike, compass_rad: float, speed_mps: float) -> Pose2:
        """Take the readings of a tick and return the pose: filtered position, measured yaw.

        Args:
            fix: latitude [deg], longitude [deg], altitude [m], shape (3,).
            compass_rad: 0 north, clockwise.
            speed_mps: along the car.

        Raises:
            ContractError, NonFiniteError: a reading is no such number; the filter has not changed.
        """
        position = self._reference.map_from_geodetic(fix)
        if self._is_mirrored is None:
            self._is_mirrored = is_latitude_mirrored(self._reference, fix, self._start_map_m)
        if self._is_mirrored:
            position[1] = mirrored(float(position[1]))
        pose = self._filter.step(position[:2], self._yaw(compass_rad), speed_mps, self._command)
        self._tick += 1
        return pose

    def note_command(self, command: VehicleCommand) -> None:
        """Take note of the command of this tick; the next prediction is made with it."""
        is_held = self._is_upstream and self._tick < BRAKED_TICKS
        self._command = VehicleCommand.full_brake() if is_held else command

    def _yaw(self, compass_rad: float) -> float:
        if self._is_upstream and math.isnan(compass_rad):
            compass_rad = 0.0
        try:
            return yaw_from_compass(compass_rad)
        except NonFiniteError as error:
            raise NonFiniteError(f'the compass is {compass_rad}; expected radians') from error
