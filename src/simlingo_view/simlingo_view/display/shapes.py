# SPDX-License-Identifier: Apache-2.0
"""What rviz and Foxglove draw in space: plan, target points, route and words."""

from __future__ import annotations

import colorsys

import numpy as np
from numpy.typing import NDArray

from simlingo_core.overlay import PATH_RGB, TARGET_RGB
from simlingo_core.plan_geometry import path_map_m, waypoint_speeds_mps, waypoints_map_m
from simlingo_core.route import Route
from simlingo_core.status import SafetyLevel
from simlingo_core.types import DrivingPlan, Observation
from simlingo_ros.conversions.markers import Color, Shape, ShapeKind
from simlingo_view.display.drawing import safety_text
from simlingo_view.stack_memory import StackMemory

LIFT_M = 0.1
WORDS_ABOVE_M, WORDS_APART_M = 3.5, 1.2
FAST_MPS = 12.0
WHITE: Color = (0.95, 0.95, 0.95, 1.0)
GREY: Color = (0.6, 0.6, 0.65, 0.6)
LEVEL_COLORS: dict[SafetyLevel, Color] = {
    SafetyLevel.NOMINAL: (0.3, 0.85, 0.4, 1.0),
    SafetyLevel.DEGRADED: (0.95, 0.8, 0.2, 1.0),
    SafetyLevel.MINIMAL_RISK_MANOEUVRE: (1.0, 0.6, 0.1, 1.0),
    SafetyLevel.STOPPED: (1.0, 0.6, 0.1, 1.0),
    SafetyLevel.EMERGENCY: (1.0, 0.2, 0.2, 1.0),
}


def plan_shapes(
    plan: DrivingPlan, observation: Observation | None, memory: StackMemory
) -> list[Shape]:
    """Return the shapes of a plan, where the plan was made.

    Args:
        plan: newest plan.
        observation: that it was made from; None: target points are left out.
        memory: words to show.
    """
    targets = np.empty((0, 3))
    if observation is not None:
        points = observation.target_points_base_m
        flat = np.column_stack([points, np.zeros(len(points))])
        targets = _lifted(observation.pose_map.transform(flat))
    return [
        Shape(
            name='path',
            kind=ShapeKind.LINE,
            points_map_m=_lifted(path_map_m(plan)),
            color=_rgb(PATH_RGB),
            size_m=0.25,
        ),
        Shape(
            name='speed_waypoints',
            kind=ShapeKind.POINTS,
            points_map_m=_lifted(waypoints_map_m(plan)),
            color=WHITE,
            colors=tuple(speed_color(speed) for speed in waypoint_speeds_mps(plan).tolist()),
            size_m=0.5,
        ),
        Shape(
            name='target_points',
            kind=ShapeKind.POINTS,
            points_map_m=targets,
            color=_rgb(TARGET_RGB),
            size_m=0.9,
        ),
        *_words(plan.pose_map.translation_m, memory),
    ]


def route_shape(route: Route | None) -> Shape:
    """Return the route as a line; None: it is removed."""
    points = np.empty((0, 3))
    if route is not None:
        points = np.column_stack([route.points_map_m, np.full(len(route.points_map_m), LIFT_M)])
    return Shape(name='route', kind=ShapeKind.LINE, points_map_m=points, color=GREY, size_m=0.15)


def speed_color(speed_mps: float) -> Color:
    """Return the colour of a speed: red stands, green is ``FAST_MPS`` or faster."""
    share = min(max(speed_mps / FAST_MPS, 0.0), 1.0)
    red, green, blue = colorsys.hsv_to_rgb(share / 3.0, 0.9, 1.0)
    return red, green, blue, 1.0


def _words(car_map_m: NDArray[np.float64], memory: StackMemory) -> list[Shape]:
    state = memory.safety
    color = WHITE if state is None else LEVEL_COLORS[state.level]
    active = memory.instructions.active_text
    lines = (
        ('safety_state', safety_text(memory), color),
        ('instruction', f'instruction: {active}' if active else '', WHITE),
        ('commentary', memory.commentary, WHITE),
    )
    return [
        Shape(
            name=name,
            kind=ShapeKind.TEXT,
            points_map_m=_raised(car_map_m[None], WORDS_ABOVE_M + row * WORDS_APART_M),
            color=line_color,
            size_m=0.7,
            text=text,
        )
        for row, (name, text, line_color) in enumerate(lines)
    ]


def _lifted(points_map_m: NDArray[np.float64]) -> NDArray[np.float64]:
    return _raised(points_map_m, LIFT_M)


def _raised(points_map_m: NDArray[np.float64], by_m: float) -> NDArray[np.float64]:
    return np.add(points_map_m, [0.0, 0.0, by_m])


def _rgb(color: tuple[int, int, int]) -> Color:
    red, green, blue = (value / 255.0 for value in color)
    return red, green, blue, 1.0
