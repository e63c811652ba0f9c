# SPDX-License-Identifier: Apache-2.0
"""Pedals from a target speed: the regression of PDM-Lite (upstream expert, linear regression).

The polynomial was fitted by upstream in km/h; here speeds come in as m/s.  Verified against the
golden data ``expert_longitudinal`` to 1e-9.
"""

from __future__ import annotations

KMH_PER_MPS = 3.6

SMALLEST_TARGET_MPS = 1e-5
LOWEST_TARGET_MPS = 0.278
FULL_THROTTLE_ERROR_KMH = 1.89
COAST_ERROR_KMH = -4.82
COAST_TARGET_KMH = 0.1
BRAKE_RATIO = 1.031266635497984
WEIGHTS = (
    1.1990342347353184,
    -0.8057602384167799,
    1.710818710950062,
    0.921890257450335,
    1.556497522998393,
    -0.7013479734904027,
)


def pedals_for(target_mps: float, speed_mps: float, *, is_hazard: bool) -> tuple[float, bool]:
    """Return throttle (0 to 1) and whether to brake.

    Args:
        target_mps: target speed.
        speed_mps: current speed.
        is_hazard: whether to brake whatever the target speed is.
    """
    if is_hazard or target_mps < SMALLEST_TARGET_MPS:
        return 0.0, True
    target_kmh = max(target_mps, LOWEST_TARGET_MPS) * KMH_PER_MPS
    speed_kmh = speed_mps * KMH_PER_MPS
    if target_kmh - speed_kmh > FULL_THROTTLE_ERROR_KMH:
        return 1.0, False
    if speed_kmh / target_kmh > BRAKE_RATIO:
        return 0.0, True
    return _throttle(target_kmh - speed_kmh, speed_kmh), False


def forecast_throttle_for(target_mps: float, speed_mps: float) -> float:
    """Return the throttle (0 to 1) of forecasts, which never brake."""
    target_kmh, speed_kmh = target_mps * KMH_PER_MPS, speed_mps * KMH_PER_MPS
    error_kmh = target_kmh - speed_kmh
    if target_kmh < COAST_TARGET_KMH:
        return 0.0
    if error_kmh > FULL_THROTTLE_ERROR_KMH:
        return 1.0
    if error_kmh < COAST_ERROR_KMH or speed_kmh / target_kmh > BRAKE_RATIO:
        return 0.0
    return _throttle(error_kmh, speed_kmh)


def _throttle(error_kmh: float, speed_kmh: float) -> float:
    error, speed = max(error_kmh, 0.0) / 100.0, speed_kmh / 100.0
    features = (
        speed,
        speed * speed,
        100.0 * error,
        error * error,
        speed * error,
        speed * speed * error,
    )
    value = sum(weight * feature for weight, feature in zip(WEIGHTS, features, strict=True))
    return min(max(value, 0.0), 1.0)
