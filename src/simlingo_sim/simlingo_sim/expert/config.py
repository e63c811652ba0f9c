# SPDX-License-Identifier: Apache-2.0
"""Parameters of the expert.

Comments give the reason where a value differs from PDM-Lite's: this world has narrower streets,
other dynamics and reactive traffic.
"""

from __future__ import annotations

from dataclasses import dataclass

from simlingo_core.config import parameter, validate


@dataclass(frozen=True, kw_only=True)
class ExpertConfig:
    """Parameters of the expert."""

    limit_share: float = parameter(
        0.72, low=0.1, high=1.0, description='Share of the speed limit driven on a free road.'
    )
    top_speed_mps: float = parameter(
        20.0, unit='m/s', low=1.0, high=50.0, description='Highest speed.'
    )
    # PDM-Lite's 64/3.6 never bites in towns; our junctions have radii of 5 to 10 m.
    junction_speed_mps: float = parameter(
        8.0,
        unit='m/s',
        low=1.0,
        high=30.0,
        description='Highest speed in and just before junctions.',
    )
    # PDM-Lite's own value: country roads and motorways go straight on through their junctions.
    fast_junction_speed_mps: float = parameter(
        64.0 / 3.6, unit='m/s', low=1.0, high=50.0, description='The same on fast roads.'
    )
    fast_limit_mps: float = parameter(
        60.0 / 3.6, unit='m/s', low=1.0, high=50.0, description='A higher limit: a fast road.'
    )
    junction_ahead_m: float = parameter(
        15.0,
        unit='m',
        low=0.0,
        high=100.0,
        description='Distance before a junction at which it applies.',
    )
    # Not in PDM-Lite, whose routes are gentle; SUMO's right turns have radii of 4 m.
    lateral_acceleration_mps2: float = parameter(
        2.5,
        unit='m/s^2',
        low=0.5,
        high=10.0,
        description='Highest lateral acceleration in curves.',
    )
    curve_braking_mps2: float = parameter(
        2.0, unit='m/s^2', low=0.5, high=8.0, description='Deceleration before curves.'
    )
    detection_radius_m: float = parameter(
        60.0, unit='m', low=10.0, high=200.0, description='Actors farther away are ignored.'
    )
    leader_range_m: float = parameter(
        80.0, unit='m', low=10.0, high=200.0, description='Range for leading vehicles.'
    )
    leader_lateral_m: float = parameter(
        2.5, unit='m', low=0.5, high=5.0, description='Highest lateral offset of a leader.'
    )
    leader_yaw_deg: float = parameter(
        35.0, unit='deg', low=5.0, high=90.0, description='Highest angle of a leader to the route.'
    )
    forecast_s: float = parameter(
        2.0, unit='s', low=0.5, high=6.0, description='Horizon of the forecast of bounding boxes.'
    )
    # PDM-Lite looks 2 s ahead everywhere; starting from a stop line takes longer than that.
    yielding_forecast_s: float = parameter(
        3.6, unit='s', low=0.5, high=8.0, description='That horizon where others have priority.'
    )
    light_range_m: float = parameter(
        60.0,
        unit='m',
        low=10.0,
        high=200.0,
        description='Range for traffic lights and stop signs.',
    )
    # PDM-Lite stops for every yellow light; from close by it would stop behind the line.
    yellow_braking_mps2: float = parameter(
        3.5,
        unit='m/s^2',
        low=1.0,
        high=8.0,
        description='Pass a yellow light that needs harder braking.',
    )
    stop_clear_ticks: int = parameter(
        25, unit='ticks', low=1, high=200, description='Time at a stop sign before it is cleared.'
    )
    obstacle_range_m: float = parameter(
        50.0,
        unit='m',
        low=10.0,
        high=100.0,
        description='Distance at which passing an obstacle is decided.',
    )
    obstacle_clearance_m: float = parameter(
        0.8, unit='m', low=0.1, high=3.0, description='Clearance to a passed obstacle.'
    )
    transition_m: float = parameter(
        11.0, unit='m', low=3.0, high=40.0, description='Length of the lateral shift at each end.'
    )
    passing_speed_mps: float = parameter(
        7.0, unit='m/s', low=1.0, high=20.0, description='Highest speed beside an obstacle.'
    )
    oncoming_margin_s: float = parameter(
        2.0,
        unit='s',
        low=0.0,
        high=10.0,
        description='Time margin to oncoming traffic when passing.',
    )

    # Not in PDM-Lite, whose pedals are full or none.
    jerk_limit_mps3: float = parameter(
        0.0,
        unit='m/s^3',
        low=0.0,
        high=50.0,
        description="Highest change of the acceleration; 0: PDM-Lite's pedals, without limit.",
    )
    smooth_acceleration_mps2: float = parameter(
        1.8, unit='m/s^2', low=0.3, high=8.0, description='Highest acceleration with that limit.'
    )
    smooth_braking_mps2: float = parameter(
        3.5, unit='m/s^2', low=0.5, high=8.0, description='Highest deceleration with that limit.'
    )
    full_brake_mps2: float = parameter(
        7.5, unit='m/s^2', low=2.0, high=15.0, description='Deceleration of a full brake pedal.'
    )

    def __post_init__(self) -> None:
        validate(self)
