# SPDX-License-Identifier: Apache-2.0
"""What the perception node decides: images to take, observations to send, problems to report.

In lockstep every planning tick yields an observation; when the world repeats a frame the last
observations are sent again, since a node has missed something.  In real time the newest image
counts, at most ``rate_limit_hz`` times a second.

The speed is the odometry's, because it has a stamp; the speedometer must agree with it.
"""

from __future__ import annotations

from collections import deque

from simlingo_core.errors import ContractError
from simlingo_core.plan_buffer import tick_of
from simlingo_core.route import Route
from simlingo_core.types import EgoState, Observation
from simlingo_perception.config import PerceptionNodeConfig
from simlingo_perception.observation_builder import ObservationBuilder
from simlingo_perception.problems import EXPLANATIONS, Problem
from simlingo_perception.speed_check import SpeedCheck
from simlingo_ros.monitors import Level, Status

STAMP_MARGIN_S = 0.001
NO_ROUTE_YET = 'no route has come yet'


class PerceptionCore:
    """Turns a stream of odometry, images and routes into observations."""

    def __init__(self, config: PerceptionNodeConfig) -> None:
        self._config = config
        self._builder = ObservationBuilder(
            config.with_exact_stamps() if config.lockstep else config
        )
        self._speed_check = SpeedCheck(config.speed_difference_limit_mps)
        self._has_route, self._no_route_reason = False, NO_ROUTE_YET
        self._image_t_s: float | None = None
        self._ego: EgoState | None = None
        self._is_route_known_to_ego = False
        self._sent: deque[Observation] = deque(maxlen=config.kept_observations)

    # ---- route -------------------------------------------------------------------------------

    def set_route(self, route: Route | None, reason: str = '') -> None:
        """Follow a route from wherever the car is; the same one again starts it anew.

        Args:
            route: None: there is no usable route, and the car stops.
            reason: why there is none.
        """
        self._has_route, self._no_route_reason = route is not None, reason
        self._builder.set_route(route)
        self._is_route_known_to_ego = False

    # ---- inputs ------------------------------------------------------------------------------

    def wants_image(self, t_s: float) -> bool:
        """Tell whether the image of this stamp is to be observed; each is taken once."""
        last_t_s = self._image_t_s
        if self._config.lockstep:
            return t_s != last_t_s and self._config.schedule.is_planning_tick(tick_of(t_s))
        if last_t_s is None or t_s < last_t_s:
            return True
        return t_s >= last_t_s + 1.0 / self._config.rate_limit_hz - STAMP_MARGIN_S

    def add_image(self, t_s: float, jpeg: bytes) -> None:
        """Take an image that is wanted."""
        self._image_t_s = t_s
        self._builder.add_image(t_s, jpeg)

    def add_ego(self, ego: EgoState) -> list[Observation]:
        """Take an odometry.

        Returns:
            Observations to send again, because the world repeats the frame (lockstep).
        """
        last_t_s = None if self._ego is None else self._ego.t_s
        is_repeated = ego.t_s == last_t_s
        if last_t_s is not None and ego.t_s < last_t_s:
            self._sent.clear()
        if not is_repeated or not self._is_route_known_to_ego:
            self._builder.add_ego(ego)
            self._is_route_known_to_ego = self._has_route
        self._ego = ego
        return list(self._sent) if self._config.lockstep and is_repeated else []

    def compare_speed(self, speedometer_mps: float) -> None:
        """Take a reading of the speedometer.

        Raises:
            NonFiniteError: the reading is NaN or infinite.
            ContractError: speedometer and odometry have contradicted each other for a while.
        """
        if self._ego is not None:
            self._speed_check.compare(self._ego.speed_mps, speedometer_mps)

    # ---- outputs -----------------------------------------------------------------------------

    def take(self) -> Observation | None:
        """Return the next observation, once, when all of it is there."""
        observation = self._builder.take()
        if observation is None or self._speed_check.is_contradicted:
            return None
        self._sent.append(observation)
        return observation

    def status(self, clock_t_s: float) -> Status:
        """Return what is missing, stale or wrong.

        Args:
            clock_t_s: now; in lockstep, where time stands still, the newest odometry counts.

        Raises:
            ContractError: speedometer and odometry contradict each other.
        """
        if self._speed_check.is_contradicted:
            raise ContractError('odometry and speedometer contradict each other; see their lines')
        newest_t_s = 0.0 if self._ego is None else self._ego.t_s
        if not self._config.lockstep:
            newest_t_s = max(newest_t_s, clock_t_s)
        problems = self._builder.problems(newest_t_s)
        if not problems:
            return Status(level=Level.OK, message='complete')
        values: dict[str, object] = {'problems': ' '.join(problems)}
        offset_m = self._builder.route_offset_m
        if offset_m is not None:
            values['route_offset_m'] = round(offset_m, 1)
        waits_for_route = problems == (Problem.ROUTE_MISSING,)
        is_doubtful = waits_for_route or problems == (Problem.FAR_FROM_ROUTE,)
        return Status(
            level=Level.WARN if is_doubtful else Level.ERROR,
            message='; '.join(self._explain(problem) for problem in problems),
            values=values,
        )

    def _explain(self, problem: Problem) -> str:
        """Return a problem in words, with the numbers that belong to it."""
        text = EXPLANATIONS[problem]
        if problem is Problem.ROUTE_MISSING:
            return self._no_route_reason or text
        offset_m = abs(self._builder.route_offset_m or 0.0)
        if problem is Problem.OFF_ROUTE:
            return f'OFF_ROUTE: {text}; {offset_m:.0f} m, at most {self._config.off_route_m:g} m'
        return f'{text}: {offset_m:.0f} m' if problem is Problem.FAR_FROM_ROUTE else text
