# SPDX-License-Identifier: Apache-2.0
"""Ways of actors: across the lane, along it, from lane to lane."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from simlingo_core.errors import WorldError
from simlingo_core.route import Route
from simlingo_sim.situations.scenarios.spot import Spot, make_path

BEYOND_LANE_M = 9.0
BEHIND_KERB_M = 1.8
"""So far behind the ends of a zebra crossing walkers wait and go."""


@dataclass(frozen=True, kw_only=True, eq=False)
class CrossingWay:
    """A way across the ego's lane, and how far the middle of the lane is along it."""

    path: Route
    to_middle_m: float


def crossing_way(
    spot: Spot, ahead_m: float, start_left_m: float, *, on_zebra: bool = False
) -> CrossingWay:
    """Return a way across the lane.

    Args:
        spot: the place.
        ahead_m: from there along the route.
        start_left_m: where it starts beside the route; on a zebra only its sign counts.
        on_zebra: along the axis of the nearest zebra crossing, shifted by ``ahead_m``.

    Raises:
        WorldError: there is no zebra crossing at the place.
    """
    side = 1.0 if start_left_m > 0.0 else -1.0
    if on_zebra:
        return _zebra_way(spot, ahead_m, side)
    here = spot.pose(ahead_m, 0.0)
    ends = here.transform(np.array([[0.0, start_left_m], [0.0, -side * BEYOND_LANE_M]]))
    return CrossingWay(path=make_path(ends), to_middle_m=abs(start_left_m))


def _zebra_way(spot: Spot, ahead_m: float, side: float) -> CrossingWay:
    here = spot.pose(0.0, 0.0)
    near = [
        crossing
        for crossing in spot.town.crossings
        if shapely.LineString(crossing.axis_map_m).distance(shapely.Point(here.position_m)) < 8.0
    ]
    line = shapely.LineString(spot.pose(x, 0.0).position_m for x in np.arange(-8.0, 8.5, 0.5))
    near = [c for c in near if line.intersects(shapely.LineString(c.axis_map_m))]
    if not near:
        raise WorldError(f'there is no zebra crossing at {spot.arc_m:.0f} m of the route')
    axis = np.asarray(near[0].axis_map_m, dtype=np.float64)
    if (here.inverse_transform(axis[0])[1] > 0.0) is not (side > 0.0):
        axis = axis[::-1]
    along = (axis[1] - axis[0]) / np.hypot(*(axis[1] - axis[0]))
    normal = np.array([-along[1], along[0]])
    if float(normal @ [np.cos(here.yaw_rad), np.sin(here.yaw_rad)]) < 0.0:
        normal = -normal
    axis = axis + ahead_m * normal + BEHIND_KERB_M * np.array([-along, along])
    crossed = line.intersection(shapely.LineString(axis))
    middle = here.position_m if crossed.is_empty else shapely.get_coordinates(crossed)[0]
    return CrossingWay(path=make_path(axis), to_middle_m=float((middle - axis[0]) @ along))


def lane_change_way(
    spot: Spot,
    profile: NDArray[np.float64],
) -> Route:
    """Return a way along the route whose lateral place changes.

    Args:
        spot: the place.
        profile: shape (n, 2): distances from the place along the route, increasing, and lateral
            places there; between two of them it changes as a cosine.
    """
    ahead = np.arange(profile[0, 0], profile[-1, 0] + 0.5, 0.5)
    index = np.clip(np.searchsorted(profile[:, 0], ahead, side='right') - 1, 0, len(profile) - 2)
    low, high = profile[index], profile[index + 1]
    share = np.clip((ahead - low[:, 0]) / np.maximum(high[:, 0] - low[:, 0], 1e-6), 0.0, 1.0)
    weight = 0.5 - 0.5 * np.cos(np.pi * share)
    return make_path(spot.points(ahead, low[:, 1] + weight * (high[:, 1] - low[:, 1])))
