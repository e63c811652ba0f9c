# SPDX-License-Identifier: Apache-2.0
"""What the expert does with its lane: the first sentence of a commentary (upstream_spec §6.1)."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from simlingo_core.types import RoadOption
from simlingo_training.text_labels.commentary_causes import SAME_SPEED_MPS, route_turn_rad
from simlingo_training.text_labels.commentary_wordings import OBSTACLE_ACTIONS
from simlingo_training.text_labels.object_words import Category, is_two_wheeled
from simlingo_training.text_labels.scene import RoadScene, SceneObject

NEAR_COMMAND_M = 20.0
SHIFT_M = 0.6
SOON_POINTS = 10
DRIVING_ON_MPS = 2.0
BESIDE_M = 5.0
TURN_RAD = math.radians(45.0)
TURN_REACH_M = 25
_OF_THE_ROAD_WORKS = {'traffic cone', 'barrier', 'construction sign', 'warning sign'}
_TURNS = {
    'turn_left': 'turn_left',
    'turn_right': 'turn_right',
    'go_straight': 'go_straight',
    'change_lane_left': 'change_lane_left',
    'change_lane_right': 'change_lane_right',
    'leave_parking': 'exit_parking',
    'keep_right': 'InvadingTurn',
}
_COMMANDS = {
    RoadOption.LEFT: 'turn_left',
    RoadOption.RIGHT: 'turn_right',
    RoadOption.STRAIGHT: 'go_straight',
    RoadOption.CHANGE_LANE_LEFT: 'change_lane_left',
    RoadOption.CHANGE_LANE_RIGHT: 'change_lane_right',
}


@dataclass(frozen=True, kw_only=True)
class RouteSentence:
    """Groups of the sentence on the route, and the obstacle it speaks of."""

    groups: tuple[str, ...]
    obstacle: SceneObject | None = None


def route_sentence(scene: RoadScene, wanted_mps: float) -> RouteSentence:
    """Return what the expert does with its lane.

    Args:
        scene: the frame.
        wanted_mps: mean target speed of the next frames.
    """
    action = str(scene.now.expert.get('route_action', ''))
    obstacle = find_obstacle(scene)
    if action == 'return_to_lane':
        return RouteSentence(groups=('go_back',), obstacle=obstacle)
    if action == 'wait_for_gap':
        # Who drives on towards the obstacle does not wait yet.
        speed_mps = scene.now.speed_mps
        is_driving = speed_mps > DRIVING_ON_MPS and wanted_mps > speed_mps - SAME_SPEED_MPS
        groups = ('prepare', 'wait_gap') if is_driving else ('wait_gap',)
        return RouteSentence(groups=groups, obstacle=obstacle)
    first = _first_shifted_point(scene)
    if action == 'pass_obstacle' or (not action and first is not None):
        return _passing(scene, obstacle, first, wanted_mps)
    if action in _TURNS:
        return RouteSentence(groups=(_TURNS[action],))
    return RouteSentence(groups=_turn_ahead(scene, is_recorded=bool(action)))


def scenario_name(scene: RoadScene) -> str:
    """Return the situation at the car's place, upstream's name without TwoWays; or empty."""
    for source in (scene.ego_info.get('scenario'), scene.now.expert.get('situation')):
        if isinstance(source, str) and source:
            return source.removesuffix('TwoWays')
    names = scene.now.expert.get('situations')
    return str(names[0]) if isinstance(names, list) and len(names) == 1 else ''


def _passing(
    scene: RoadScene, obstacle: SceneObject | None, first: int | None, wanted_mps: float
) -> RouteSentence:
    now = scene.now
    group = _obstacle_group(scene, obstacle)
    if wanted_mps < 0.5 and now.speed_mps < 0.5 and not now.changed_route:
        return RouteSentence(groups=('wait_gap',), obstacle=obstacle)
    if now.changed_route:
        is_behind = obstacle is not None and obstacle.x_m < -BESIDE_M
        is_beside = obstacle is not None and abs(obstacle.x_m) <= BESIDE_M
        if is_behind:
            return RouteSentence(groups=('go_back',), obstacle=obstacle)
        if is_beside:
            return RouteSentence(groups=('stay_on_other_lane',), obstacle=obstacle)
        return RouteSentence(groups=(group,), obstacle=obstacle)
    if now.speed_mps < 2.0 and wanted_mps > now.speed_mps + SAME_SPEED_MPS:
        return RouteSentence(groups=('gap_big',), obstacle=obstacle)
    is_far = first is None or first > SOON_POINTS
    return RouteSentence(groups=('prepare', group) if is_far else (group,), obstacle=obstacle)


def find_obstacle(scene: RoadScene) -> SceneObject | None:
    """Return the obstacle that is passed or waited for; the nearest where there are several."""
    ids = scene.now.expert.get('obstacle_ids')
    wanted = set(ids) if isinstance(ids, list) else set()
    found = [
        thing
        for thing in scene.of(Category.VEHICLE, Category.STATIC, Category.WALKER)
        if thing.id in wanted
    ]
    if found:
        ahead = [thing for thing in found if thing.x_m > -BESIDE_M]
        return (ahead or found)[0]
    if wanted:
        return None
    standing = [
        thing
        for thing in scene.of(Category.VEHICLE, Category.STATIC)
        if thing.x_m > 0.0 and abs(thing.y_m) < 4.0 and thing.speed_mps < 3.0
    ]
    return standing[0] if standing else None


def _obstacle_group(scene: RoadScene, obstacle: SceneObject | None) -> str:
    name = scenario_name(scene)
    if name in OBSTACLE_ACTIONS:
        return name
    if obstacle is None:
        return 'ParkedObstacle'
    door = obstacle.box.get('open_door')
    if isinstance(door, int | float) and abs(door) > 0.1:
        return 'VehicleOpensDoor'
    if obstacle.word in _OF_THE_ROAD_WORKS:
        return 'ConstructionObstacle'
    if is_two_wheeled(obstacle.word) and obstacle.speed_mps > 0.5:
        return 'HazardAtSideLane'
    return 'ParkedObstacle'


def _first_shifted_point(scene: RoadScene) -> int | None:
    """Return the first of the next 20 route points that is shifted, None: none is."""
    now = scene.now
    if now.changed_route:
        return 0
    count = min(len(now.route_base_m), len(now.route_original_base_m), 2 * SOON_POINTS)
    gaps = now.route_base_m[:count] - now.route_original_base_m[:count]
    shifted = np.flatnonzero((gaps * gaps).sum(axis=1) > SHIFT_M**2)
    return int(shifted[0]) if len(shifted) else None


def _turn_ahead(scene: RoadScene, *, is_recorded: bool) -> tuple[str, ...]:
    """Return the sentence for a turn or lane change that comes soon, by geometry or command."""
    now = scene.now
    junction_m = scene.junction_distance_m
    if is_recorded:
        if junction_m is None or junction_m > NEAR_COMMAND_M:
            return ('follow_route',)
        first = int(junction_m)
        turn_rad = route_turn_rad(scene, first, first + TURN_REACH_M)
        if abs(turn_rad) < TURN_RAD:
            return ('follow_route',)
        return ('prepare', 'turn_left' if turn_rad > 0.0 else 'turn_right')
    group = _COMMANDS.get(now.command)
    distance_m = float(np.linalg.norm(now.target_points_base_m[0]))
    if group is None or (distance_m > NEAR_COMMAND_M and not now.is_in_junction):
        return ('follow_route',)
    is_change = group.startswith('change_lane')
    if now.is_in_junction and is_change:
        return ('follow_route',)
    # Upstream never reaches its sentence for a lane change that begins: it tests 20 m first.
    if is_change and distance_m > NEAR_COMMAND_M / 2.0:
        return ('prepare', group)
    return (group,)
