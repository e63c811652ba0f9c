# SPDX-License-Identifier: Apache-2.0
"""Streets as the newer plans use them: main, narrow, country road."""

from __future__ import annotations

from simlingo_sim.tools.maps.town_plan import Street
from simlingo_sim.town.town import RoadKind

Points = tuple[tuple[float, float], ...]


def main_street(start: str, end: str, via_m: Points = (), *, has_parking: bool = False) -> Street:
    """A street with priority, 50 km/h."""
    return Street(
        start=start,
        end=end,
        via_m=via_m,
        curve_radius_m=45.0,
        has_parking=has_parking,
        is_major=True,
        lane_width_m=3.25,
    )


def narrow_street(
    start: str,
    end: str,
    via_m: Points = (),
    *,
    curve_radius_m: float = 20.0,
    has_parking: bool = False,
) -> Street:
    """A residential street, 30 km/h."""
    return Street(
        start=start,
        end=end,
        via_m=via_m,
        curve_radius_m=curve_radius_m,
        limit_kmh=30.0,
        has_parking=has_parking,
        lane_width_m=2.75,
    )


def country_road(
    start: str,
    end: str,
    via_m: Points = (),
    *,
    curve_radius_m: float = 38.0,
    is_major: bool = False,
) -> Street:
    """A road between places, 70 km/h, no sidewalk."""
    return Street(
        start=start,
        end=end,
        via_m=via_m,
        curve_radius_m=curve_radius_m,
        limit_kmh=70.0,
        is_major=is_major,
        road=RoadKind.RURAL,
    )
