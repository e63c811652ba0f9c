# SPDX-License-Identifier: Apache-2.0
"""Paths of dreams: beside the route, through an object, around one (upstream_spec §6.3)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from simlingo_core.resampling import resample_equidistant
from simlingo_core.types import PATH_POINTS
from simlingo_training.text_labels.scene import RoadScene

LANE_WIDTH_M = 3.5
MOST_DEVIATION_M = 5.0
BEND_POINTS = 7
FAR_POINTS = 40
"""So far a path is known for the waypoints of a fast car; its label has 20 points."""

Array = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class LaneBeside:
    """A lane that a dream may change to.

    Attributes:
        kind: ``driving``, ``opposite``, ``parking`` or ``sidewalk``.
        side_m: from the middle of the car's lane to its middle, positive left.
        count: how many lanes away, 1: the next.
        is_allowed: whether lane markings and direction permit it.
        number: of a driving lane of the own direction, 0: leftmost; None: of others.
        lanes: of the own direction.
    """

    kind: str
    side_m: float
    count: int
    is_allowed: bool
    number: int | None = None
    lanes: int = 1

    @property
    def side(self) -> str:
        """``left`` or ``right``."""
        return 'left' if self.side_m > 0.0 else 'right'


def shift_path(
    route_base_m: ArrayLike, start: int, length: int, side_m: float, count: int = PATH_POINTS
) -> Array:
    """Move a route sideways in a straight line between two of its points; as upstream does.

    Args:
        route_base_m: points 1 m apart from the car on, shape (N, 2).
        start: points that stay.
        length: points that the transition takes the place of.
        side_m: how far, positive left.
        count: points to return.

    Returns:
        Points 1 m apart along the shifted route, shape (count, 2).
    """
    route = np.asarray(route_base_m, dtype=np.float64)
    shifted = route + _left_of(route) * side_m
    end = min(start + length, len(route) - 1)
    return resample_equidistant(np.vstack([route[:start], shifted[end:]]), count)


def shift_smoothly(
    route_base_m: ArrayLike, start: int, length: int, side_m: float, count: int = PATH_POINTS
) -> Array:
    """Move a route sideways along half a cosine, as a car can drive; else as ``shift_path``."""
    route = np.asarray(route_base_m, dtype=np.float64)
    share = np.clip((np.arange(len(route)) + 1.0 - start) / max(length, 1), 0.0, 1.0)
    offsets_m = side_m * (0.5 - 0.5 * np.cos(np.pi * share))
    return resample_equidistant(route + _left_of(route) * offsets_m[:, None], count)


def _left_of(route: Array) -> Array:
    """Return unit vectors to the left of each point of a route, by the step that follows it."""
    steps = np.diff(route, axis=0)
    steps = np.vstack([steps, steps[-1:]]) if len(steps) else np.array([[1.0, 0.0]])
    steps /= np.maximum(np.linalg.norm(steps, axis=1, keepdims=True), 1e-6)
    return np.column_stack([-steps[:, 1], steps[:, 0]])


def bend_path(route_base_m: ArrayLike, point_base_m: ArrayLike) -> Array:
    """Lead a route through a point, leaving it 7 points before and joining it 7 after.

    Returns:
        20 points 1 m apart.
    """
    route = np.asarray(route_base_m, dtype=np.float64)
    point = np.asarray(point_base_m, dtype=np.float64)
    nearest = int(np.argmin(np.linalg.norm(route - point, axis=1)))
    before = route[: max(nearest - BEND_POINTS, 0)]
    return resample_equidistant(
        np.vstack([before, point[None], route[nearest + BEND_POINTS :]]), PATH_POINTS
    )


def around_path(
    route_base_m: ArrayLike, point_base_m: ArrayLike, side_m: float, count: int = PATH_POINTS
) -> Array:
    """Lead a route past a point with a lateral distance more, in a smooth bulge.

    Args:
        route_base_m: shape (N, 2).
        point_base_m: of the object, shape (2,).
        side_m: how much further away from the route, positive left.
        count: points to return.
    """
    route = np.asarray(route_base_m, dtype=np.float64)
    nearest = int(np.argmin(np.linalg.norm(route - np.asarray(point_base_m), axis=1)))
    reach = np.clip(1.0 - np.abs(np.arange(len(route)) - nearest) / 10.0, 0.0, 1.0)
    share = 0.5 - 0.5 * np.cos(np.pi * reach)
    return resample_equidistant(route + _left_of(route) * (share * side_m)[:, None], count)


def deviation(path_base_m: Array, expert_base_m: Array) -> tuple[float, float]:
    """Return the largest cross-track distance to the expert's path, and how far away that is.

    The distance is that from the car to the point of the path.
    """
    ends = expert_base_m[1:] - expert_base_m[:-1]
    lengths = np.maximum((ends**2).sum(axis=1), 1e-9)
    offset = path_base_m[:, None] - expert_base_m[None, :-1]
    share = np.clip((offset * ends[None]).sum(axis=2) / lengths[None], 0.0, 1.0)
    gaps = np.linalg.norm(offset - share[:, :, None] * ends[None], axis=2).min(axis=1)
    worst = int(np.argmax(gaps))
    return float(gaps[worst]), float(np.linalg.norm(path_base_m[worst]))


def along(path_base_m: Array, arcs_m: Array) -> Array:
    """Return the points of a path at arc lengths from the car, shape (N, 2)."""
    lengths_m = np.linalg.norm(np.diff(path_base_m, axis=0), axis=1)
    grid_m = np.concatenate([[0.0], np.cumsum(lengths_m)])
    return np.stack([np.interp(arcs_m, grid_m, path_base_m[:, axis]) for axis in (0, 1)], axis=1)


def lanes_beside(scene: RoadScene) -> list[LaneBeside]:
    """Return the lanes beside that of the car; without lane facts those that the expert saw."""
    info = scene.ego_info
    if not isinstance(info.get('left_lanes'), list) and not isinstance(
        info.get('right_lanes'), list
    ):
        return _from_expert(scene)
    return [lane for side in ('left', 'right') for lane in _side(info, side)]


def _side(info: object, side: str) -> list[LaneBeside]:
    assert isinstance(info, dict)
    sign = 1.0 if side == 'left' else -1.0
    total = int(info.get('num_lanes_same_direction') or 1)
    own = int(info.get('ego_lane_number') or 0)
    same = own if side == 'left' else total - 1 - own
    opposite = int(info.get('num_lanes_opposite_direction') or 0) if side == 'left' else 0
    permitted = info.get('lane_change') in {2 if side == 'left' else 1, 3}
    offset_m = _width(info.get('ego_lane')) / 2.0
    found: list[LaneBeside] = []
    driving = 0
    for lane in info.get(f'{side}_lanes') or []:
        width_m, kind = _width(lane), str(lane.get('type:', lane.get('type', ''))).lower()
        middle_m, offset_m = offset_m + width_m / 2.0, offset_m + width_m
        if kind == 'driving':
            driving += 1
            if driving <= same:
                number = own - driving if side == 'left' else own + driving
                found.append(
                    LaneBeside(
                        kind='driving',
                        side_m=sign * middle_m,
                        count=driving,
                        is_allowed=permitted,
                        number=number,
                        lanes=total,
                    )
                )
                continue
            if driving > same + opposite:
                continue
            kind = 'opposite'
        if kind in {'opposite', 'parking', 'sidewalk'} and not _has(found, kind):
            found.append(
                LaneBeside(
                    kind=kind,
                    side_m=sign * middle_m,
                    count=1,
                    is_allowed=kind == 'parking',
                    lanes=total,
                )
            )
    return found


def _has(found: Sequence[LaneBeside], kind: str) -> bool:
    return any(lane.kind == kind for lane in found)


def _width(lane: object) -> float:
    width = lane.get('width') if isinstance(lane, dict) else None
    return float(width) if isinstance(width, int | float) and width > 0.0 else LANE_WIDTH_M


def _from_expert(scene: RoadScene) -> list[LaneBeside]:
    lanes = scene.now.expert.get('lanes')
    known = lanes if isinstance(lanes, dict) else {}
    return [
        LaneBeside(kind='driving', side_m=sign * LANE_WIDTH_M, count=1, is_allowed=True)
        for side, sign in (('left', 1.0), ('right', -1.0))
        if known.get(side)
    ]
