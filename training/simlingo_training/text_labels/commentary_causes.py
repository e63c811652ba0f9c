# SPDX-License-Identifier: Apache-2.0
"""What slows the expert down, and why it drives as fast as it does (upstream_spec §6.1)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from simlingo_core.geometry import wrap_angle_rad
from simlingo_training.text_labels.object_words import Category, category_of_type, is_two_wheeled
from simlingo_training.text_labels.scene import RoadScene, SceneObject

SIGHT_M = 40.0
SAME_SPEED_MPS = 0.5
STANDING_SPEED_MPS = 0.2
CLOSER_M = 5.0
CLEARED_SIGN_M = 8.0
CURVE_RAD, CURVE_REACH_M = math.radians(25.0), 25
NOTE_REACH_M, NOTE_S = 30.0, 7.0
JUNCTION_SOON_M = 20.0


@dataclass(frozen=True, kw_only=True)
class Cause:
    """What reduces the target speed.

    Attributes:
        category: of the object.
        thing: its box, None where it was not recorded.
        distance_m: along the route, as the expert measures it.
        state: of a traffic light, in small letters.
    """

    category: Category
    thing: SceneObject | None
    distance_m: float
    state: str = ''

    @property
    def name(self) -> str:
        """What the texts call it."""
        if self.category is Category.TRAFFIC_LIGHT:
            return f'{self.state or "red"} traffic light'
        if self.category is Category.STOP_SIGN:
            return 'stop sign'
        if self.thing is None:
            words = {Category.VEHICLE: 'vehicle', Category.WALKER: 'pedestrian'}
            return words.get(self.category, 'obstacle')
        return self.thing.name_with_place

    @property
    def is_visible(self) -> bool:
        """Whether the camera sees it; without a box nothing speaks against it."""
        return self.thing is None or self.thing.is_visible


@dataclass(frozen=True, kw_only=True)
class Reason:
    """Groups of wordings that continue the sentence about the speed, and what they speak of."""

    groups: tuple[str, ...] = ()
    cause: Cause | None = None


def cause_of(scene: RoadScene) -> Cause | None:
    """Return what reduces the target speed most, None: nothing within sight."""
    now = scene.now
    reported = _reported(scene)
    if 'stop_sign_hazard' in now.hazards:
        return _sign(scene, Category.STOP_SIGN, reported)
    if 'light_hazard' in now.hazards:
        return _sign(scene, Category.TRAFFIC_LIGHT, reported)
    if reported is not None and reported.distance_m <= SIGHT_M:
        return reported
    light = scene.light
    if light is not None and light.state == 'red' and light.distance_m < SIGHT_M:
        return Cause(
            category=Category.TRAFFIC_LIGHT, thing=light, distance_m=light.distance_m, state='red'
        )
    return None


def _reported(scene: RoadScene) -> Cause | None:
    now = scene.now
    category = category_of_type(now.reduced_by_kind or '')
    if category is None or now.reduced_by_distance_m is None:
        return None
    return Cause(
        category=category,
        thing=scene.find(now.reduced_by_id, now.reduced_by_kind),
        distance_m=now.reduced_by_distance_m,
        state=scene.light_state if category is Category.TRAFFIC_LIGHT else '',
    )


def _sign(scene: RoadScene, category: Category, reported: Cause | None) -> Cause | None:
    state = scene.light_state if category is Category.TRAFFIC_LIGHT else ''
    if reported is not None and reported.category is category:
        return reported
    things = [thing for thing in scene.of(category) if thing.affects_ego and thing.x_m > 0.0]
    distance_m = scene.junction_distance_m
    if distance_m is None:
        distance_m = things[0].distance_m if things else 0.0
    thing = things[0] if things else None
    return Cause(category=category, thing=thing, distance_m=distance_m, state=state or 'red')


def reason_for(scene: RoadScene, wanted_mps: float, *, is_stop_done: bool) -> Reason:
    """Return why the car should drive at its wanted speed.

    Args:
        scene: the frame.
        wanted_mps: mean target speed of the next frames.
        is_stop_done: whether the car has obeyed a stop sign and waits for nothing else.
    """
    speed_mps = scene.now.speed_mps
    wants_more = wanted_mps > speed_mps + SAME_SPEED_MPS
    cause = cause_of(scene)
    if is_stop_done or (wants_more and cause is None and _passes_stop_sign(scene)):
        return Reason(groups=('cleared_stop', *junction_note(scene)))
    hazard = _hazard(scene, cause)
    if hazard is not None and not wants_more:
        return hazard
    if hazard is not None and hazard.cause is not None:
        is_seen = hazard.cause.is_visible
        return Reason(groups=('path_cleared',), cause=hazard.cause) if is_seen else Reason()
    if cause is not None:
        return _reason_of_cause(scene, cause, wanted_mps)
    return _free_reason(scene, wanted_mps)


def _hazard(scene: RoadScene, cause: Cause | None) -> Reason | None:
    now = scene.now
    if 'vehicle_hazard' in now.hazards:
        thing = scene.find(_id(scene, 'vehicle_affecting_id'), 'vehicle.')
        hazard = Cause(
            category=Category.VEHICLE,
            thing=thing or (cause.thing if cause else None),
            distance_m=thing.distance_m if thing else (cause.distance_m if cause else 0.0),
        )
        if (
            cause is None
            or cause.category is Category.VEHICLE
            or (hazard.distance_m < cause.distance_m - CLOSER_M)
        ):
            return _seen('prevent_collision', hazard)
    if 'walker_hazard' in now.hazards:
        ident = _id(scene, 'walker_affecting_id')
        thing = scene.find(ident, 'walker.')
        if thing is None and cause is not None and cause.category is Category.WALKER:
            thing = cause.thing
        distance_m = thing.distance_m if thing else (now.reduced_by_distance_m or 0.0)
        hazard = Cause(category=Category.WALKER, thing=thing, distance_m=distance_m)
        if (
            cause is None
            or cause.category is Category.WALKER
            or (hazard.distance_m < cause.distance_m + CLOSER_M)
        ):
            return _seen('cross_path', hazard)
    return None


def _id(scene: RoadScene, key: str) -> int | None:
    value = getattr(scene.now, key, scene.now.expert.get(key))
    return value if isinstance(value, int) else None


def _seen(group: str, cause: Cause) -> Reason:
    return Reason(groups=(group,) if cause.is_visible else ('hidden',), cause=cause)


def _reason_of_cause(scene: RoadScene, cause: Cause, wanted_mps: float) -> Reason:
    wants_more = wanted_mps > scene.now.speed_mps + SAME_SPEED_MPS
    match cause.category:
        case Category.TRAFFIC_LIGHT if cause.state == 'green':
            return Reason(groups=('green_light', *junction_note(scene)), cause=cause)
        case Category.TRAFFIC_LIGHT | Category.STOP_SIGN if wants_more:
            return Reason(groups=('drive_up_to',), cause=cause)
        case Category.TRAFFIC_LIGHT:
            return Reason(
                groups=('yellow_light' if cause.state == 'yellow' else 'red_light',), cause=cause
            )
        case Category.STOP_SIGN:
            return Reason(groups=('stop_sign',), cause=cause)
    if wants_more and not cause.is_visible:
        return Reason()  # nobody speeds up for what is out of sight
    if cause.category is Category.VEHICLE:
        return _seen(_vehicle_group(scene, cause, wanted_mps), cause)
    return _seen('room_left' if wants_more else 'due_to', cause)


def _vehicle_group(scene: RoadScene, cause: Cause, wanted_mps: float) -> str:
    thing, speed_mps = cause.thing, scene.now.speed_mps
    if thing is not None and is_two_wheeled(thing.word) and _crosses(thing):
        return 'cross_path'
    other_mps = thing.speed_mps if thing is not None else speed_mps
    is_standing = other_mps < STANDING_SPEED_MPS
    wants_more = wanted_mps > speed_mps + SAME_SPEED_MPS
    if scene.light_state == 'red' and is_standing and not wants_more:
        return 'stay_behind_at_light'
    if wants_more:
        return 'drive_closer' if is_standing else 'follow'
    is_steady = abs(speed_mps - wanted_mps) < SAME_SPEED_MPS
    is_driving = min(speed_mps, wanted_mps) >= STANDING_SPEED_MPS
    return 'follow' if is_steady and is_driving and other_mps > 1.0 else 'stay_behind'


def _crosses(thing: SceneObject) -> bool:
    return abs(math.sin(thing.yaw_rad)) > math.sin(math.radians(45.0))


def _free_reason(scene: RoadScene, wanted_mps: float) -> Reason:
    now = scene.now
    wants_more = wanted_mps > now.speed_mps + SAME_SPEED_MPS
    wants_less = wanted_mps < now.speed_mps - SAME_SPEED_MPS
    junction_m = scene.junction_distance_m
    is_near = junction_m is not None and junction_m < SIGHT_M
    if scene.light_state == 'green' and wants_more and is_near and not now.is_in_junction:
        return Reason(groups=('green_light', *junction_note(scene)))
    if now.is_in_junction:
        return Reason(groups=('through_junction',))
    if wants_less:
        if wanted_mps < 0.95 * now.speed_limit_mps and is_curve_ahead(scene):
            return Reason(groups=('curve',))
        if now.speed_mps > now.speed_limit_mps:
            return Reason(groups=('speed_limit',))
        return Reason(groups=('junction_ahead' if is_near else 'target_speed',))
    return Reason(groups=('no_obstacle',)) if wants_more else Reason()


def is_curve_ahead(scene: RoadScene) -> bool:
    """Tell whether the route bends within the next 25 m."""
    return abs(route_turn_rad(scene, 0, CURVE_REACH_M)) > CURVE_RAD


def route_turn_rad(scene: RoadScene, first: int, last: int) -> float:
    """Return by how much the route turns between two of its points, positive left."""
    route = scene.now.route_base_m[max(0, first) : max(0, last) + 1]
    if len(route) < 3:
        return 0.0
    (x0, y0), (x1, y1) = route[0].tolist(), route[1].tolist()
    (x2, y2), (x3, y3) = route[-2].tolist(), route[-1].tolist()
    before, after = math.atan2(y1 - y0, x1 - x0), math.atan2(y3 - y2, x3 - x2)
    return wrap_angle_rad(after - before)


def _passes_stop_sign(scene: RoadScene) -> bool:
    """Tell whether a stop sign that faces the car stands right beside it."""
    return any(
        thing.distance_m < CLEARED_SIGN_M
        and thing.x_m > -3.0
        and abs(wrap_angle_rad(thing.yaw_rad - math.pi)) < 0.6
        for thing in scene.of(Category.STOP_SIGN)
    )


def junction_note(scene: RoadScene) -> tuple[str, ...]:
    """Return the group about other traffic at the junction."""
    distance_m = scene.junction_distance_m
    if distance_m is None or distance_m > JUNCTION_SOON_M:
        return ()
    vehicles = [v for v in scene.of(Category.VEHICLE) if v.is_visible and not v.is_parked]
    near = [v for v in vehicles if _is_at_junction(v, distance_m + 8.0)]
    if any(_comes_to(v, distance_m + 8.0) for v in near):
        return ('junction_attention',)
    if any(v.speed_mps < STANDING_SPEED_MPS for v in near):
        return ('junction_waiting',)
    return () if near else ('junction_clear',)


def _is_at_junction(vehicle: SceneObject, centre_m: float) -> bool:
    turned = abs(wrap_angle_rad(vehicle.yaw_rad)) > math.radians(30.0)
    return turned and math.hypot(vehicle.x_m - centre_m, vehicle.y_m) < NOTE_REACH_M


def _comes_to(vehicle: SceneObject, centre_m: float) -> bool:
    way = np.array([centre_m - vehicle.x_m, -vehicle.y_m])
    heading = np.array([math.cos(vehicle.yaw_rad), math.sin(vehicle.yaw_rad)])
    approach_mps = vehicle.speed_mps * float(heading @ way) / max(float(np.hypot(*way)), 0.1)
    return approach_mps > 0.5 and float(np.hypot(*way)) / approach_mps < NOTE_S


def nearby_walkers(scene: RoadScene, reach_m: float) -> Sequence[SceneObject]:
    """Return the visible walkers in front of the car."""
    return [
        walker
        for walker in scene.of(Category.WALKER)
        if walker.is_visible and walker.distance_m < reach_m and walker.x_m > 0.0
    ]
