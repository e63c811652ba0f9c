# SPDX-License-Identifier: Apache-2.0
"""One image of the video: camera with the plan on it, view from above, a line of facts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simlingo_core.geometry import Pose2
from simlingo_core.images import to_rgb
from simlingo_core.overlay import (
    PATH_RGB,
    SPEED_RGB,
    TARGET_RGB,
    draw_points,
    text_panel,
)
from simlingo_core.types import DrivingPlan

CAMERA_SHAPE = (512, 1024, 3)
TOP_SHAPE = (512, 512, 3)
PANEL_PX = 88
WIDTH_PX, HEIGHT_PX = CAMERA_SHAPE[1] + TOP_SHAPE[1], CAMERA_SHAPE[0] + PANEL_PX


@dataclass(frozen=True, kw_only=True)
class Moment:
    """What is shown beside the images.

    Attributes:
        t_s: simulation time.
        speed_mps: of the car.
        steer, throttle, brake: command in force.
        plan: in use, None: there is none.
        pose_map: of the car now; the plan is drawn from here.
        target_points_base_m: of the newest observation, shape (2, 2), or None.
        commentary: newest text of the model.
        instruction: in force, or empty.
        event: newest event, or empty.
    """

    t_s: float
    speed_mps: float
    steer: float
    throttle: float
    brake: float
    pose_map: Pose2
    plan: DrivingPlan | None = None
    target_points_base_m: NDArray[np.float64] | None = None
    commentary: str = ''
    instruction: str = ''
    event: str = ''


def compose(
    camera_bgra: NDArray[np.uint8], top_bgra: NDArray[np.uint8] | None, moment: Moment
) -> NDArray[np.uint8]:
    """Return one image of the video, uint8 RGB (600, 1536, 3)."""
    camera = to_rgb(camera_bgra)
    _draw_plan(camera, moment)
    top = np.zeros(TOP_SHAPE, np.uint8)
    if top_bgra is not None:
        top = to_rgb(top_bgra)
    panel = text_panel(WIDTH_PX, PANEL_PX, _facts(moment))
    return np.vstack([np.hstack([camera, top]), panel])


def _draw_plan(camera_rgb: NDArray[np.uint8], moment: Moment) -> None:
    if moment.target_points_base_m is not None:
        draw_points(camera_rgb, moment.target_points_base_m, TARGET_RGB, 7)
    if moment.plan is None:
        return
    now_from_plan = moment.pose_map.inverse() @ moment.plan.pose_map.planar
    draw_points(camera_rgb, now_from_plan.transform(moment.plan.path_base_m), PATH_RGB, 4)
    points = now_from_plan.transform(moment.plan.speed_waypoints_base_m)
    draw_points(camera_rgb, points, SPEED_RGB, 4)


def _facts(moment: Moment) -> list[str]:
    pedal = f'brake {moment.brake:.2f}' if moment.brake > 0 else f'throttle {moment.throttle:.2f}'
    commentary = f'commentary: {moment.commentary}' if moment.commentary else ''
    instruction = f'instruction: {moment.instruction}' if moment.instruction else ''
    # The event of an instruction says what its own line says as long as it is active.
    event = '' if moment.event == instruction else moment.event
    first = (
        f'{moment.t_s:6.2f} s   {moment.speed_mps:4.1f} m/s   '
        f'steer {moment.steer:+.2f}   {pedal}   {event}'
    )
    return [first, commentary, instruction]
