# SPDX-License-Identifier: Apache-2.0
"""Where the origin of a map lies: read from OpenDRIVE, or found from one point known both ways.

The leaderboard tells its agent the route in latitude and longitude and in metres, and not the
reference that joins the two (Town13 has one that is not zero).
"""

from __future__ import annotations

import math
import re
import warnings

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import fsolve

from simlingo_core.checks import finite_array
from simlingo_core.errors import ContractError
from simlingo_core.geodesy import EARTH_RADIUS_M, GeoReference

NEAR_START_M = 50.0
LARGEST_ERROR_M = 1e-3
_NUMBER = r'([-+]?[0-9]*\.?[0-9]+(?:[eE][-+]?[0-9]+)?)'


def read_reference(opendrive: str) -> GeoReference:
    """Return the reference of an OpenDRIVE text as CARLA reads it: ``+lat_0`` and ``+lon_0``.

    Where one of the two is missing CARLA takes 42 and 2 degrees for both.

    Raises:
        ContractError: a number is beyond its range.
    """
    found = re.search(r'<geoReference>(.*?)</geoReference>', opendrive, re.DOTALL)
    text = found.group(1) if found else ''
    latitude = re.search(rf'\+lat_0={_NUMBER}', text)
    longitude = re.search(rf'\+lon_0={_NUMBER}', text)
    if latitude is None or longitude is None:
        return GeoReference()
    return GeoReference(
        latitude_deg=float(latitude.group(1)), longitude_deg=float(longitude.group(1))
    )


def solve_reference(fix: ArrayLike, point_map_m: ArrayLike) -> GeoReference:
    """Return the reference for which the fix lies at the point.

    Args:
        fix: latitude [deg], longitude [deg], shape (2,) or more.
        point_map_m: x, y in map, shape (2,) or more.

    Raises:
        ContractError: there is none; fix and point do not belong together.
        NonFiniteError: a number is NaN or infinite.
    """
    latitude_deg, longitude_deg = _pair('fix', fix)
    x_m, y_m = _pair('point_map_m', point_map_m)

    def north_error_m(reference_deg: NDArray[np.float64]) -> float:
        reference = float(reference_deg[0])
        scale_m = EARTH_RADIUS_M * math.cos(math.radians(reference))
        return scale_m * (_mercator(latitude_deg) - _mercator(reference)) - y_m

    try:
        with warnings.catch_warnings():
            warnings.simplefilter('ignore')  # it says by its result that it did not converge
            solution = fsolve(north_error_m, [latitude_deg])
        error_m = abs(north_error_m(solution))
    except ValueError:  # beyond the poles
        error_m = math.inf
    if not error_m < LARGEST_ERROR_M:
        raise ContractError(
            f'no reference puts the fix ({latitude_deg}, {longitude_deg}) at '
            f'({x_m:.1f}, {y_m:.1f}) in map; give both plans of the same route'
        )
    reference_deg = float(solution[0])
    scale_m = EARTH_RADIUS_M * math.cos(math.radians(reference_deg))
    return GeoReference(
        latitude_deg=reference_deg, longitude_deg=longitude_deg - math.degrees(x_m / scale_m)
    )


def solve_reference_as_upstream(fix: ArrayLike, point_map_m: ArrayLike) -> GeoReference:
    """Return the reference that SimLingo's agent finds from the same numbers.

    Its equation for the longitude holds a stray factor, so that the longitude is wrong where the
    reference is not zero; route and car are shifted alike by it (agent_spec §4.1).  (0, 0) where
    its solver fails.
    """
    latitude_deg, longitude_deg = _pair('fix', fix)
    x_m, y_m = _pair('point_map_m', point_map_m)

    def errors(unknown: NDArray[np.float64]) -> list[float]:
        reference_deg, origin_deg = float(unknown[0]), float(unknown[1])
        cosine = math.cos(math.radians(reference_deg))
        east = (
            longitude_deg * cosine
            - x_m * reference_deg * 180.0 / (math.pi * EARTH_RADIUS_M)
            - origin_deg * cosine
        )
        north = (
            EARTH_RADIUS_M * cosine * (_mercator(latitude_deg) - _mercator(reference_deg)) - y_m
        )
        return [east, north]

    try:
        with warnings.catch_warnings():
            warnings.simplefilter('ignore')
            solution = fsolve(errors, [0.0, 0.0])
        return GeoReference(latitude_deg=float(solution[0]), longitude_deg=float(solution[1]))
    except (ContractError, ValueError):
        return GeoReference(latitude_deg=0.0, longitude_deg=0.0)


def is_latitude_mirrored(reference: GeoReference, fix: ArrayLike, start_map_m: ArrayLike) -> bool:
    """Tell whether a server counts latitudes the other way round (CARLA 0.9.16, issue 9389).

    Args:
        reference: of the map.
        fix: the first one of the drive, shape (3,).
        start_map_m: where the route begins, shape (2,).

    Returns:
        True where the fix is far from the start of the route, and its mirror image is near.
    """
    x_m, y_m, _ = reference.map_from_geodetic(fix)
    start_x_m, start_y_m = _pair('start_map_m', start_map_m)
    as_is_m = math.hypot(x_m - start_x_m, y_m - start_y_m)
    mirrored_m = math.hypot(x_m - start_x_m, -y_m - start_y_m)
    return mirrored_m < NEAR_START_M < as_is_m


def _mercator(latitude_deg: float) -> float:
    return math.log(math.tan(math.radians(90.0 + latitude_deg) / 2.0))


def _pair(name: str, value: ArrayLike) -> tuple[float, float]:
    numbers = finite_array(name, np.asarray(value, dtype=np.float64)[:2], (2,))
    return float(numbers[0]), float(numbers[1])
