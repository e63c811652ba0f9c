# SPDX-License-Identifier: Apache-2.0
"""The scorer of one episode: takes the state of every tick, returns the score."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from shapely.geometry.base import BaseGeometry

from simlingo_core.route import Route
from simlingo_sim.score.collision import CollisionCriterion
from simlingo_sim.score.infractions import EndReason, Infraction, InfractionKind
from simlingo_sim.score.lanes import LaneCriterion
from simlingo_sim.score.progress import ProgressCriterion
from simlingo_sim.score.protocol import ScoreProtocol
from simlingo_sim.score.road import Road
from simlingo_sim.score.signs import RedLightCriterion, StopSignCriterion
from simlingo_sim.score.speed import MinSpeedCriterion
from simlingo_sim.score.staged import StagedSituation, TimeoutCriterion, YieldCriterion
from simlingo_sim.state import WorldState


@dataclass(frozen=True, kw_only=True)
class EpisodeScore:
    """The score of one episode.

    Attributes:
        protocol: name of the protocol.
        end: why the episode ended.
        route_score: route completion in percent.
        penalty: penalty of all infractions, 0 to 1.
        infractions: infractions, sorted by time.
        route_length_m: length of the whole route.
        duration_s: simulated time.
    """

    protocol: str
    end: EndReason
    route_score: float
    penalty: float
    infractions: tuple[Infraction, ...]
    route_length_m: float
    duration_s: float

    @property
    def driving_score(self) -> float:
        """Route score times penalty, 0 to 100."""
        return max(self.route_score * self.penalty, 0.0)

    @property
    def status(self) -> str:
        """The leaderboard's status: Perfect, Completed or Failed with a reason."""
        if self.end is EndReason.ARRIVED:
            return 'Completed' if self.infractions else 'Perfect'
        return self.end.value

    @property
    def is_success(self) -> bool:
        """Whether the car arrived without infraction, minimum speed excepted (Bench2Drive)."""
        kinds = {infraction.kind for infraction in self.infractions}
        return self.end is EndReason.ARRIVED and not kinds - {InfractionKind.MIN_SPEED}

    def count(self, kind: InfractionKind) -> int:
        """Return the number of infractions of a kind."""
        return sum(infraction.kind is kind for infraction in self.infractions)


class Scorer:
    """Scores one episode.

    Args:
        route: the route to drive.
        road: lanes, lights and signs of the town.
        protocol: rules of the score.
        statics: outlines of scenery that can be hit, in map.
    """

    def __init__(
        self,
        route: Route,
        road: Road,
        protocol: ScoreProtocol,
        statics: Sequence[BaseGeometry] = (),
    ) -> None:
        self._route, self._road, self._protocol = route, road, protocol
        self._collision = CollisionCriterion(statics)
        self._red_light = RedLightCriterion(road.lights)
        self._stop_sign = StopSignCriterion(road.stop_signs)
        self._lanes = LaneCriterion(route, road)
        self._min_speed = MinSpeedCriterion(protocol)
        self._progress = ProgressCriterion(route, protocol)
        self._timeout, self._yield = TimeoutCriterion(), YieldCriterion()
        self._infractions: list[Infraction] = []
        self._first_t_s: float | None = None
        self._last_t_s = 0.0

    @property
    def end(self) -> EndReason | None:
        """Why the episode is over, None while it is running."""
        return self._progress.end

    @property
    def completion_share(self) -> float:
        """Route completion, 0 to 1."""
        return self._progress.completion_share

    @property
    def infractions(self) -> tuple[Infraction, ...]:
        """Infractions so far."""
        return tuple(self._infractions)

    def update(
        self, state: WorldState, staged: Sequence[StagedSituation] = ()
    ) -> list[Infraction]:
        """Evaluate one tick and return its infractions.

        Args:
            state: state of the world.
            staged: the situations of the episode, in the same order at every tick.
        """
        if self._first_t_s is None:
            self._first_t_s = state.t_s
        self._last_t_s = state.t_s
        limit_mps = self._road.speed_limit_mps_at(state.ego.pose_map.position_m)
        found = self._collision.update(state)
        found += self._red_light.update(state)
        found += self._stop_sign.update(state)
        found += self._progress.update(state, limit_mps)
        self._lanes.update(
            state,
            self._progress.arc_m,
            may_use_oncoming_lane=any(s.must_be_passed and not s.is_over for s in staged),
        )
        found += self._min_speed.update(state, self._progress.completion_share)
        found += self._yield.update(state, staged)
        found += self._timeout.update(state, staged)
        self._infractions += found
        return found

    def finish(self, end: EndReason | None = None) -> EpisodeScore:
        """Return the score so far.

        Args:
            end: why the episode was ended from outside; None: as the rules decided.
        """
        reason = end or self.end or EndReason.STOPPED_EARLY
        infractions = [
            *self._infractions,
            *self._yield.finish(),
            *self._min_speed.finish(self._progress.completion_share),
            *self._lanes.finish(self._progress.arc_m),
        ]
        return EpisodeScore(
            protocol=self._protocol.name,
            end=reason,
            route_score=round(100.0 * self._progress.completion_share, 6),
            penalty=round(penalty_of(infractions, self._protocol), 6),
            infractions=tuple(infractions),
            route_length_m=self._route.length_m,
            duration_s=self._last_t_s - (self._first_t_s or 0.0),
        )


def penalty_of(infractions: Sequence[Infraction], protocol: ScoreProtocol) -> float:
    """Return the penalty (0 to 1) for a list of infractions.

    Source: leaderboard 2.0 multiplies factors; 2.1 divides by 1 + the sum of coefficients, and
    multiplies with the share driven inside the lanes only.
    """
    outside, slow = 1.0, []
    counts = Counter(infraction.kind for infraction in infractions)
    for infraction in infractions:
        if infraction.kind is InfractionKind.OUTSIDE_LANES:
            outside *= max(0.0, 1.0 - infraction.percentage / 100.0)
        if infraction.kind is InfractionKind.MIN_SPEED and infraction.percentage < 100.0:
            slow.append(protocol.min_speed_weight * (1.0 - infraction.percentage / 100.0))
    if protocol.is_sum:
        total = sum(weight * counts[kind] for kind, weight in protocol.weights.items())
        return outside / (1.0 + total + sum(slow))
    factors = [weight ** counts[kind] for kind, weight in protocol.weights.items()]
    return float(outside * np.prod(factors) * np.prod([1.0 - share for share in slow]))
