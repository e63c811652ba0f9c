# SPDX-License-Identifier: Apache-2.0
"""Hazard-rich episodes: several situations on each route, and frames where something happens."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType

import numpy as np

from simlingo_core.errors import WorldError
from simlingo_core.frame import Frame
from simlingo_core.types import VehicleCommand
from simlingo_sim.expert.driver import Expert
from simlingo_sim.score.infractions import Infraction
from simlingo_sim.score.scorer import EpisodeScore
from simlingo_sim.situations import SITUATIONS
from simlingo_sim.situations.stage import pose_on
from simlingo_sim.situations.together import would_jam
from simlingo_sim.town.route_files import RouteSpec, SituationSpec
from simlingo_sim.world import SimWorld
from simlingo_training.buckets import STANDING_MPS
from simlingo_training.disturbance import Disturbance
from simlingo_training.episodes import EpisodeFolder
from simlingo_training.recorded_parts import RecordedParts

MOST_SITUATIONS = 3
WEIGHTS: Mapping[str, float] = MappingProxyType(
    {
        'free_driving': 0.0,
        'crossing_pedestrian': 16.0,
        'crossing_traffic': 12.0,
        'parked_obstacle': 8.0,
        'blocked_lane': 6.0,
        'lead_vehicle_brakes': 6.0,
        'red_light': 4.0,
        'stop_sign': 4.0,
        'T_Junction': 0.2,
        'VanillaNonSignalizedTurn': 0.2,
        'SequentialLaneChange': 0.2,
    }
)
"""How often a situation is drawn before others; 1 for all that are not named.

Those of the committed routes come first: each is one of fifty, and would be rare otherwise.
Last come those that are ordinary traffic.
"""
APART_M = 60.0
BEFORE_M, AFTER_M = 60.0, 15.0
"""Stretch of the route around a situation that is recorded."""
LONGEST_STANDING_TICKS = 400
"""A car that stands for longer shows nothing new."""
AFTERWARDS_TICKS = 60
"""So long frames are kept after the last event: plans reach 2.5 s ahead."""
CALM_BLOCK_TICKS, CALM_SHARE = 100, 0.2
"""Of the rest, this share of blocks of 5 s is kept: driving calmly must not be forgotten."""

logger = logging.getLogger(__name__)


def stage_hazards(world: SimWorld, route: RouteSpec, seed: int) -> Frame:
    """Reset the world to a route with up to three situations, at least 60 m apart.

    Where two of them cannot be staged together, the last one is left out.

    Raises:
        WorldError: the route cannot be driven even without situations.
    """
    plain = replace(route, situations=())
    world.reset(plain, seed=seed, with_image=False)
    chosen = _choose(world, np.random.default_rng([seed, 31]))
    for count in range(len(chosen), 0, -1):
        try:
            spec = replace(route, situations=chosen[:count])
            return world.reset(spec, seed=seed, with_image=False)
        except WorldError as error:
            logger.info('route %s without %s: %s', route.id, chosen[count - 1].name, error)
    return world.reset(plain, seed=seed, with_image=False)


def _choose(world: SimWorld, rng: np.random.Generator) -> tuple[SituationSpec, ...]:
    places: list[tuple[float, SituationSpec]] = []
    for name in _in_drawn_order(rng):
        arc_m = SITUATIONS[name].find_place(world.town, world.planned, rng)
        if arc_m is None or any(abs(arc_m - other) < APART_M for other, _ in places):
            continue
        if any(_would_jam(world, (arc_m, name), (at, spec.name)) for at, spec in places):
            continue
        trigger = pose_on(world.route, arc_m)
        places.append((arc_m, SituationSpec(name=name, trigger_map=trigger)))
        if len(places) == MOST_SITUATIONS:
            break
    return tuple(spec for _, spec in sorted(places, key=lambda place: place[0]))


def _would_jam(world: SimWorld, one: tuple[float, str], other: tuple[float, str]) -> bool:
    """Return whether a vehicle of one situation would stay behind an obstacle of the other."""
    return any(
        would_jam(SITUATIONS[name], arc_m, SITUATIONS[then], then_arc_m, world.planned)
        for (arc_m, name), (then_arc_m, then) in ((one, other), (other, one))
    )


def _in_drawn_order(rng: np.random.Generator) -> list[str]:
    """Return the names of all situations, those of a greater weight earlier on average."""
    weights = np.array([WEIGHTS.get(name, 1.0) for name in SITUATIONS])
    count = int(np.count_nonzero(weights))
    drawn = rng.choice(len(weights), count, replace=False, p=weights / weights.sum())
    names = tuple(SITUATIONS)
    return [names[number] for number in drawn]


class HazardEpisode:
    """An episode of the expert of which the stretches around situations are recorded.

    Args:
        folder: of the episode; its parts lie beside it.
        world: just reset.
        expert: reset to the world's route.
        seed: draws cameras, disturbances and the calm stretches that are kept.
    """

    def __init__(self, folder: EpisodeFolder, world: SimWorld, expert: Expert, seed: int) -> None:
        self._world, self._expert = world, expert
        self._parts = RecordedParts(folder, world, expert, np.random.default_rng([seed, 11]))
        self._disturbance = Disturbance(np.random.default_rng([seed, 12]))
        self._rng = np.random.default_rng([seed, 13])
        self._keeps_calm, self._kept_until, self._was_kept = False, -1, False
        self._stood_ticks = 0

    @property
    def frame_count(self) -> int:
        """Frames recorded."""
        return self._parts.frame_count

    def needs_image(self, tick: int) -> bool:
        """Never: the recorder draws its own images."""
        return False

    def note(self, frame: Frame, infractions: Sequence[Infraction]) -> None:
        """Take note of the infractions of a tick."""
        if self._was_kept:
            self._parts.note(infractions)

    def step(self, frame: Frame) -> VehicleCommand:
        """Return the command for this frame."""
        command = self._expert.drive(frame)
        reason = self._expert.decide().reason
        self._stood_ticks = self._stood_ticks + 1 if frame.ego.speed_mps < STANDING_MPS else 0
        is_kept = self._is_kept(frame.tick, bool(reason.hazards))
        if self._was_kept and not is_kept:
            self._parts.close()
        self._was_kept = is_kept
        self._parts.look(command, is_kept=is_kept)
        is_calm = not (reason.hazards or reason.changed_route or reason.is_in_junction)
        return self._disturbance.apply(command, frame.ego.speed_mps, is_calm=is_calm)

    def finish(self, score: EpisodeScore) -> None:
        """Close the last part and write the result of the whole episode."""
        self._parts.finish(score)

    def _is_kept(self, tick: int, has_hazard: bool) -> bool:
        arc_m = self._world.route_arc_m
        is_near = any(
            not situation.is_over and -AFTER_M < situation.arc_m - arc_m < BEFORE_M
            for situation in self._world.situations
        )
        if is_near or has_hazard:
            self._kept_until = tick + AFTERWARDS_TICKS
        if tick % CALM_BLOCK_TICKS == 0:
            self._keeps_calm = bool(self._rng.random() < CALM_SHARE)
        is_kept = tick <= self._kept_until or self._keeps_calm
        return is_kept and self._stood_ticks <= LONGEST_STANDING_TICKS


def events_of(world: SimWorld) -> tuple[str, ...]:
    """Return the names of the situations that have happened in this episode."""
    return tuple(s.name for s in world.situations if s.has_happened)
