# SPDX-License-Identifier: Apache-2.0
"""Leads a vehicle of SUMO off its way before an edge that is closed to traffic."""

from __future__ import annotations

import itertools
from collections.abc import Set as AbstractSet

import libsumo


def turn_off(name: str, open_edges: AbstractSet[str]) -> None:
    """Turn off at the first junction where another street leads on, if a closed edge follows.

    Without such a junction before that edge the vehicle keeps its way.

    Args:
        name: of the vehicle in SUMO.
        open_edges: ids of the edges that ordinary traffic may use.
    """
    ahead = libsumo.vehicle.getRoute(name)[libsumo.vehicle.getRouteIndex(name) :]
    if all(edge in open_edges for edge in ahead[1:]):
        return
    for number, (edge, following) in enumerate(itertools.pairwise(ahead)):
        for other in _streets_after(edge):
            if other in open_edges and other not in ahead:
                libsumo.vehicle.setRoute(name, [*ahead[: number + 1], other])
                return
        if following not in open_edges:
            return


def _streets_after(edge: str) -> list[str]:
    """Return the ids of the edges that the lanes of an edge lead to, in a fixed order."""
    lanes = [f'{edge}_{index}' for index in range(libsumo.edge.getLaneNumber(edge))]
    return sorted({link[0].rpartition('_')[0] for x in lanes for link in libsumo.lane.getLinks(x)})
