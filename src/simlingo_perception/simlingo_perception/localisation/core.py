# SPDX-License-Identifier: Apache-2.0
"""Where the car is, by satellite fix, IMU and speedometer: one ego state for each fix.

An ego state is made when fix and IMU of one stamp are there and a speed has come since the last
one.  Position comes out of ``PoseFilter``; yaw, turn rate and speed are taken as measured.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from simlingo_core.carla_frame import axial_from_carla, mirrored, vector_from_carla
from simlingo_core.frame import GnssReading, ImuReading
from simlingo_core.geodesy import GeoReference
from simlingo_core.geometry import Pose3, wrap_angle_rad
from simlingo_core.georeference import is_latitude_mirrored, solve_reference
from simlingo_core.types import EgoState, VehicleCommand
from simlingo_perception.config import SAME_STAMP_S
from simlingo_perception.localisation.config import LocalisationConfig
from simlingo_perception.localisation.derived_speed import DerivedSpeed
from simlingo_perception.pose_filter import PoseFilter
from simlingo_ros.monitors import Level, Status

GRAVITY_MPS2 = 9.81
MISSING = {
    'reference': 'neither map nor route tells where the origin of map lies',
    'fix': 'no satellite fix has come yet',
    'imu': 'no IMU reading has come yet',
    'speed': 'no speed has come yet',
}


class LocalisationCore:
    """Turns readings into ego states.

    Args:
        config: signs, limits and the reference.
    """

    def __init__(self, config: LocalisationConfig) -> None:
        self._config = config
        self._reference = config.fixed_reference()
        self._is_map_known = self._reference is not None
        self._route_point: NDArray[np.float64] | None = None
        self._route_fix: NDArray[np.float64] | None = None
        self._filter = PoseFilter()
        self._derived = None if config.has_speedometer else DerivedSpeed()
        self._command = VehicleCommand.full_brake()
        self._is_mirrored: bool | None = None
        self._fix: tuple[float, GnssReading] | None = None
        self._imu: tuple[float, ImuReading] | None = None
        self._speed_mps: float | None = None
        self._is_speed_new = False
        self._last: EgoState | None = None

    # ---- what is known of the map ------------------------------------------------------------

    def set_map_reference(self, reference: GeoReference) -> None:
        """Take the reference that a map names; one from the settings stays."""
        if self._config.fixed_reference() is None:
            self._reference, self._is_map_known = reference, True
            self._begin_anew()

    def set_route_point(self, point_map_m: NDArray[np.float64]) -> None:
        """Take the first point of the route in map, shape (2,)."""
        self._route_point = point_map_m
        self._solve()

    def set_route_fix(self, fix: NDArray[np.float64]) -> None:
        """Take the first point of the route in degrees, shape (2,) or (3,)."""
        self._route_fix = fix
        self._solve()

    def _solve(self) -> None:
        """Find the reference from the two forms of the route, unless a map has named it."""
        if self._is_map_known or self._route_point is None or self._route_fix is None:
            return
        self._reference = solve_reference(self._route_fix, self._route_point)
        self._begin_anew()

    # ---- readings ----------------------------------------------------------------------------

    def note_command(self, command: VehicleCommand) -> None:
        """Take the command in force; the next prediction is made with it."""
        self._command = command

    def add_speed(self, speed_mps: float) -> EgoState | None:
        """Take a speed along the car; return an ego state that it completes."""
        self._speed_mps, self._is_speed_new = speed_mps, True
        return self._complete()

    def add_imu(self, t_s: float, reading: ImuReading) -> EgoState | None:
        """Take an IMU reading; return an ego state that it completes."""
        self._imu = t_s, self._right_handed(reading)
        return self._complete()

    def add_fix(self, t_s: float, reading: GnssReading) -> EgoState | None:
        """Take a satellite fix; return an ego state that it completes.

        A fix of the newest state's stamp returns that state again: a world in lockstep repeats a
        frame whose answer it has missed.
        """
        if self._last is not None and t_s == self._last.t_s:
            return self._last
        if self._fix is not None and t_s < self._fix[0]:
            self._begin_anew()
        self._fix = t_s, reading
        return self._complete()

    def _complete(self) -> EgoState | None:
        if self._reference is None or self._fix is None or self._imu is None:
            return None
        (t_s, fix), (imu_t_s, imu) = self._fix, self._imu
        is_used = self._last is not None and self._last.t_s >= t_s
        if is_used or abs(imu_t_s - t_s) > SAME_STAMP_S:
            return None
        position = self._position(self._reference, fix)
        if self._derived is not None:
            self._speed_mps, self._is_speed_new = (
                self._derived.update(t_s, position[:2], imu.orientation_yaw_rad),
                True,
            )
        if self._speed_mps is None or not self._is_speed_new:
            return None
        self._is_speed_new = False
        self._last = self._filtered(t_s, position, imu, self._speed_mps)
        return self._last

    def _filtered(
        self, t_s: float, position: NDArray[np.float64], imu: ImuReading, speed_mps: float
    ) -> EgoState:
        self._reset_after_gap_or_jump(t_s, position)
        pose = self._filter.step(position[:2], imu.orientation_yaw_rad, speed_mps, self._command)
        gravity = np.array([0.0, 0.0, GRAVITY_MPS2])
        return EgoState(
            t_s=t_s,
            pose_map=Pose3.from_roll_pitch_yaw(
                [pose.x_m, pose.y_m, float(position[2])], 0.0, 0.0, pose.yaw_rad
            ),
            speed_mps=speed_mps,
            yaw_rate_radps=float(imu.angular_velocity_base_radps[2]),
            acceleration_base_mps2=imu.acceleration_base_mps2 - gravity,
        )

    def _reset_after_gap_or_jump(self, t_s: float, position: NDArray[np.float64]) -> None:
        state = self._filter.state
        if state is None or self._last is None:
            return
        is_gap = t_s - self._last.t_s > self._config.gap_limit_s
        offset_m = math.hypot(position[0] - state[0], position[1] - state[1])
        if is_gap or offset_m > self._config.jump_limit_m:
            self._filter.reset()

    def _position(self, reference: GeoReference, fix: GnssReading) -> NDArray[np.float64]:
        """Return the fix in map, shape (3,)."""
        degrees = [fix.latitude_deg, fix.longitude_deg, fix.altitude_m]
        position = reference.map_from_geodetic(degrees)
        if self._is_mirrored is None and self._route_point is not None:
            self._is_mirrored = is_latitude_mirrored(reference, degrees, self._route_point)
        if self._is_mirrored:
            position[1] = mirrored(float(position[1]))
        return position

    def _right_handed(self, reading: ImuReading) -> ImuReading:
        config = self._config
        acceleration, turn = reading.acceleration_base_mps2, reading.angular_velocity_base_radps
        if config.is_imu_left_handed:
            acceleration, turn = vector_from_carla(acceleration), axial_from_carla(turn)
        return ImuReading(
            acceleration_base_mps2=acceleration,
            angular_velocity_base_radps=turn,
            orientation_yaw_rad=wrap_angle_rad(
                reading.orientation_yaw_rad + config.compass_offset_rad
            ),
        )

    def _begin_anew(self) -> None:
        self._filter.reset()
        self._is_mirrored, self._last = None, None
        if self._derived is not None:
            self._derived.reset()

    # ---- what is wrong -----------------------------------------------------------------------

    def status(self) -> Status:
        """Return what is missing."""
        missing = self.missing()
        if not missing:
            return Status(level=Level.OK, message='localised')
        return Status(
            level=Level.ERROR,
            message='; '.join(MISSING[name] for name in missing),
            values={'missing': ' '.join(missing)},
        )

    def missing(self) -> tuple[str, ...]:
        """Name what has never come, in the order of ``MISSING``."""
        has = {
            'reference': self._reference is not None,
            'fix': self._fix is not None,
            'imu': self._imu is not None,
            'speed': self._speed_mps is not None or not self._config.has_speedometer,
        }
        return tuple(name for name in MISSING if not has[name])
