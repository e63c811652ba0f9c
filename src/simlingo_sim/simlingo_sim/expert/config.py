# SPDX-License-Identifier: Apache-2.0
"""Settings of the expert.

Where a value differs from PDM-Lite's the comment says why: this world has narrower streets, other
dynamics and reactive SUMO traffic.
"""

from __future__ import annotations

from dataclasses import dataclass

from simlingo_core.config import parameter, validate


@dataclass(frozen=True, kw_only=True)
class ExpertConfig:
    """How the expert drives; see ``simlingo_sim.expert``."""

    limit_share: float = parameter(
        0.72, low=0.1, high=1.0, description='Share of the speed limit driven on a free road.'
    )
    top_speed_mps: float = parameter(
        20.0, unit='m/s', low=1.0, high=50.0, description='Never faster than this.'
    )
    # PDM-Lite's 64/3.6 never bites in towns; our junctions have radii of 5 to 10 m.
    junction_speed_mps: float = parameter(
        8.0, unit='m/s', low=1.0, high=30.0, description='Not faster in or just before junctions.'
    )
    junction_ahead_m: float = parameter(
        15.0, unit='m', low=0.0, high=100.0, description='How far before a junction that begins.'
    )
    # Not in PDM-Lite, whose routes are gentle; SUMO's right turns have radii of 4 m.
    lateral_acceleration_mps2: float = parameter(
        2.5, unit='m/s^2', low=0.5, high=10.0, description='Slow down for curves to stay below.'
    )
    curve_braking_mps2: float = parameter(
        2.0, unit='m/s^2', low=0.5, high=8.0, description='How hard to brake before curves.'
    )
    detection_radius_m: float = parameter(
        60.0, unit='m', low=10.0, high=200.0, description='Actors farther away are not looked at.'
    )
    leader_range_m: float = parameter(
        80.0, unit='m', low=10.0, high=200.0, description='How far ahead leaders matter.'
    )
    leader_lateral_m: float = parameter(
        2.5, unit='m', low=0.5, high=5.0, description='Leaders are this near to the route.'
    )
    leader_yaw_deg: float = parameter(
        35.0, unit='deg', low=5.0, high=90.0, description='Leaders drive the same way within this.'
    )
    forecast_s: float = parameter(
        2.0, unit='s', low=0.5, high=6.0, description='How far boxes are forecast.'
    )
    # PDM-Lite looks 2 s ahead everywhere; starting from a stop line takes longer than that.
    yielding_forecast_s: float = parameter(
        3.6, unit='s', low=0.5, high=8.0, description='The same where others have priority.'
    )
    light_range_m: float = parameter(
        60.0, unit='m', low=10.0, high=200.0, description='How far ahead lights and signs matter.'
    )
    # PDM-Lite stops for every yellow; from close by that means standing behind the line.
    yellow_braking_mps2: float = parameter(
        3.5, unit='m/s^2', low=1.0, high=8.0, description='Pass a yellow light that needs more.'
    )
    stop_clear_ticks: int = parameter(
        25, unit='ticks', low=1, high=200, description='Standing this long clears a stop sign.'
    )
    obstacle_range_m: float = parameter(
        50.0, unit='m', low=10.0, high=100.0, description='When passing an obstacle is decided.'
    )
    obstacle_clearance_m: float = parameter(
        0.8, unit='m', low=0.1, high=3.0, description='Room left beside a passed obstacle.'
    )
    transition_m: float = parameter(
        11.0, unit='m', low=3.0, high=40.0, description='Length of the way out and back in.'
    )
    passing_speed_mps: float = parameter(
        7.0, unit='m/s', low=1.0, high=20.0, description='Not faster beside an obstacle.'
    )
    oncoming_margin_s: float = parameter(
        2.0, unit='s', low=0.0, high=10.0, description='Room for oncoming traffic when passing.'
    )

    def __post_init__(self) -> None:
        validate(self)
