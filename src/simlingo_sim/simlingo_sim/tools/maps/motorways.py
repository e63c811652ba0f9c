# SPDX-License-Identifier: Apache-2.0
"""Motorways: carriageways of two lanes and a hard shoulder, with exits and entries.

A carriageway is a chain of one-way streets.  Before an exit and after an entry a third lane takes
the place of the hard shoulder.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.ops import substring

from simlingo_core.errors import ConfigError
from simlingo_sim.tools.maps.town_plan import Junction, LaneLink, Street
from simlingo_sim.town.town import RoadKind

MEDIAN_M = 6.0
LANE_WIDTH_M = 3.75
RAMP_WIDTH_M = 4.0
EXIT_LANE_M = 170.0
ENTRY_LANE_M = 170.0
NODE_RADIUS_M = 1.5
SHORTEST_M = 20.0
SLOW_END_M = 160.0
SLOW_END_KMH = 70.0
# A ramp runs along the carriageway for so long before it may turn away.
PARALLEL_M, APART_M = 50.0, 5.0
Points = tuple[tuple[float, float], ...]


@dataclass(frozen=True, kw_only=True)
class Ramp:
    """An exit or entry on the right of a carriageway.

    Attributes:
        at_m: where it leaves or joins the carriageway, along it.
        junction: of the other road, where it ends or begins.
        via_m: corners in between; beside the carriageway it leads away or joins by itself.
        is_exit: leaves the carriageway, else joins it.
        limit_kmh: its speed limit.
    """

    at_m: float
    junction: str
    via_m: Points
    is_exit: bool
    limit_kmh: float = 50.0


@dataclass(frozen=True)
class _Section:
    """A stretch with the same lanes; ``joins`` and ``leaves`` at its start and end."""

    start_m: float
    end_m: float
    limit_kmh: float
    has_extra_lane: bool = False
    joins: Ramp | None = None
    leaves: Ramp | None = None


def beside(centre_m: NDArray[np.float64], left_m: float) -> shapely.LineString:
    """Return a line to the left of another (to the right of it with a negative offset)."""
    return shapely.LineString(centre_m).offset_curve(left_m, join_style='mitre')


def carriageway(
    name: str,
    left_border: shapely.LineString,
    start: str,
    end: str,
    ramps: tuple[Ramp, ...],
    limit_kmh: float = 100.0,
) -> tuple[list[Junction], list[Street], list[LaneLink]]:
    """Return one direction of a motorway and its ramps.

    Args:
        name: prefix of its junctions.
        left_border: of its left lane, as the traffic drives.
        start: junction of another road where it begins.
        end: the same where it ends.
        ramps: in any order; their extra lanes must not overlap.
        limit_kmh: its speed limit.

    Raises:
        ConfigError: there is no room for the extra lane of a ramp.
    """
    sections = _sections(ramps, left_border.length, limit_kmh)
    names = [start, *(f'{name}{k}' for k in range(1, len(sections))), end]
    junctions, streets, links = [], [], []
    for k, section in enumerate(sections):
        points = shapely.get_coordinates(substring(left_border, section.start_m, section.end_m))
        streets.append(_street(names[k], names[k + 1], points, section))
        if k > 0:
            x_m, y_m = points[0]
            junctions.append(
                Junction(name=names[k], x_m=float(x_m), y_m=float(y_m), radius_m=NODE_RADIUS_M)
            )
            links += _straight_on(names[k - 1], names[k], names[k + 1])
        if section.joins is not None:
            streets.append(_ramp(section.joins, names[k], left_border))
            links.append(LaneLink(_edge(streets[-1]), 0, f'{names[k]}_{names[k + 1]}', 0))
        if section.leaves is not None:
            streets.append(_ramp(section.leaves, names[k + 1], left_border))
            links.append(LaneLink(f'{names[k]}_{names[k + 1]}', 0, _edge(streets[-1]), 0))
    return junctions, streets, links


def _sections(ramps: tuple[Ramp, ...], length_m: float, limit_kmh: float) -> list[_Section]:
    sections, at_m = [], 0.0
    slow_m = length_m - SLOW_END_M
    for ramp in sorted(ramps, key=lambda one: one.at_m):
        first_m = ramp.at_m - EXIT_LANE_M if ramp.is_exit else ramp.at_m
        last_m = ramp.at_m if ramp.is_exit else ramp.at_m + ENTRY_LANE_M
        if not at_m + SHORTEST_M <= first_m < last_m <= slow_m - SHORTEST_M:
            raise ConfigError(
                f'the ramp at {ramp.at_m:g} m needs the lane from {first_m:g} to {last_m:g} m; '
                f'expected it between {at_m + SHORTEST_M:g} and {slow_m - SHORTEST_M:g} m'
            )
        sections.append(_Section(at_m, first_m, limit_kmh))
        leaves, joins = (ramp, None) if ramp.is_exit else (None, ramp)
        sections.append(_Section(first_m, last_m, limit_kmh, True, joins, leaves))
        at_m = last_m
    slow_end = _Section(slow_m, length_m, SLOW_END_KMH)
    return [*sections, _Section(at_m, slow_m, limit_kmh), slow_end]


def _street(start: str, end: str, points_m: NDArray[np.float64], section: _Section) -> Street:
    return Street(
        start=start,
        end=end,
        shape_m=_points(points_m),
        lanes=3 if section.has_extra_lane else 2,
        limit_kmh=section.limit_kmh,
        is_major=True,
        is_one_way=True,
        has_shoulder=not section.has_extra_lane,
        lane_width_m=LANE_WIDTH_M,
        road=RoadKind.MOTORWAY,
    )


def _ramp(ramp: Ramp, node: str, left_border: shapely.LineString) -> Street:
    right_m = 2 * LANE_WIDTH_M
    way = PARALLEL_M if ramp.is_exit else -PARALLEL_M
    beside_m = (_beside(left_border, ramp.at_m, right_m),
                _beside(left_border, ramp.at_m + way, right_m + APART_M))  # fmt: skip
    via = (*beside_m, *ramp.via_m) if ramp.is_exit else (*ramp.via_m, *beside_m[::-1])
    return Street(
        start=node if ramp.is_exit else ramp.junction,
        end=ramp.junction if ramp.is_exit else node,
        via_m=via,
        curve_radius_m=60.0,
        limit_kmh=ramp.limit_kmh,
        is_one_way=True,
        lane_width_m=RAMP_WIDTH_M,
        road=RoadKind.MOTORWAY,
    )


def _beside(line: shapely.LineString, at_m: float, right_m: float) -> tuple[float, float]:
    before, after = (line.interpolate(at_m + step) for step in (-0.5, 0.5))
    along = np.array([after.x - before.x, after.y - before.y])
    x_m, y_m = line.interpolate(at_m).coords[0] + right_m * np.array([along[1], -along[0]])
    return float(x_m), float(y_m)


def _straight_on(before: str, node: str, after: str) -> list[LaneLink]:
    """Both through lanes go on; what is right of them is lane 0 on every section."""
    return [LaneLink(f'{before}_{node}', k, f'{node}_{after}', k) for k in (1, 2)]


def _edge(street: Street) -> str:
    return f'{street.start}_{street.end}'


def _points(points_m: NDArray[np.float64]) -> Points:
    return tuple((float(x), float(y)) for x, y in points_m)
