# SPDX-License-Identifier: Apache-2.0
"""Bench2Drive's smoothness, twice: as its tool computes it, and with the tool's faults corrected.

Both split a log into segments and count a segment as comfortable when six series stay strictly
inside their bounds (nuPlan's comfort metric, in SI units).  The tool
(``efficiency_smoothness_benchmark.py``, reference facts: agent_spec §11.2, outside §c)

* takes the sample period for 0.1 s though agents log at 20 Hz, which halves every jerk and makes
  a segment of 20 samples one second long,
* reads the yaw rate in degrees per second, as CARLA logs it, against a bound in radians,
* unwraps that rate as if it were an angle,
* checks the smoothed yaw rate a second time in place of the yaw acceleration,
* smooths accelerations twice before it differentiates them to jerk.

``official_smoothness`` repeats all of this, so that a number can stand beside published ones.
``corrected_smoothness`` uses the true period, segments of two seconds, radians and derivatives.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from scipy.signal import savgol_filter

BOUNDS = {
    'longitudinal_acceleration': (-4.05, 2.40),
    'lateral_acceleration': (-4.89, 4.89),
    'jerk': (-8.37, 8.37),
    'longitudinal_jerk': (-4.13, 4.13),
    'yaw_acceleration': (-1.93, 1.93),
    'yaw_rate': (-0.95, 0.95),
}
"""Bounds of each series: m/s^2, m/s^2, m/s^3, m/s^3, rad/s^2, rad/s."""

WINDOW_SAMPLES, POLYNOMIAL_ORDER = 7, 2
OFFICIAL_PERIOD_S = 0.1
OFFICIAL_SEGMENT_SAMPLES = 20
SEGMENT_S = 2.0

Series = dict[str, NDArray[np.float64]]


def official_smoothness(
    acceleration_base_mps2: NDArray[np.float64], yaw_rate_radps: NDArray[np.float64]
) -> float:
    """Return the share of comfortable segments as Bench2Drive's tool computes it.

    The yaw rate is converted to degrees per second, as CARLA's agents log it.

    Args:
        acceleration_base_mps2: one row per tick, longitudinal and lateral, shape (N, 2).
        yaw_rate_radps: one per tick, shape (N,).

    Returns:
        0 to 1; NaN where the log is too short for the filter.
    """
    windows = official_windows(acceleration_base_mps2, np.degrees(yaw_rate_radps))
    return _share(windows)


def official_windows(
    acceleration_base_mps2: NDArray[np.float64], logged_yaw_rate: NDArray[np.float64]
) -> list[bool | None]:
    """Return for each segment of 20 samples whether the tool calls it comfortable.

    Args:
        acceleration_base_mps2: longitudinal and lateral, shape (N, 2).
        logged_yaw_rate: the number in the log, whatever its unit, shape (N,).

    Returns:
        True, False, or None for a shorter rest, which does not count.  A log of at most 20 samples
        is one segment.
    """
    count = len(logged_yaw_rate)
    if count <= POLYNOMIAL_ORDER:
        return []
    if count <= OFFICIAL_SEGMENT_SAMPLES:
        return [is_officially_comfortable(acceleration_base_mps2, logged_yaw_rate)]
    windows: list[bool | None] = []
    for first in range(0, count, OFFICIAL_SEGMENT_SAMPLES):
        part = slice(first, first + OFFICIAL_SEGMENT_SAMPLES)
        is_rest = first + OFFICIAL_SEGMENT_SAMPLES > count
        windows.append(
            None
            if is_rest
            else is_officially_comfortable(acceleration_base_mps2[part], logged_yaw_rate[part])
        )
    return windows


def is_officially_comfortable(
    acceleration_base_mps2: NDArray[np.float64], logged_yaw_rate: NDArray[np.float64]
) -> bool:
    """Return whether a whole log, or one segment, is comfortable by Bench2Drive's tool.

    Args:
        acceleration_base_mps2: longitudinal and lateral, shape (N, 2), N > 2.
        logged_yaw_rate: the number in the log, whatever its unit, shape (N,).
    """
    longitudinal, lateral = acceleration_base_mps2[:, 0], acceleration_base_mps2[:, 1]
    magnitude = _smooth(np.hypot(longitudinal, lateral))
    longitudinal = _smooth(longitudinal)
    yaw_rate = _smooth(unwrap_phase(logged_yaw_rate))
    return _is_inside(
        {
            'longitudinal_acceleration': longitudinal,
            'lateral_acceleration': _smooth(lateral),
            'jerk': _differentiate(magnitude, OFFICIAL_PERIOD_S),
            'longitudinal_jerk': _differentiate(longitudinal, OFFICIAL_PERIOD_S),
            'yaw_acceleration': yaw_rate,
            'yaw_rate': yaw_rate,
        }
    )


def corrected_smoothness(
    acceleration_base_mps2: NDArray[np.float64],
    yaw_rate_radps: NDArray[np.float64],
    *,
    period_s: float,
) -> float:
    """Return the share of comfortable segments of two seconds.

    Args:
        acceleration_base_mps2: longitudinal and lateral, shape (N, 2).
        yaw_rate_radps: shape (N,).
        period_s: between two samples.

    Returns:
        0 to 1; a shorter rest does not count.  NaN where the log is too short for the filter.
    """
    count, length = len(yaw_rate_radps), round(SEGMENT_S / period_s)
    if count < WINDOW_SAMPLES:
        return math.nan
    firsts = range(0, count - length + 1, length) if count > length else range(1)
    good = []
    for first in firsts:
        acceleration = acceleration_base_mps2[first : first + length]
        yaw_rate = yaw_rate_radps[first : first + length]
        magnitude = np.hypot(acceleration[:, 0], acceleration[:, 1])
        good.append(
            _is_inside(
                {
                    'longitudinal_acceleration': _smooth(acceleration[:, 0]),
                    'lateral_acceleration': _smooth(acceleration[:, 1]),
                    'jerk': _differentiate(magnitude, period_s),
                    'longitudinal_jerk': _differentiate(acceleration[:, 0], period_s),
                    'yaw_acceleration': _differentiate(yaw_rate, period_s),
                    'yaw_rate': _smooth(yaw_rate),
                }
            )
        )
    return float(np.mean(good))


def unwrap_phase(angles_rad: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the angles, equal modulo 2 pi, whose steps are at most pi; shape (N,)."""
    turns = np.cumsum(np.round(np.diff(angles_rad) / (2.0 * np.pi)))
    return angles_rad - 2.0 * np.pi * np.concatenate([[0.0], turns])


def _smooth(values: NDArray[np.float64]) -> NDArray[np.float64]:
    window = min(WINDOW_SAMPLES, len(values))
    filtered: NDArray[np.float64] = savgol_filter(values, window, POLYNOMIAL_ORDER)
    return filtered


def _differentiate(values: NDArray[np.float64], period_s: float) -> NDArray[np.float64]:
    window = min(WINDOW_SAMPLES, len(values))
    slope: NDArray[np.float64] = savgol_filter(
        values, window, POLYNOMIAL_ORDER, deriv=1, delta=period_s
    )
    return slope


def _is_inside(series: Series) -> bool:
    return all(
        bool(np.all((series[name] > low) & (series[name] < high)))
        for name, (low, high) in BOUNDS.items()
    )


def _share(windows: list[bool | None]) -> float:
    counted = [is_good for is_good in windows if is_good is not None]
    return float(np.mean(counted)) if counted else math.nan
