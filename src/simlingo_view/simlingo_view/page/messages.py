# SPDX-License-Identifier: Apache-2.0
"""What the browser receives: JSON texts, and images with a header of fixed size."""

from __future__ import annotations

import json
import math
import struct
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simlingo_core.geometry import Pose2
from simlingo_core.plan_geometry import waypoint_speeds_mps
from simlingo_core.reasons import reason_in_words
from simlingo_core.route import Route
from simlingo_core.status import InstructionStatus, SafetyState
from simlingo_core.types import Commentary, DrivingPlan, InstructionKind, Observation
from simlingo_view.stack_memory import InstructionRecord

CAMERA, TOP = 0, 1
# Kind, time [s], x [m], y [m], yaw [rad] of the car in map, focal length per image width.
IMAGE_HEADER = struct.Struct('<B7xddddd')
Payload = str | bytes
ROUTE_SPACING_M = 2.0
NEAREST_DIGITS = 3


def write(kind: str, **fields: Any) -> str:
    """Return a JSON text; numbers that are not finite become null."""
    return json.dumps({'type': kind, **{name: plain(value) for name, value in fields.items()}})


def image(kind: int, jpeg: bytes, t_s: float, pose_map: Pose2, focal_per_width: float) -> bytes:
    """Return an image with its header.

    Args:
        kind: ``CAMERA`` or ``TOP``.
        jpeg: the image.
        t_s: exposure time.
        pose_map: of the car at that time.
        focal_per_width: focal length over image width of a pinhole camera; else 0.
    """
    place = (t_s, pose_map.x_m, pose_map.y_m, pose_map.yaw_rad, focal_per_width)
    return IMAGE_HEADER.pack(kind, *place) + jpeg


def plan(plan: DrivingPlan, observation: Observation | None) -> dict[str, Any]:
    """Return a plan with the target points of its observation, for JSON."""
    targets = np.empty((0, 2)) if observation is None else observation.target_points_base_m
    return {
        't_s': plan.t_s,
        'pose': pose(plan.pose_map.planar),
        'path': plan.path_base_m,
        'waypoints': plan.speed_waypoints_base_m,
        'speeds': waypoint_speeds_mps(plan),
        'targets': targets,
        'max_speed': plan.max_speed_mps,
        'stop_reason': reason_in_words(plan.stop_reason) if plan.stop_reason else '',
        'policy': plan.policy,
        'inference_ms': plan.inference_time_s * 1000.0,
    }


def pose(pose_map: Pose2) -> list[float]:
    """Return x, y and yaw."""
    return [pose_map.x_m, pose_map.y_m, pose_map.yaw_rad]


def safety(state: SafetyState) -> dict[str, Any]:
    """Return a safety state in words, for JSON."""
    return {
        'level': int(state.level),
        'words': state.level.words,
        'reasons': [reason_in_words(reason) for reason in state.reasons],
    }


def route(route: Route | None) -> str:
    """Return the route, thinned out."""
    if route is None:
        return write('route', points=[])
    arcs_m = np.arange(0.0, route.length_m + ROUTE_SPACING_M, ROUTE_SPACING_M)
    return write('route', points=route.position_at(np.minimum(arcs_m, route.length_m)))


def commentary(commentary: Commentary) -> str:
    """Return a commentary as it grows."""
    return write('commentary', text=commentary.text, growing=commentary.is_growing)


def record(record: InstructionRecord) -> str:
    """Return an instruction or a question, and what became of it."""
    return write(
        'instruction',
        id=record.id,
        text=record.text,
        question=record.kind is InstructionKind.ASK,
        states=[_status(status) for status in record.statuses],
    )


def _status(status: InstructionStatus) -> Mapping[str, Any]:
    return {
        't_s': status.t_s,
        'state': status.state.name.lower().replace('_', ' '),
        'reason': status.reason,
        'reply': status.spoken_reply,
    }


def plain(value: Any) -> Any:
    """Return numbers, lists and mappings as JSON can hold them; NaN and infinity are null."""
    if isinstance(value, np.ndarray):
        return plain(_rounded(value).tolist())
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {key: plain(element) for key, element in value.items()}
    if isinstance(value, list | tuple):
        return [plain(element) for element in value]
    return value


def _rounded(values: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.round(values, NEAREST_DIGITS)
