# SPDX-License-Identifier: Apache-2.0
"""What the dreamer knows of one frame, and what it plans to roll out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simlingo_core.types import SPEED_WAYPOINTS
from simlingo_training.dreaming.paths import Array
from simlingo_training.dreaming.roll_out import ROLLOUT_TICKS, TICKS_PER_WAYPOINT, Drive
from simlingo_training.dreaming.rules import DreamerRules
from simlingo_training.labels import Labels, travelled_distances
from simlingo_training.measurements import Measurement
from simlingo_training.text_labels.object_words import Category
from simlingo_training.text_labels.scene import RoadScene

WALKER_CLOSE_M = 10.0


@dataclass(frozen=True, kw_only=True)
class DreamFrame:
    """One frame with its future.

    Attributes:
        scene: now.
        future: now and the next 2.5 s at 4 Hz, 11 or more.
        scenes: of the same frames.
        labels: of the expert.
        rules: of the dreamer.
    """

    scene: RoadScene
    future: Sequence[Measurement]
    scenes: Sequence[RoadScene]
    labels: Labels
    rules: DreamerRules = field(default_factory=DreamerRules)

    @property
    def now(self) -> Measurement:
        """The measurement."""
        return self.scene.now

    @cached_property
    def route_base_m(self) -> Array:
        """The route ahead, points 1 m apart from the car on, at least 20."""
        route = self.now.route_base_m
        if len(route) > 1 and float(np.linalg.norm(route[0])) < 1.5:
            return route
        # Ours begins 2.5 m ahead; upstream's roll-outs begin at the car as well.
        return (
            np.vstack([self.labels.path_base_m[1:], route[18:]])
            if len(route) > 18
            else (self.labels.path_base_m[1:])
        )

    @cached_property
    def expert_speeds_mps(self) -> Array:
        """Recorded speeds by tick, shape (50,)."""
        speeds = [m.speed_mps for m in self.future[: SPEED_WAYPOINTS + 1]]
        ticks = np.arange(len(speeds)) * TICKS_PER_WAYPOINT
        return np.interp(np.arange(ROLLOUT_TICKS), ticks, speeds)

    @cached_property
    def expert_arcs_m(self) -> Array:
        """How far the expert drives until each waypoint, shape (10,)."""
        return travelled_distances(self.labels.speed_waypoints_base_m)

    @property
    def first(self) -> tuple[float, float, float]:
        """The command already on its way."""
        return self.now.steer, self.now.throttle, float(self.now.brake)

    @cached_property
    def is_walker_close(self) -> bool:
        """Whether somebody on foot is within 10 m in front."""
        return any(
            walker.distance_m < WALKER_CLOSE_M and walker.x_m > 0.0
            for walker in self.scene.of(Category.WALKER)
        )

    @cached_property
    def route_shift(self) -> tuple[int, float] | None:
        """First of the next 20 points where the route leaves its lane, and by how much at most."""
        count = min(len(self.now.route_base_m), len(self.now.route_original_base_m), 20)
        gaps = np.linalg.norm(
            self.now.route_base_m[:count] - self.now.route_original_base_m[:count], axis=1
        )
        shifted = np.flatnonzero(gaps > 0.6)
        return (int(shifted[0]), float(gaps.max())) if len(shifted) else None


@dataclass(frozen=True, kw_only=True)
class DreamPlan:
    """A dream before it is rolled out and judged.

    Attributes:
        mode: as in the file.
        drive: to roll out; None: the waypoints are given.
        waypoints_base_m: given, shape (10, 2); None and no drive: the expert's.
        path_base_m: label of the path; None: the expert's.
        info: parameters.
        groups: wordings to draw from, with the values of their placeholders.
        is_allowed: whether traffic rules allow it.
        collides_by_intent: whether it hits an object on purpose.
    """

    mode: str
    groups: Sequence[tuple[str, Mapping[str, str]]]
    drive: Drive | None = None
    waypoints_base_m: Array | None = None
    path_base_m: Array | None = None
    info: Mapping[str, Any] = field(default_factory=dict)
    is_allowed: bool = True
    collides_by_intent: bool = False


@dataclass(frozen=True, kw_only=True)
class Trajectory:
    """How the car would move: points at the waypoints' times.

    Attributes:
        waypoints_base_m: shape (10, 2).
        yaws_rad: shape (10,).
        final_speed_mps: at the end.
    """

    waypoints_base_m: Array
    yaws_rad: NDArray[np.float64]
    final_speed_mps: float
