# SPDX-License-Identifier: Apache-2.0
"""Images of a situation while the expert drives through it."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from simlingo_core.errors import WorldError
from simlingo_core.frame import Frame
from simlingo_sim.expert.driver import Expert
from simlingo_sim.situations import situation_kind
from simlingo_sim.situations.scenarios import SCENARIOS
from simlingo_sim.tools.courses import Course
from simlingo_sim.tools.sheets import CaptionedImage
from simlingo_sim.town.route_files import RouteSpec, read_routes
from simlingo_sim.world import SimWorld

ROUTE_SETS = ('train', 'test')
BEFORE_M = 45.0
AFTER_M = 20.0
TICKS_BETWEEN = 10
LONGEST_TICKS = 20 * 120
SHOW_AT_M, SHOW_AFTER_S = 13.0, 1.2


def drive_situation(
    world: SimWorld, name: str, seed: int, count: int, route: str | None = None
) -> list[CaptionedImage]:
    """Let the expert drive and return ``count`` captioned BGRA images of the situation.

    Args:
        world: the world; its camera and quality are used.
        name: name of the situation in the registry.
        seed: seed of the episode.
        count: number of images.
        route: ``<set>:<id>``; None: the first route of this package with a place for it.

    Raises:
        WorldError: there is no such situation, or no route has a place for it.
    """
    frame = _reset(world, name, seed, route)
    expert = Expert(world)
    expert.reset()
    images: list[CaptionedImage] = []
    for tick in range(LONGEST_TICKS):
        ahead_m = world.situations[0].arc_m - world.route_arc_m
        if frame.is_done or ahead_m < -AFTER_M:
            break
        if ahead_m < BEFORE_M and tick % TICKS_BETWEEN == 0:
            caption = f'{frame.t_s:.0f} s, {frame.ego.speed_mps:.1f} m/s, {ahead_m:.0f} m to go'
            images.append((caption, world.render(world.config.camera)))
        frame = world.step(expert.drive(frame), with_image=False)
    if not images:
        raise WorldError(f'the expert did not reach {name} within {LONGEST_TICKS // 20} s')
    picked = np.linspace(0, len(images) - 1, min(count, len(images))).round().astype(int)
    return [images[k] for k in picked]


def _reset(world: SimWorld, name: str, seed: int, route: str | None) -> Frame:
    situation_kind(name)
    if route is not None:
        return world.reset(route, name, seed, with_image=False)
    if name in SCENARIOS:
        return _reset_scenario(world, Course(), name, seed)
    refusal = 'there are no routes'
    for spec in _candidates(name):
        try:
            return world.reset(spec, name, seed, with_image=False)
        except WorldError as error:
            refusal = str(error)
    raise WorldError(
        f'no committed route has a place for {name}; reason of the last one: {refusal}'
    )


def show_scenarios(world: SimWorld, seed: int) -> list[CaptionedImage]:
    """Return one captioned BGRA image of every scenario of Bench2Drive, driven by the expert.

    Raises:
        WorldError: no route has a place for one.
    """
    course = Course()
    return [(name, _show(world, course, name, seed)) for name in SCENARIOS]


def _show(world: SimWorld, course: Course, name: str, seed: int) -> NDArray[np.uint8]:
    frame = _reset_scenario(world, course, name, seed)
    expert = Expert(world)
    expert.reset()
    for _ in range(LONGEST_TICKS):
        (situation,) = world.situations
        is_near = situation.arc_m - world.route_arc_m < SHOW_AT_M
        if frame.is_done or (is_near and frame.t_s > SHOW_AFTER_S):
            break
        frame = world.step(expert.drive(frame), with_image=False)
    return world.render(world.config.camera)


def _reset_scenario(world: SimWorld, course: Course, name: str, seed: int) -> Frame:
    refusal = 'none has one'
    for _, spec in course.specs(name, seed):
        try:
            return world.reset(spec, seed=seed, with_image=False)
        except WorldError as error:
            refusal = str(error)
    raise WorldError(f'no committed route has a place for {name}; reason of the last: {refusal}')


def _candidates(name: str) -> Iterator[RouteSpec]:
    """Yield the routes with this situation first, then all others."""
    routes = [spec for set_name in ROUTE_SETS for spec in read_routes(set_name)]
    yield from (spec for spec in routes if name in spec.situation_names)
    yield from (spec for spec in routes if name not in spec.situation_names)
