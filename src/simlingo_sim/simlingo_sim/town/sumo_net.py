# SPDX-License-Identifier: Apache-2.0
"""Shapes and kinds of the lanes of a SUMO network."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from simlingo_sim.town.town import LaneKind, RoadKind


def points_of(item: Any) -> NDArray[np.float64]:
    """Return the shape of a lane, junction or edge in map, shape (n, 2)."""
    return np.array([point[:2] for point in item.getShape()], dtype=np.float64)


def lane_kind(lane: Any) -> LaneKind:
    """Return what a lane is for."""
    if lane.allows('passenger'):
        return LaneKind.DRIVING
    if lane.allows('pedestrian'):
        return LaneKind.SIDEWALK
    is_motorway = road_kind(lane.getEdge()) is RoadKind.MOTORWAY
    return LaneKind.SHOULDER if is_motorway else LaneKind.PARKING


def road_kind(edge: Any) -> RoadKind:
    """Return what an edge's type says; in a junction what most of the roads there are."""
    if edge.getFunction() == 'internal':
        return junction_kind(edge.getFromNode())
    known = {kind.value: kind for kind in RoadKind}
    return known.get(edge.getType(), RoadKind.TOWN)


def junction_kind(node: Any) -> RoadKind:
    """Return the kind of road that needs the most around it: kerbs, else verges."""
    kinds = {road_kind(edge) for edge in (*node.getIncoming(), *node.getOutgoing())
             if edge.getFunction() == ''}  # fmt: skip
    ranked = (RoadKind.TOWN, RoadKind.RURAL, RoadKind.MOTORWAY)
    return next((kind for kind in ranked if kind in kinds), RoadKind.TOWN)
