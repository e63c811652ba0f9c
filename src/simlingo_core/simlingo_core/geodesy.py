# SPDX-License-Identifier: Apache-2.0
"""Conversion of satellite fixes and compass readings to map and back, as CARLA defines them.

CARLA uses a spherical Mercator projection around the reference of the map (``+lat_0``, ``+lon_0``
of OpenDRIVE's geoReference); map x is east, map y is north.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from simlingo_core.checks import finite_array, finite_number, number_in_range
from simlingo_core.errors import ContractError
from simlingo_core.geometry import wrap_angle_rad

EARTH_RADIUS_M = 6378137.0
LARGEST_LATITUDE_DEG = 85.0


@dataclass(frozen=True, kw_only=True)
class GeoReference:
    """Where the origin of map lies on the earth; the defaults are CARLA's.

    Raises:
        ContractError: the latitude is beyond +-85 degrees, where the projection breaks down, or
            the longitude beyond +-180 degrees.
    """

    latitude_deg: float = 42.0
    longitude_deg: float = 2.0

    def __post_init__(self) -> None:
        limit = LARGEST_LATITUDE_DEG
        number_in_range('GeoReference.latitude_deg', self.latitude_deg, -limit, limit)
        number_in_range('GeoReference.longitude_deg', self.longitude_deg, -180.0, 180.0)

    def map_from_geodetic(self, fix: ArrayLike) -> NDArray[np.float64]:
        """Return map points [m] for fixes of latitude [deg], longitude [deg], altitude [m].

        Args:
            fix: shape (..., 3).

        Raises:
            ContractError: a latitude is beyond +-85 degrees.
            NonFiniteError: a number is NaN or infinite.
        """
        rows = _rows('fix', fix)
        if (np.abs(rows[..., 0]) > LARGEST_LATITUDE_DEG).any():
            raise ContractError(
                f'a latitude is beyond {LARGEST_LATITUDE_DEG} degrees; expected a fix near the map'
            )
        scale_m = self._scale_m
        east_m = scale_m * np.radians(rows[..., 1] - self.longitude_deg)
        north_m = scale_m * (_mercator(rows[..., 0]) - _mercator(self.latitude_deg))
        return np.stack([east_m, north_m, rows[..., 2]], axis=-1)

    def geodetic_from_map(self, point_map_m: ArrayLike) -> NDArray[np.float64]:
        """Return latitude [deg], longitude [deg], altitude [m] of map points, shape (..., 3).

        Raises:
            NonFiniteError: a number is NaN or infinite.
        """
        rows = _rows('point_map_m', point_map_m)
        mercator = rows[..., 1] / self._scale_m + _mercator(self.latitude_deg)
        latitude_deg = np.degrees(2.0 * np.arctan(np.exp(mercator))) - 90.0
        longitude_deg = self.longitude_deg + np.degrees(rows[..., 0] / self._scale_m)
        return np.stack([latitude_deg, longitude_deg, rows[..., 2]], axis=-1)

    @property
    def _scale_m(self) -> float:
        return EARTH_RADIUS_M * math.cos(math.radians(self.latitude_deg))


def yaw_from_compass(compass_rad: float) -> float:
    """Return the yaw in map (0 east, counter-clockwise) for a compass (0 north, clockwise).

    Raises:
        NonFiniteError: the compass is NaN or infinite (upstream silently uses north instead).
    """
    return wrap_angle_rad(math.pi / 2 - finite_number('compass_rad', compass_rad))


def compass_from_yaw(yaw_rad: float) -> float:
    """Return the compass reading in [0, 2 pi) for a yaw in map."""
    return math.fmod(wrap_angle_rad(math.pi / 2 - yaw_rad) + 2 * math.pi, 2 * math.pi)


def _mercator(latitude_deg: ArrayLike) -> NDArray[np.float64]:
    return np.asarray(np.log(np.tan(np.radians(90.0 + np.asarray(latitude_deg)) / 2.0)))


def _rows(name: str, value: ArrayLike) -> NDArray[np.float64]:
    rows = np.asarray(value, dtype=np.float64)
    return finite_array(name, rows, (*(None for _ in rows.shape[:-1]), 3))
