# SPDX-License-Identifier: Apache-2.0
"""Roundabouts: a one-way ring with a junction at each arm."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from simlingo_sim.tools.maps.town_plan import Junction, Street
from simlingo_sim.town.town import RoadKind

RING_LANE_WIDTH_M = 4.5
ARC_SAMPLING_M = 1.5
CORNER_RADIUS_M = 5.0


def roundabout(
    name: str,
    centre_m: tuple[float, float],
    arms_deg: tuple[float, ...],
    *,
    radius_m: float = 17.0,
    limit_kmh: float = 30.0,
    road: RoadKind = RoadKind.TOWN,
) -> tuple[list[Junction], list[Street]]:
    """Return junctions ``<name>0``, ``<name>1``... at the arms and the ring between them.

    Args:
        name: prefix of the junctions.
        centre_m: of the island, in map.
        arms_deg: where arms meet the ring, counter-clockwise from east, rising.
        radius_m: of the island.
        limit_kmh: speed limit on the ring.
        road: what it looks like.
    """
    # Junctions lie on the middle of the ring's lane, so that the arms end there.
    middle_m = radius_m + RING_LANE_WIDTH_M / 2
    places = [_on_circle(centre_m, middle_m, np.radians([a]))[0] for a in arms_deg]
    junctions = [
        Junction(
            name=f'{name}{k}',
            x_m=float(x),
            y_m=float(y),
            kind='priority',
            radius_m=CORNER_RADIUS_M,
        )
        for k, (x, y) in enumerate(places)
    ]
    streets = []
    for k, start_deg in enumerate(arms_deg):
        following = (k + 1) % len(arms_deg)
        end_deg = arms_deg[following] + (360.0 if following == 0 else 0.0)
        span = math.radians(end_deg - start_deg)
        count = max(2, math.ceil(radius_m * span / ARC_SAMPLING_M))
        angles = math.radians(start_deg) + span * np.arange(count + 1) / count
        arc = _on_circle(centre_m, radius_m, angles)
        streets.append(
            Street(
                start=f'{name}{k}',
                end=f'{name}{following}',
                shape_m=tuple((float(x), float(y)) for x, y in arc),
                limit_kmh=limit_kmh,
                is_major=True,
                is_one_way=True,
                lane_width_m=RING_LANE_WIDTH_M,
                road=road,
            )
        )
    return junctions, streets


def _on_circle(
    centre_m: tuple[float, float], radius_m: float, angles_rad: NDArray[np.float64]
) -> NDArray[np.float64]:
    spokes = np.stack([np.cos(angles_rad), np.sin(angles_rad)], axis=1)
    return np.asarray(centre_m) + radius_m * spokes
