# SPDX-License-Identifier: Apache-2.0
"""Dreams about an object: into it, up to it, around it (upstream_spec §6.3)."""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import cache

import numpy as np

from simlingo_core.types import PATH_POINTS, SPEED_WAYPOINTS
from simlingo_training.dreaming.draws import Draws
from simlingo_training.dreaming.frame import DreamFrame, DreamPlan
from simlingo_training.dreaming.paths import FAR_POINTS, Array, along, around_path, bend_path
from simlingo_training.dreaming.roll_out import (
    TICKS_PER_WAYPOINT,
    Drive,
    Motion,
    constant,
    roll_out,
)
from simlingo_training.text_labels.object_words import Category
from simlingo_training.text_labels.scene import SceneObject

EGO_HALF_LENGTH_M, EGO_HALF_WIDTH_M = 2.45, 0.92
NEAREST_M, BESIDE_ROUTE_M, APART_M = 3.0, 7.0, 1.0
REACH_M = {Category.VEHICLE: 64.0, Category.WALKER: 40.0}
STATIC_REACH_M = 20.0
MOST_OBJECTS = 3
EARLIEST_STEP = 2
EXTRA_MPS = 0.5
HIGHEST_MPS = 35.0
IN_LINE_M = 1.0
ON_THE_WAY_M = 1.8
LOCATION_SHARE = 0.15
DRIVEN_OVER = {'traffic cone', 'dirt on the road', 'warning sign', 'barrier', 'construction sign'}
STOP_GAP_M, TOWARDS_M, BRAKING_MPS2 = 3.0, (6.0, 35.0), (0.6, 6.0)
AROUND_M, AROUND_GAP_M, BULGE_M = (5.0, 16.0), (0.3, 3.0), 1.2
MOVING_MPS = 2.0
SPEEDS_AT_ONCE = 40


def object_plans(frame: DreamFrame, draws: Draws) -> list[DreamPlan]:
    """Return dreams that hit objects, and those that approach or avoid one."""
    plans = []
    for thing in crash_objects(frame):
        plan = crash_plan_of(frame, thing, draws)
        if plan is not None:
            plans.append(plan)
    return [*plans, *_towards(frame), *_around(frame)]


def crash_objects(frame: DreamFrame) -> list[SceneObject]:
    """Return the objects that can be driven into, at most three, nearest first."""
    kept: list[SceneObject] = []
    for thing in frame.scene.objects:
        if thing.x_m <= NEAREST_M or not thing.is_visible:
            continue
        if thing.category in {Category.TRAFFIC_LIGHT, Category.STOP_SIGN}:
            continue
        if thing.distance_m > REACH_M.get(thing.category, STATIC_REACH_M):
            continue
        gaps = np.hypot(*(frame.route_base_m - (thing.x_m, thing.y_m)).T)
        if gaps.min() > BESIDE_ROUTE_M:
            continue
        if all(math.hypot(thing.x_m - k.x_m, thing.y_m - k.y_m) >= APART_M for k in kept):
            kept.append(thing)
    return kept[:MOST_OBJECTS]


def place_at_step(frame: DreamFrame, thing: SceneObject, step: int) -> Array | None:
    """Return where an object is ``step`` frames later, in the base_link of now."""
    if thing.category is Category.STATIC:
        return np.array([thing.x_m, thing.y_m])
    for later in frame.scenes[step].objects:
        if later.id == thing.id and later.category is thing.category:
            pose = frame.future[step].pose_map
            point_map_m = pose.transform(np.array([[later.x_m, later.y_m]]))
            return np.asarray(frame.now.pose_map.inverse_transform(point_map_m)[0])
    return None


def crash_plan_of(frame: DreamFrame, thing: SceneObject, draws: Draws) -> DreamPlan | None:
    """Return the dream that hits an object at a drawn step, if it can be reached at one."""
    rules = frame.rules
    moves = thing.category is not Category.STATIC
    steps = list(range(EARLIEST_STEP, SPEED_WAYPOINTS - (rules.crash_lag_steps if moves else 0)))
    while steps:
        step = steps.pop(draws.index(len(steps)))
        place = place_at_step(frame, thing, step)
        if place is None or place[0] <= NEAREST_M:
            continue
        way_m = float(np.hypot(*place)) - _reach_of_boxes(frame, thing, place)
        hit_step = step + rules.crash_lag_steps
        near_m, far_m = reachable(frame.now.speed_mps, hit_step)
        target_mps = way_m / (hit_step * rules.step_s) + EXTRA_MPS
        if near_m <= way_m <= far_m and 0.0 < target_mps <= HIGHEST_MPS:
            return crash_plan(frame, thing, place, target_mps, draws)
    return None


def _reach_of_boxes(frame: DreamFrame, thing: SceneObject, place: Array) -> float:
    """Return how much nearer than their middles the boxes of car and object touch."""
    beside_m = float(np.hypot(*(frame.route_base_m - place).T).min())
    axis = 0 if beside_m < IN_LINE_M else 1
    return (EGO_HALF_LENGTH_M, EGO_HALF_WIDTH_M)[axis] + thing.extent_m[axis]


def crash_plan(
    frame: DreamFrame, thing: SceneObject, place: Array, target_mps: float, draws: Draws
) -> DreamPlan:
    """Return the dream that drives through a place at a speed."""
    path = bend_path(frame.route_base_m, place)
    tail = frame.route_base_m[int(np.argmin(np.hypot(*(frame.route_base_m - path[-1]).T))) + 1 :]
    says_where = draws.random() < LOCATION_SHARE
    values = {'<OBJECT>': thing.name_with_place}
    group = 'crash'
    if thing.category is Category.WALKER:
        group = 'walker'
    elif thing.word in DRIVEN_OVER:
        group = 'drive_over'
    elif says_where:
        group = 'crash_location'
        values['<LOC>'] = f'x: {thing.x_m:.1f}m, y: {-thing.y_m:.1f}m'
    return DreamPlan(
        mode='crash',
        drive=Drive(
            path_base_m=np.vstack([path[1:], tail]),
            speed_mps=frame.now.speed_mps,
            first=frame.first,
            targets_mps=constant(target_mps),
        ),
        path_base_m=path,
        info={
            'target_speed': round(target_mps, 3),
            'crash_position': [round(float(place[0]), 3), round(-float(place[1]), 3)],
            'class': thing.box.get('class'),
            'type_id': thing.box.get('type_id'),
            'id': thing.id,
            'distance': round(thing.distance_m, 3),
        },
        groups=[(group, values)],
        is_allowed=False,
        collides_by_intent=True,
    )


def reachable(speed_mps: float, step: int) -> tuple[float, float]:
    """Return how far the car gets in ``step`` frames under full brake and full throttle."""
    tenths = round(round(max(speed_mps, 0.0), 1) * 10.0)
    braking, racing = _extremes(tenths // SPEEDS_AT_ONCE)[tenths % SPEEDS_AT_ONCE]
    tick = step * TICKS_PER_WAYPOINT - 1
    return float(braking.positions_m[tick, 0]), float(racing.positions_m[tick, 0])


@cache
def _extremes(block: int) -> list[tuple[Motion, Motion]]:
    """Return full brake and full throttle for some speeds, 0.1 m/s apart, straight ahead."""
    straight = np.column_stack([np.arange(1.0, 101.0), np.zeros(100)])
    motions = iter(
        roll_out(
            [
                Drive(
                    path_base_m=straight,
                    speed_mps=tenths / 10.0,
                    first=first,
                    throttles=constant(throttle),
                    brakes=constant(1.0 - throttle) > 0.5,
                )
                for tenths in range(SPEEDS_AT_ONCE * block, SPEEDS_AT_ONCE * (block + 1))
                for throttle, first in ((0.0, (0.0, 0.0, 1.0)), (1.0, (0.0, 1.0, 0.0)))
            ]
        )
    )
    return list(zip(motions, motions, strict=True))


def _towards(frame: DreamFrame) -> list[DreamPlan]:
    """Return the dream of stopping behind the first vehicle on the way, if it stands."""
    speed_mps = frame.now.speed_mps
    if speed_mps < MOVING_MPS:
        return []
    for thing in frame.scene.of(Category.VEHICLE):
        gaps = np.hypot(*(frame.route_base_m - (thing.x_m, thing.y_m)).T)
        if thing.x_m <= NEAREST_M or gaps.min() > ON_THE_WAY_M:
            continue
        way_m = thing.x_m - thing.extent_m[0] - EGO_HALF_LENGTH_M - STOP_GAP_M
        is_in_line = gaps.min() <= IN_LINE_M and abs(math.sin(thing.yaw_rad)) < 0.5
        if not is_in_line or not thing.is_visible or thing.speed_mps > 0.5:
            return []
        if not TOWARDS_M[0] < way_m < TOWARDS_M[1]:
            return []
        braking_mps2 = speed_mps**2 / (2.0 * way_m)
        if not BRAKING_MPS2[0] < braking_mps2 < BRAKING_MPS2[1]:
            return []
        times_s = np.minimum(0.25 * np.arange(1, SPEED_WAYPOINTS + 1), speed_mps / braking_mps2)
        arcs_m = speed_mps * times_s - 0.5 * braking_mps2 * times_s**2
        return [
            DreamPlan(
                mode='towards',
                waypoints_base_m=along(_from_car(frame.route_base_m), arcs_m),
                info={'id': thing.id, 'distance': round(thing.distance_m, 3)},
                groups=[('towards', {'<OBJECT>': thing.name_with_place})],
            )
        ]
    return []


def _around(frame: DreamFrame) -> list[DreamPlan]:
    """Return the dream of more lateral distance to an object beside the way."""
    if frame.now.speed_mps < MOVING_MPS or frame.route_shift is not None:
        return []
    if frame.now.is_in_junction:
        return []
    for thing in frame.scene.of(Category.VEHICLE, Category.WALKER, Category.STATIC):
        if not thing.is_visible or thing.speed_mps > 2.0:
            continue
        if not AROUND_M[0] < thing.x_m < AROUND_M[1]:
            continue
        nearest = int(np.argmin(np.hypot(*(frame.route_base_m - (thing.x_m, thing.y_m)).T)))
        left_m = thing.y_m - float(frame.route_base_m[nearest, 1])
        gap_m = abs(left_m) - thing.extent_m[1] - EGO_HALF_WIDTH_M
        if not AROUND_GAP_M[0] < gap_m < AROUND_GAP_M[1]:
            continue
        side = 'right' if left_m > 0.0 else 'left'
        values: Mapping[str, str] = {'<OBJECT>': thing.name_with_place, '<SIDE>': side}
        side_m = -math.copysign(BULGE_M, left_m)
        path = around_path(frame.route_base_m, (thing.x_m, thing.y_m), side_m, FAR_POINTS)
        return [
            DreamPlan(
                mode='around',
                waypoints_base_m=along(path, frame.expert_arcs_m),
                path_base_m=path[:PATH_POINTS],
                info={'id': thing.id, 'side': side, 'distance': round(thing.distance_m, 3)},
                groups=[('around', values)],
            )
        ]
    return []


def _from_car(route_base_m: Array) -> Array:
    return np.vstack([np.zeros((1, 2)), route_base_m])
