# SPDX-License-Identifier: Apache-2.0
"""What a commentary claims to be there and the simulator knows is not."""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np

from simlingo_core.consistency import Mismatch
from simlingo_core.geometry import Pose2
from simlingo_core.statements import Reason, Statement
from simlingo_sim.state import LightState, WorldState
from simlingo_sim.town.town import Town

SIGHT_M = 70.0
SIGHT_RAD = math.radians(70.0)
"""Wider than half the camera's field of view: what is at its edge may be spoken of."""
NEAR_M = 8.0
"""So near a thing may be spoken of wherever it is."""
_STOPPING = (LightState.RED, LightState.YELLOW)


def absent_claims(stated: Statement, state: WorldState, town: Town) -> frozenset[Mismatch]:
    """Return what is claimed as the reason and is nowhere within 70 m ahead.

    Args:
        stated: the commentary.
        state: of the world in the frame that it is on.
        town: of the world.
    """
    ego = state.ego.pose_map
    found = set()
    if stated.reason is Reason.RED_LIGHT and not _sees(
        ego,
        (
            light.stop_line_map_m.mean(axis=0)
            for light in town.traffic_lights
            if state.lights.get(light.id) in _STOPPING
        ),
    ):
        found.add(Mismatch.CLAIMS_RED_LIGHT)
    if stated.reason is Reason.STOP_SIGN and not _sees(
        ego, (sign.stop_line_map_m.mean(axis=0) for sign in town.stop_signs)
    ):
        found.add(Mismatch.CLAIMS_STOP_SIGN)
    if stated.reason is Reason.PEDESTRIAN and not _sees(
        ego,
        (actor.pose_map.position_m for actor in state.actors if actor.kind.is_walker),
    ):
        found.add(Mismatch.CLAIMS_PEDESTRIAN)
    return frozenset(found)


def _sees(ego_map: Pose2, points_map_m: Iterable[np.ndarray]) -> bool:
    points = list(points_map_m)
    if not points:
        return False
    ahead = ego_map.inverse_transform(np.array(points))
    distance_m = np.hypot(ahead[:, 0], ahead[:, 1])
    angle_rad = np.abs(np.arctan2(ahead[:, 1], ahead[:, 0]))
    is_ahead = (distance_m < SIGHT_M) & (angle_rad < SIGHT_RAD)
    return bool((is_ahead | (distance_m < NEAR_M)).any())
