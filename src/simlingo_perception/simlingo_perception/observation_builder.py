# SPDX-License-Identifier: Apache-2.0
"""Puts together what belongs together: image, pose, speed and route of one moment."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from simlingo_core.checks import finite_number
from simlingo_core.frame import Frame
from simlingo_core.route import Route
from simlingo_core.types import EgoState, Observation
from simlingo_perception.config import PerceptionConfig
from simlingo_perception.ego_history import EgoHistory, EgoMoment, is_jump
from simlingo_perception.frozen_camera import FrozenCamera
from simlingo_perception.problems import Problem
from simlingo_perception.route_tracker import RouteTracker


@dataclass(frozen=True)
class _CameraImage:
    t_s: float
    jpeg: bytes


class ObservationBuilder:
    """Collects inputs in any order; gives an observation when all of one moment are there.

    An observation from farther than ``off_route_m`` beside the route says so (``is_off_route``),
    and the planner answers it with a stop.
    """

    def __init__(self, config: PerceptionConfig | None = None) -> None:
        self._config = config or PerceptionConfig()
        self._tracker: RouteTracker | None = None
        self.reset()

    def reset(self) -> None:
        """Forget all inputs; the route stays and begins again."""
        config = self._config
        self._history = EgoHistory(config.stamp_tolerance_s)
        self._camera = FrozenCamera(config.frozen_images_limit, config.frozen_above_mps)
        self._image: _CameraImage | None = None
        self._is_image_new = False
        self._last_match_t_s = -math.inf
        if self._tracker is not None:
            self._tracker.reset()

    def set_route(self, route: Route | None) -> None:
        """Follow this route from now on, from wherever the car is; None: there is no route."""
        self._tracker = None if route is None else RouteTracker(route, self._config)

    @property
    def route_offset_m(self) -> float | None:
        """Distance of the car to the left of its route; None: no route or no pose."""
        newest = self._history.newest
        if self._tracker is None or newest is None or newest.route is None:
            return None
        return newest.route.offset_m

    def add_ego(self, ego: EgoState, speed_mps: float | None = None) -> None:
        """Take a state of the car; time running backwards means that a new episode began.

        Args:
            ego: of the car.
            speed_mps: of the speedometer; None: the ego state's.

        Raises:
            NonFiniteError: the speed is NaN or infinite; nothing has changed.
        """
        speed_mps = ego.speed_mps if speed_mps is None else speed_mps
        moment = EgoMoment(
            t_s=ego.t_s,
            pose_map=ego.pose_map,
            speed_mps=finite_number('speed_mps', speed_mps),
            route=None,
        )
        newest = self._history.newest
        if newest is not None and ego.t_s < newest.t_s:
            self._begin_new_episode(ego.t_s)
            newest = None
        has_jumped = newest is not None and is_jump(newest, moment)
        self._history.add(self._on_route(moment, has_jumped=has_jumped))

    def add_image(self, t_s: float, jpeg: bytes) -> None:
        """Take an image (JPEG); it replaces one that is still waiting for its pose.

        Raises:
            NonFiniteError: the stamp is NaN or infinite; the image is not used.
        """
        image = _CameraImage(finite_number('image.t_s', t_s), jpeg)
        is_equal = self._image is not None and bool(jpeg) and jpeg == self._image.jpeg
        self._camera.add_image(is_equal=is_equal)
        self._image, self._is_image_new = image, True

    def take(self) -> Observation | None:
        """Return the observation of the newest image, once, when all of it is there."""
        if self._image is None or not self._is_image_new:
            return None
        moment = self._history.at(self._image.t_s)
        if moment is None:
            return None
        self._last_match_t_s = self._image.t_s
        route, is_frozen = moment.route, self._camera.judge(moment.speed_mps)
        if route is None or is_frozen:
            return None
        self._is_image_new = False
        targets = route.targets
        return Observation(
            t_s=self._image.t_s,
            image_jpeg=self._image.jpeg,
            pose_map=moment.pose_map,
            speed_mps=moment.speed_mps,
            target_points_base_m=targets.points_base_m(moment.pose_map.planar),
            command=targets.command,
            next_command=targets.next_command,
            command_distance_m=0.0 if targets.is_crossing_junction else targets.distance_m,
            route_progress=route.progress,
            is_off_route=abs(route.offset_m) > self._config.off_route_m,
        )

    def observe(self, frame: Frame, jpeg: bytes) -> Observation | None:
        """Take a whole frame of a world at once, as in-process episodes do."""
        self.add_frame(frame)
        self.add_image(frame.t_s, jpeg)
        return self.take()

    def add_frame(self, frame: Frame) -> None:
        """Take pose and speed of a frame whose image is not wanted."""
        self.add_ego(frame.ego, frame.speedometer_mps)

    def problems(self, t_s: float) -> tuple[Problem, ...]:
        """Tell what is missing, stale or wrong at ``t_s``; empty: nothing."""
        newest = self._history.newest
        image_t_s = self._image.t_s if self._image else None
        ego_t_s = newest.t_s if newest else None
        found = [
            *self._age_problem(t_s, image_t_s, Problem.IMAGE_MISSING, Problem.IMAGE_STALE),
            *self._age_problem(t_s, ego_t_s, Problem.EGO_MISSING, Problem.EGO_STALE),
        ]
        if newest is not None and self._camera.judge(newest.speed_mps):
            found.append(Problem.IMAGE_FROZEN)
        found += self._route_problem()
        if not found and self._last_match_t_s < t_s - self._config.input_age_limit_s:
            found.append(Problem.STAMPS_DIFFER)
        return tuple(found)

    def _on_route(self, moment: EgoMoment, *, has_jumped: bool) -> EgoMoment:
        """Return the moment with its place on the route, if there is one."""
        if self._tracker is None:
            return moment
        route = self._tracker.update(moment.pose_map.planar, has_jumped=has_jumped)
        return replace(moment, route=route)

    def _begin_new_episode(self, t_s: float) -> None:
        """Forget the old episode, but not an image that came before the new one's first pose."""
        image = self._image if self._is_image_new else None
        self.reset()
        if image is not None and image.t_s <= t_s + self._config.input_age_limit_s:
            self._image, self._is_image_new = image, True

    def _age_problem(
        self, t_s: float, stamp_s: float | None, missing: Problem, stale: Problem
    ) -> tuple[Problem, ...]:
        if stamp_s is None:
            return (missing,)
        is_fresh = abs(t_s - stamp_s) <= self._config.input_age_limit_s
        return () if is_fresh else (stale,)

    def _route_problem(self) -> tuple[Problem, ...]:
        if self._tracker is None:
            return (Problem.ROUTE_MISSING,)
        offset_m = abs(self.route_offset_m or 0.0)
        if offset_m > self._config.off_route_m:
            return (Problem.OFF_ROUTE,)
        return (Problem.FAR_FROM_ROUTE,) if offset_m > self._config.far_from_route_m else ()
