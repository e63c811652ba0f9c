# SPDX-License-Identifier: Apache-2.0
"""Infractions at red lights and stop signs."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from simlingo_sim.score.infractions import Infraction, InfractionKind
from simlingo_sim.state import ActorState, LightState, StopSign, TrafficLight, WorldState

LIGHT_RADIUS_M = 15.0
STOP_RADIUS_M = 4.0
STANDING_MPS = 0.1
REAR_NEAR_SHARE = 0.8
REAR_FAR_EXTRA_M = 1.0


class RedLightCriterion:
    """Finds red lights that the car runs: its rear passes the stop line.

    As in the leaderboard, the rear reaches from 0.8 half lengths behind the centre to 1 m behind
    the bumper.  A light counts within 15 m, if the car heads in its direction, and not twice in a
    row.
    """

    def __init__(self, lights: Sequence[TrafficLight]) -> None:
        self._lights = tuple(lights)
        self._middles_m = _middles_m([light.stop_line_map_m for light in lights])
        self._last_id: int | None = None

    def update(self, state: WorldState) -> list[Infraction]:
        """Return the red lights that are run at this tick."""
        ego = state.ego
        rear = ego.pose_map.transform(
            np.array([[-REAR_NEAR_SHARE, 0.0], [-1.0, 0.0]]) * ego.extent_m[0]
            - np.array([[0.0, 0.0], [REAR_FAR_EXTRA_M, 0.0]])
        )
        found = []
        for index in _near(self._middles_m, ego, LIGHT_RADIUS_M):
            light = self._lights[index]
            if light.id == self._last_id or state.lights.get(light.id) is not LightState.RED:
                continue
            line = light.stop_line_map_m
            if _faces(line, ego) and segments_cross(rear[0], rear[1], line[0], line[1]):
                self._last_id = light.id
                found.append(_light_infraction(light.id, state))
        return found


class StopSignCriterion:
    """Finds stop signs that the car ignores: it does not stop within 4 m of the stop line.

    The distance is measured from the front bumper, standing means below 0.1 m/s, and the line
    counts as passed when the middle of the car passes over it.
    """

    def __init__(self, stop_signs: Sequence[StopSign]) -> None:
        self._signs = tuple(stop_signs)
        self._middles_m = _middles_m([sign.stop_line_map_m for sign in stop_signs])
        self._stopped_at: set[int] = set()
        self._last_position_m: NDArray[np.float64] | None = None

    def update(self, state: WorldState) -> list[Infraction]:
        """Return the stop signs that are ignored at this tick."""
        ego = state.ego
        position = ego.pose_map.position_m
        front = ego.pose_map.transform([ego.extent_m[0], 0.0])
        previous, self._last_position_m = self._last_position_m, position
        found = []
        near = set(_near(self._middles_m, ego, LIGHT_RADIUS_M))
        self._stopped_at &= near
        for index in near:
            line = self._signs[index].stop_line_map_m
            if not _faces(line, ego):
                continue
            if abs(ego.speed_mps) < STANDING_MPS and _distance_m(front, line) < STOP_RADIUS_M:
                self._stopped_at.add(index)
            if previous is None or not _passes(previous, position, line):
                continue
            if index in self._stopped_at:
                self._stopped_at.discard(index)
            else:
                found.append(_stop_infraction(self._signs[index].id, state))
        return found


def segments_cross(
    a: NDArray[np.float64], b: NDArray[np.float64], c: NDArray[np.float64], d: NDArray[np.float64]
) -> bool:
    """Return whether segment a-b meets segment c-d; points of shape (2,)."""
    return _side(a, b, c) * _side(a, b, d) <= 0.0 and _side(c, d, a) * _side(c, d, b) <= 0.0


def _passes(
    before: NDArray[np.float64], now: NDArray[np.float64], line_m: NDArray[np.float64]
) -> bool:
    """Return whether a step crosses the line; a step that ends on it does, the next does not."""
    was_behind = _side(line_m[0], line_m[1], before) < 0.0
    is_beyond = _side(line_m[0], line_m[1], now) >= 0.0
    return was_behind and is_beyond and segments_cross(before, now, line_m[0], line_m[1])


def _side(a: NDArray[np.float64], b: NDArray[np.float64], p: NDArray[np.float64]) -> float:
    return float((b[0] - a[0]) * (p[1] - a[1]) - (b[1] - a[1]) * (p[0] - a[0]))


def _middles_m(lines: Sequence[NDArray[np.float64]]) -> NDArray[np.float64]:
    return np.array([line.mean(axis=0) for line in lines]).reshape(-1, 2)


def _near(middles_m: NDArray[np.float64], ego: ActorState, radius_m: float) -> list[int]:
    if not len(middles_m):
        return []
    distance = np.hypot(*(middles_m - ego.pose_map.position_m).T)
    return [int(index) for index in np.flatnonzero(distance < radius_m)]


def _faces(line_m: NDArray[np.float64], ego: ActorState) -> bool:
    """Return whether the car heads in the direction that the line applies to.

    The line runs from the left to the right of the approaching driver.
    """
    right = line_m[1] - line_m[0]
    forward = (-right[1], right[0])
    yaw = ego.pose_map.yaw_rad
    return bool(forward[0] * math.cos(yaw) + forward[1] * math.sin(yaw) > 0.0)


def _distance_m(point: NDArray[np.float64], line_m: NDArray[np.float64]) -> float:
    along = line_m[1] - line_m[0]
    share = np.clip((point - line_m[0]) @ along / (along @ along), 0.0, 1.0)
    return float(np.hypot(*(point - line_m[0] - share * along)))


def _light_infraction(light_id: int, state: WorldState) -> Infraction:
    x_m, y_m = state.ego.pose_map.x_m, state.ego.pose_map.y_m
    return Infraction(
        kind=InfractionKind.RED_LIGHT,
        t_s=state.t_s,
        position_map_m=(x_m, y_m),
        other_id=light_id,
        message=f'Agent ran a red light {light_id} at (x={x_m:.3f}, y={y_m:.3f})',
    )


def _stop_infraction(sign_id: int, state: WorldState) -> Infraction:
    x_m, y_m = state.ego.pose_map.x_m, state.ego.pose_map.y_m
    return Infraction(
        kind=InfractionKind.STOP_SIGN,
        t_s=state.t_s,
        position_map_m=(x_m, y_m),
        other_id=sign_id,
        message=f'Agent ran a stop with id={sign_id} at (x={x_m:.3f}, y={y_m:.3f})',
    )
