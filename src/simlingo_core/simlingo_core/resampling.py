# SPDX-License-Identifier: Apache-2.0
"""Resampling of paths by arc length, as upstream's agent and data loader do it.

Both begin at the car: the origin is prepended to the points.  Both measure arc length with a
small extra step per point, so that it rises strictly even where points coincide (the model's
first point lies near the origin).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.interpolate import PchipInterpolator

from simlingo_core.checks import finite_array
from simlingo_core.errors import ContractError

DENSE_SPACING_M = 0.1
RISE_PER_POINT_M = 1e-4
MOST_DENSE_POINTS = 100_000


def resample_dense(
    path_base_m: ArrayLike, spacing_m: float = DENSE_SPACING_M
) -> NDArray[np.float64]:
    """Return a smooth path of points ``spacing_m`` apart (monotone cubic interpolation).

    Args:
        path_base_m: shape (N, 2), N >= 1, in base_link.
        spacing_m: arc length between points; the first point returned lies one step ahead.

    Returns:
        Shape (M, 2); if the path is not longer than one step, its last point alone.

    Raises:
        ContractError: no points, a spacing that is not positive, or too long a path.
        NonFiniteError: a coordinate is NaN or infinite.
    """
    if not spacing_m > 0.0:
        raise ContractError(f'spacing_m is {spacing_m}; expected a positive number of metres')
    points, arc_m = _rising_arc(path_base_m)
    if not arc_m[-1] / spacing_m <= MOST_DENSE_POINTS:
        raise ContractError(
            f'the path is {arc_m[-1]:.3g} m long; expected at most '
            f'{MOST_DENSE_POINTS} points of {spacing_m} m'
        )
    wanted_m = np.arange(spacing_m, arc_m[-1], spacing_m)
    if wanted_m.size == 0:
        return points[-1:]
    # Very small slopes overflow in the harmonic mean of slopes, whose result 0 is right.
    with np.errstate(over='ignore'):
        curve = PchipInterpolator(arc_m, points, axis=0)
    return np.asarray(curve(wanted_m), dtype=np.float64)


def resample_equidistant(
    path_base_m: ArrayLike, count: int = 20, spacing_m: float = 1.0
) -> NDArray[np.float64]:
    """Return ``count`` points at arc lengths 0, ``spacing_m``, ... (linear interpolation).

    The first is the origin; beyond the end of the path the last point is repeated.

    Args:
        path_base_m: shape (N, 2), N >= 1, in base_link.
        count: how many points to return.
        spacing_m: arc length between them.

    Returns:
        Shape (count, 2).

    Raises:
        ContractError: no points.
        NonFiniteError: a coordinate is NaN or infinite.
    """
    points, arc_m = _rising_arc(path_base_m)
    wanted_m = spacing_m * np.arange(count)
    return np.stack([np.interp(wanted_m, arc_m, points[:, axis]) for axis in (0, 1)], axis=1)


def _rising_arc(path_base_m: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the points with the origin in front and their strictly rising arc lengths."""
    path = finite_array('path_base_m', path_base_m, (None, 2))
    if len(path) == 0:
        raise ContractError('path_base_m has no points; expected at least one')
    points = np.concatenate([np.zeros((1, 2)), path])
    lengths_m = np.linalg.norm(np.diff(points, axis=0), axis=1)
    arc_m = np.concatenate([[0.0], np.cumsum(lengths_m)])
    return points, arc_m + RISE_PER_POINT_M * np.arange(len(points))
