# SPDX-License-Identifier: Apache-2.0
"""Intelligent driver model with the constants of PDM-Lite.

Treiber, Hennecke, Helbing (2000): dv/dt = a (1 - (v/v0)^4 - (s*/s)^2) with
s* = s0 + v T + v dv / (2 sqrt(a b)).  The large ``a`` is upstream's: the result is not an
acceleration of the car but a target speed for the pedal regression.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

ACCELERATION_MPS2 = 24.0
SLOW_BRAKING_MPS2 = 8.7
FAST_BRAKING_MPS2 = 3.72
BRAKING_THRESHOLD_MPS = 6.02
EXPONENT = 4
SHORTEST_GAP_M = 0.1
TICK_S = 0.05
SUBSTEPS = 20


@dataclass(frozen=True, kw_only=True)
class IdmGap:
    """Gap to keep: distance at standstill and time headway."""

    distance_m: float
    headway_s: float


def idm_target_speed(
    *,
    desired_mps: float,
    speed_mps: float,
    leader_speed_mps: float,
    leader_distance_m: float,
    leader_length_m: float,
    gap: IdmGap,
) -> float:
    """Return the target speed behind a leader at the next tick, >= 0.

    Args:
        desired_mps: target speed on a free road.
        speed_mps: speed of the ego.
        leader_speed_mps: speed of the leader along the route.
        leader_distance_m: distance of the two reference points along the route.
        leader_length_m: half lengths of both, subtracted from that distance.
        gap: the gap to keep.
    """
    if desired_mps <= 0.0:
        return 0.0
    braking = SLOW_BRAKING_MPS2 if speed_mps <= BRAKING_THRESHOLD_MPS else FAST_BRAKING_MPS2
    root = 2.0 * math.sqrt(ACCELERATION_MPS2 * braking)

    # Linearly implicit Euler: near a standing leader and far above the desired speed the model is
    # so stiff that explicit schemes overshoot.
    step_s = TICK_S / SUBSTEPS
    speed, ahead_m = max(speed_mps, 0.0), leader_distance_m - leader_length_m
    for _ in range(SUBSTEPS):
        room = max(SHORTEST_GAP_M, ahead_m)
        wanted = gap.distance_m + speed * gap.headway_s
        wanted += speed * (speed - leader_speed_mps) / root
        wanted_slope = gap.headway_s + (2.0 * speed - leader_speed_mps) / root
        change = 1.0 - (speed / desired_mps) ** EXPONENT - (wanted / room) ** 2
        slope = -EXPONENT * speed ** (EXPONENT - 1) / desired_mps**EXPONENT
        slope -= 2.0 * wanted * wanted_slope / room**2
        gain = step_s * ACCELERATION_MPS2
        speed = max(0.0, speed + gain * change / (1.0 - gain * min(slope, 0.0)))
        ahead_m += step_s * (leader_speed_mps - speed)
    return speed
