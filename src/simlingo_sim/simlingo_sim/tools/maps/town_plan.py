# SPDX-License-Identifier: Apache-2.0
"""What a town is made of: junctions and streets, written as SUMO's plain XML."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from lxml import etree
from numpy.typing import NDArray

from simlingo_core.errors import ConfigError
from simlingo_sim.town.landscape import Landscape
from simlingo_sim.town.town import RoadKind

LANE_WIDTH_M = 3.5
PARKING_WIDTH_M = 2.2
SHOULDER_WIDTH_M = 2.5
SIDEWALK_WIDTH_M = 2.5
JUNCTION_RADIUS_M = 6.0
CURVE_SAMPLING_M = 3.0
KMH = 1.0 / 3.6

NOT_ALLOWED = {
    RoadKind.RURAL: 'pedestrian',
    RoadKind.MOTORWAY: 'pedestrian bicycle moped',
}
"""Who may not use a road, in SUMO's classes."""

JUNCTION_TYPES = ('traffic_light', 'priority', 'priority_stop', 'allway_stop')


@dataclass(frozen=True, kw_only=True)
class Junction:
    """A node of the street graph.

    Attributes:
        name: unique in the town.
        x_m, y_m: centre in map.
        kind: one of ``JUNCTION_TYPES``.
        radius_m: of the kerbs of its corners.
    """

    name: str
    x_m: float
    y_m: float
    kind: str = 'priority'
    radius_m: float = JUNCTION_RADIUS_M

    def __post_init__(self) -> None:
        if self.kind not in JUNCTION_TYPES:
            raise ConfigError(f'junction kind is {self.kind!r}; expected one of {JUNCTION_TYPES}')


@dataclass(frozen=True, kw_only=True)
class Street:
    """A street between two junctions, two-way unless it says otherwise.

    Attributes:
        start, end: names of junctions.
        via_m: corners of the centre line in between.
        shape_m: the whole centre line, where it is no rounded polyline between the junctions.
        curve_radius_m: the corners are rounded with arcs of at most this radius.
        lanes: driving lanes per direction.
        limit_kmh: speed limit.
        has_parking: a parking strip on both sides.
        is_major: has priority where it meets minor streets.
        road: what it is; only streets in town have sidewalks.
        is_one_way: from ``start`` to ``end``; the centre line is then its left border.
        has_shoulder: a hard shoulder beside the right lane.
        lane_width_m: of each driving lane.
    """

    start: str
    end: str
    via_m: tuple[tuple[float, float], ...] = ()
    shape_m: tuple[tuple[float, float], ...] = ()
    curve_radius_m: float = 30.0
    lanes: int = 1
    limit_kmh: float = 50.0
    has_parking: bool = False
    is_major: bool = False
    road: RoadKind = RoadKind.TOWN
    is_one_way: bool = False
    has_shoulder: bool = False
    lane_width_m: float = LANE_WIDTH_M


@dataclass(frozen=True)
class LaneLink:
    """A lane that leads on to another; lanes count from the right, strips included.

    Attributes:
        edge, lane: where it comes from; edges are named ``<start>_<end>``.
        to_edge, to_lane: where it leads.
    """

    edge: str
    lane: int
    to_edge: str
    to_lane: int


@dataclass(frozen=True, kw_only=True)
class TownPlan:
    """A whole town.

    Attributes:
        name: unique.
        junctions, streets: what it is made of.
        latitude_deg, longitude_deg: of its origin.
        tls_green_s: how long lights are green.
        links: how lanes go on where netconvert shall not guess.
        landscape: what lies around its streets.
        has_more_signs: also signs that only inform, such as yield, exit and curve arrows.
    """

    name: str
    junctions: tuple[Junction, ...]
    streets: tuple[Street, ...]
    latitude_deg: float
    longitude_deg: float
    tls_green_s: int = 16
    links: tuple[LaneLink, ...] = ()
    landscape: Landscape = field(default_factory=Landscape)
    has_more_signs: bool = False
    by_name: dict[str, Junction] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, 'by_name', {j.name: j for j in self.junctions})

    def write_plain_xml(self, folder: Path) -> None:
        """Write ``<name>.nod.xml``, ``.edg.xml`` and, with links, ``.con.xml`` for netconvert."""
        nodes = etree.Element('nodes')
        for junction in self.junctions:
            etree.SubElement(
                nodes,
                'node',
                id=junction.name,
                x=f'{junction.x_m:.2f}',
                y=f'{junction.y_m:.2f}',
                type=junction.kind,
                radius=f'{junction.radius_m:g}',
            )
        edges = etree.Element('edges')
        for street in self.streets:
            line = self.centre_line_m(street)
            self._add_edge(edges, street, street.start, street.end, line)
            if not street.is_one_way:
                self._add_edge(edges, street, street.end, street.start, line[::-1])
        files = {'nod': nodes, 'edg': edges}
        if self.links:
            files['con'] = self._connections()
        for kind, root in files.items():
            path = folder / f'{self.name}.{kind}.xml'
            path.write_bytes(etree.tostring(root, pretty_print=True, encoding='utf-8'))

    def centre_line_m(self, street: Street) -> NDArray[np.float64]:
        """Return the rounded centre line from ``start`` to ``end``, shape (n, 2)."""
        if street.shape_m:
            return np.array(street.shape_m)
        first, last = self.by_name[street.start], self.by_name[street.end]
        corners = [(first.x_m, first.y_m), *street.via_m, (last.x_m, last.y_m)]
        return round_corners(np.array(corners), street.curve_radius_m)

    def _add_edge(
        self,
        edges: etree._Element,
        street: Street,
        start: str,
        end: str,
        line_m: NDArray[np.float64],
    ) -> None:
        ident = f'{start}_{end}'
        while edges.find(f"edge[@id='{ident}']") is not None:
            ident += 'b'
        lanes = street.lanes + (1 if street.has_parking or street.has_shoulder else 0)
        edge = etree.SubElement(
            edges,
            'edge',
            {'from': start, 'to': end},
            id=ident,
            name=ident,
            numLanes=str(lanes),
            speed=f'{street.limit_kmh * KMH:.2f}',
            priority='3' if street.is_major else '1',
            width=f'{street.lane_width_m}',
            shape=' '.join(f'{x:.2f},{y:.2f}' for x, y in line_m),
        )
        if street.road is RoadKind.TOWN:
            edge.set('sidewalkWidth', f'{SIDEWALK_WIDTH_M}')
        else:
            edge.set('type', street.road)
            edge.set('disallow', NOT_ALLOWED[street.road])
        strip_m = SHOULDER_WIDTH_M if street.has_shoulder else PARKING_WIDTH_M
        if street.has_parking or street.has_shoulder:
            etree.SubElement(edge, 'lane', index='0', disallow='all', width=f'{strip_m}')

    def _connections(self) -> etree._Element:
        root = etree.Element('connections')
        for link in self.links:
            ends = {'from': link.edge, 'to': link.to_edge}
            lanes = {'fromLane': f'{link.lane}', 'toLane': f'{link.to_lane}'}
            etree.SubElement(root, 'connection', ends | lanes)
        return root


def round_corners(corners_m: NDArray[np.float64], radius_m: float) -> NDArray[np.float64]:
    """Replace the inner corners of a polyline by sampled arcs.

    Args:
        corners_m: shape (n, 2).
        radius_m: largest radius; neighbouring corners share the straight between them.
    """
    points = [corners_m[0]]
    for before, corner, after in zip(corners_m, corners_m[1:], corners_m[2:], strict=False):
        inward, outward = corner - before, after - corner
        length_in, length_out = float(np.hypot(*inward)), float(np.hypot(*outward))
        inward, outward = inward / length_in, outward / length_out
        turn = math.atan2(inward[0] * outward[1] - inward[1] * outward[0], float(inward @ outward))
        if abs(turn) < 1e-3:
            points.append(corner)
            continue
        reach = min(radius_m * math.tan(abs(turn) / 2), 0.48 * length_in, 0.48 * length_out)
        radius = reach / math.tan(abs(turn) / 2)
        steps = max(2, math.ceil(radius * abs(turn) / CURVE_SAMPLING_M))
        normal = np.array([-inward[1], inward[0]]) * math.copysign(1.0, turn)
        centre = corner - inward * reach + normal * radius
        for k in range(steps + 1):
            angle = turn * k / steps
            c, s = math.cos(angle), math.sin(angle)
            spoke = -normal * radius
            points.append(
                centre + np.array([c * spoke[0] - s * spoke[1], s * spoke[0] + c * spoke[1]])
            )
    points.append(corners_m[-1])
    return np.array(points)
