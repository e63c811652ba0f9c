# SPDX-License-Identifier: Apache-2.0
"""Puts together what belongs together: image, pose, speed and route of one moment."""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass
from enum import StrEnum

from simlingo_core.checks import finite_number
from simlingo_core.frame import Frame
from simlingo_core.route import Route
from simlingo_core.types import EgoState, Observation
from simlingo_perception.config import PerceptionConfig
from simlingo_perception.route_tracker import RouteFollower, RoutePosition

_REMEMBERED = 64


class Problem(StrEnum):
    """Why there is no observation, or a bad one."""

    IMAGE_MISSING = 'image_missing'
    IMAGE_STALE = 'image_stale'
    IMAGE_FROZEN = 'image_frozen'
    EGO_MISSING = 'ego_missing'
    EGO_STALE = 'ego_stale'
    SPEED_MISSING = 'speed_missing'
    SPEED_STALE = 'speed_stale'
    ROUTE_MISSING = 'route_missing'
    STAMPS_DIFFER = 'stamps_differ'
    OFF_ROUTE = 'off_route'


@dataclass(frozen=True)
class _Moment:
    ego: EgoState
    route: RoutePosition | None


@dataclass(frozen=True)
class _CameraImage:
    t_s: float
    jpeg: bytes


class ObservationBuilder:
    """Collects inputs in any order; gives an observation when all of one stamp are there."""

    def __init__(self, config: PerceptionConfig | None = None) -> None:
        self._config = config or PerceptionConfig()
        self._follower: RouteFollower | None = None
        self.reset()

    def reset(self) -> None:
        """Forget all inputs; the route stays and begins again."""
        self._moments: deque[_Moment] = deque(maxlen=_REMEMBERED)
        self._speeds: deque[tuple[float, float]] = deque(maxlen=_REMEMBERED)
        self._image: _CameraImage | None = None
        self._is_image_new = False
        self._equal_images = 0
        self._is_camera_frozen = False
        self._last_match_t_s = -math.inf
        if self._follower is not None:
            self._follower.reset()

    def set_route(self, route: Route) -> None:
        """Drive this route from now on."""
        self._follower = RouteFollower(route, self._config)

    def add_ego(self, ego: EgoState) -> None:
        """Take a state of the car; time running backwards means that a new drive began."""
        if self._moments and ego.t_s < self._moments[-1].ego.t_s:
            self._begin_new_episode(ego.t_s)
        route = None if self._follower is None else self._follower.update(ego.pose_map.planar)
        self._moments.append(_Moment(ego, route))

    def add_speed(self, t_s: float, speed_mps: float) -> None:
        """Take a reading of the speedometer.

        Raises:
            NonFiniteError: a number is NaN or infinite; the reading is not used.
        """
        reading = finite_number('speed.t_s', t_s), finite_number('speed_mps', speed_mps)
        if self._speeds and reading[0] < self._speeds[-1][0]:
            self._speeds.clear()
        self._speeds.append(reading)

    def add_image(self, t_s: float, jpeg: bytes) -> None:
        """Take an image (JPEG); it replaces one that is still waiting for its pose.

        Raises:
            NonFiniteError: the stamp is NaN or infinite; the image is not used.
        """
        is_equal = self._image is not None and bool(jpeg) and jpeg == self._image.jpeg
        self._equal_images = self._equal_images + 1 if is_equal else 0
        self._is_camera_frozen = self._is_camera_frozen and is_equal
        self._image = _CameraImage(finite_number('image.t_s', t_s), jpeg)
        self._is_image_new = True

    def take(self) -> Observation | None:
        """Return the observation of the newest image, once, when all of it is there."""
        if self._image is None or not self._is_image_new:
            return None
        moment, speed_mps = self._moment_at(self._image.t_s), self._speed_at(self._image.t_s)
        if moment is None or speed_mps is None:
            return None
        self._last_match_t_s = self._image.t_s
        self._judge_camera(speed_mps)
        if moment.route is None or self._is_camera_frozen:
            return None
        self._is_image_new = False
        targets = moment.route.targets
        return Observation(
            t_s=self._image.t_s,
            image_jpeg=self._image.jpeg,
            pose_map=moment.ego.pose_map,
            speed_mps=speed_mps,
            target_points_base_m=targets.points_base_m(moment.ego.pose_map.planar),
            command=targets.command,
            next_command=targets.next_command,
            command_distance_m=0.0 if targets.is_crossing_junction else targets.distance_m,
            route_progress=moment.route.progress,
        )

    def observe(self, frame: Frame, jpeg: bytes) -> Observation | None:
        """Take a whole frame of a world at once, as in-process drives do."""
        self.add_frame(frame)
        self.add_image(frame.t_s, jpeg)
        return self.take()

    def add_frame(self, frame: Frame) -> None:
        """Take pose and speed of a frame whose image is not wanted."""
        self.add_ego(frame.ego)
        self.add_speed(frame.t_s, frame.speedometer_mps)

    def problems(self, t_s: float) -> tuple[Problem, ...]:
        """Tell what is missing, stale or wrong at ``t_s``; empty: nothing."""
        image_t_s = self._image.t_s if self._image else None
        ego_t_s = self._moments[-1].ego.t_s if self._moments else None
        speed_t_s = self._speeds[-1][0] if self._speeds else None
        found = [
            *self._age_problem(t_s, image_t_s, Problem.IMAGE_MISSING, Problem.IMAGE_STALE),
            *self._age_problem(t_s, ego_t_s, Problem.EGO_MISSING, Problem.EGO_STALE),
            *self._age_problem(t_s, speed_t_s, Problem.SPEED_MISSING, Problem.SPEED_STALE),
        ]
        if self._follower is None:
            found.append(Problem.ROUTE_MISSING)
        if self._speeds:
            self._judge_camera(self._speeds[-1][1])
        if self._is_camera_frozen:
            found.append(Problem.IMAGE_FROZEN)
        route = self._moments[-1].route if self._moments else None
        if route is not None and abs(route.offset_m) > self._config.off_route_limit_m:
            found.append(Problem.OFF_ROUTE)
        if not found and self._last_match_t_s < t_s - self._config.input_age_limit_s:
            found.append(Problem.STAMPS_DIFFER)
        return tuple(found)

    def _begin_new_episode(self, t_s: float) -> None:
        """Forget the old drive, but not what of the new one has come before its first pose."""
        newest_t_s = t_s + self._config.input_age_limit_s
        speeds = [speed for speed in self._speeds if speed[0] <= newest_t_s]
        image = self._image if self._is_image_new else None
        self.reset()
        self._speeds.extend(speeds)
        if image is not None and image.t_s <= newest_t_s:
            self._image, self._is_image_new = image, True

    def _age_problem(
        self, t_s: float, stamp_s: float | None, missing: Problem, stale: Problem
    ) -> tuple[Problem, ...]:
        if stamp_s is None:
            return (missing,)
        is_fresh = abs(t_s - stamp_s) <= self._config.input_age_limit_s
        return () if is_fresh else (stale,)

    def _judge_camera(self, speed_mps: float) -> None:
        """Call the camera frozen once images are equal though the car moves.

        It stays so until an image differs: the car has stopped because of it, and a standing
        car sees equal images anyway.
        """
        self._is_camera_frozen = self._is_camera_frozen or (
            self._equal_images >= self._config.frozen_images_limit
            and abs(speed_mps) > self._config.frozen_above_mps
        )

    def _moment_at(self, t_s: float) -> _Moment | None:
        for moment in reversed(self._moments):
            if abs(moment.ego.t_s - t_s) <= self._config.stamp_tolerance_s:
                return moment
        return None

    def _speed_at(self, t_s: float) -> float | None:
        for stamp_s, speed_mps in reversed(self._speeds):
            if abs(stamp_s - t_s) <= self._config.stamp_tolerance_s:
                return speed_mps
        return None
