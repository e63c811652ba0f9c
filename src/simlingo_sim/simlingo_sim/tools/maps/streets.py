# SPDX-License-Identifier: Apache-2.0
"""What a finished SUMO network says about its streets."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from lxml import etree
from numpy.typing import NDArray

from simlingo_sim.town.town import RoadKind

CURVE_STEP_M = 5.0
TIGHT_RADIUS_M = 60.0
LEAST_TURN_RAD = np.radians(25.0)


class Streets:
    """The streets of a network by their names; connections in junctions are left out.

    Attributes:
        stops: streets all of whose links must stop.
        yields: streets all of whose links give way without a stop, other than onto a motorway.
        exits: motorway sections that end where a ramp leaves.
    """

    def __init__(self, net: str) -> None:
        root = etree.fromstring(net.encode())
        self._edges = {
            edge.get('id'): edge for edge in root.iterfind('edge') if edge.get('function') is None
        }
        self._ends = {(edge.get('from'), edge.get('to')) for edge in self._edges.values()}
        states: dict[str, set[str]] = {}
        followers: dict[str, set[str]] = {}
        for link in self.links(root):
            states.setdefault(link.get('from'), set()).add(link.get('state'))
            followers.setdefault(link.get('from'), set()).add(link.get('to'))
        self.stops = frozenset(e for e, seen in states.items() if seen <= {'s', 'w'})
        onto_motorway = {
            edge
            for edge, after in followers.items()
            if all(self.kind(name) is RoadKind.MOTORWAY for name in after)
        }
        giving_way = {edge for edge, seen in states.items() if seen <= {'m'}}
        self.yields = frozenset(giving_way - onto_motorway)
        self.exits = frozenset(
            edge
            for edge in onto_motorway
            if len(followers[edge]) > 1 and self.kind(edge) is RoadKind.MOTORWAY
        )

    @staticmethod
    def links(root: etree._Element) -> list[etree._Element]:
        """Return the connections between streets of a network."""
        edges = {e.get('id') for e in root.iterfind('edge') if e.get('function') is None}
        return [
            link
            for link in root.iterfind('connection')
            if link.get('from') in edges and link.get('to') in edges
        ]

    def kind(self, name: str) -> RoadKind:
        """Return the kind of a road; what is no street counts as town."""
        edge = self._edges.get(name)
        return RoadKind.TOWN if edge is None else RoadKind(edge.get('type') or RoadKind.TOWN)

    def has_opposite(self, name: str) -> bool:
        """Tell whether there is a street for the other direction."""
        edge = self._edges[name]
        return (edge.get('to'), edge.get('from')) in self._ends

    def tight_curves(self, name: str) -> list[tuple[float, bool]]:
        """Return (middle along the street, turns left) of its tight curves."""
        lane = self._edges[name].findall('lane')[-1]
        points = np.array([p.split(',')[:2] for p in lane.get('shape').split()], dtype=float)
        return tight_curves(points)


def tight_curves(points_m: NDArray[np.float64]) -> list[tuple[float, bool]]:
    """Return (arc length of the middle, turns left) of the tight curves of a line, shape (n, 2).

    A tight curve has a radius below 60 m and turns by 25 degrees or more.
    """
    arc = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(points_m, axis=0).T))])
    at = np.arange(0.0, float(arc[-1]), CURVE_STEP_M)
    if len(at) < 3:
        return []
    even = np.stack([np.interp(at, arc, points_m[:, k]) for k in range(2)], axis=1)
    steps = np.diff(even, axis=0)
    turns = np.diff(np.unwrap(np.arctan2(steps[:, 1], steps[:, 0])))
    signs = np.sign(turns) * (np.abs(turns) > CURVE_STEP_M / TIGHT_RADIUS_M)
    borders = np.flatnonzero(np.diff(np.concatenate([[0.0], signs, [0.0]])))
    found: list[tuple[float, bool]] = []
    for first, last in pairwise(borders):
        turn = float(turns[first:last].sum())
        if signs[first] != 0.0 and abs(turn) > LEAST_TURN_RAD:
            found.append((CURVE_STEP_M * (first + last + 1) / 2, turn > 0.0))
    return found
