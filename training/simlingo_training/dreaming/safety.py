# SPDX-License-Identifier: Apache-2.0
"""Whether a dream may be followed where the model is free to refuse, and with which answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simlingo_core.types import SPEED_WAYPOINTS
from simlingo_sim.expert.forecast import boxes_overlap
from simlingo_training.dreaming.frame import DreamFrame, DreamPlan, Trajectory
from simlingo_training.dreaming.object_dreams import EGO_HALF_LENGTH_M, EGO_HALF_WIDTH_M
from simlingo_training.dreaming.paths import Array
from simlingo_training.dreaming.roll_out import TICKS_PER_WAYPOINT
from simlingo_training.text_labels.object_words import Category
from simlingo_training.text_labels.scene import RoadScene

FOLLOWS = 'Following the given instruction. Waypoints:'
CRASH = 'it leads to a crash.'
CRASH_SOON = 'it leads to a crash with a dynamic agent.'
OBSTACLE = 'it leads to a crash with the obstacle on the lane.'
PEDESTRIAN = 'it might lead to a dangerous situation because of the pedestrian.'
TOO_FAST = 'it leads to a speed above the speed limit.'
TOO_SLOW = 'it leads to a speed that is too low.'
RED_LIGHT = 'it leads to running a red light.'
STOP_SIGN = 'it leads to passing the stop sign without stopping.'
ONCOMING = 'the target lane is a lane with oncoming traffic.'
SIDEWALK = 'the target lane is a sidewalk.'
NOT_ALLOWED = 'it is not allowed.'
OF_LANES = {ONCOMING, SIDEWALK, NOT_ALLOWED}
SOON_STEPS = 6
WALKER_MARGIN_M = 0.5
NEAR_M = 12.0
BEHIND_M, IN_LANE_M = -2.0, 2.0
AT_LINE_M = 12.0
LEAST_TARGET_MPS = 0.5


def refusal(reason: str) -> str:
    """Return the answer that refuses for a reason; empty: the answer that follows."""
    if not reason:
        return FOLLOWS
    kind = 'lane change instruction' if reason in OF_LANES else 'instruction'
    return f'Ignore {kind} as {reason} Waypoints:'


@dataclass(frozen=True, kw_only=True)
class Overlaps:
    """With what a trajectory collides.

    Attributes:
        steps: waypoints at which it overlaps an actor, 0: the first.
        first_ids: the actors at the first of them.
    """

    steps: Sequence[int] = ()
    first_ids: frozenset[int] = frozenset()


class FutureBoxes:
    """Boxes of all actors in the next 2.5 s, in the base_link of now.

    Args:
        frame: with its future.
    """

    def __init__(self, frame: DreamFrame) -> None:
        # The frame nearest to the time of each waypoint.
        first = round((frame.rules.first_waypoint_tick + 1) / TICKS_PER_WAYPOINT)
        followers = [] if frame.rules.counts_followers else sorted(_followers(frame.scene) - {0})
        rows = [_boxes(frame, step, followers) for step in range(first, first + SPEED_WAYPOINTS)]
        self._steps = np.repeat(np.arange(len(rows)), [len(boxes) for boxes, _ in rows])
        self._boxes = np.concatenate([boxes for boxes, _ in rows])
        self._ids = np.concatenate([ids for _, ids in rows])

    def hits(self, trajectories: Sequence[Trajectory]) -> list[Overlaps]:
        """Return for each trajectory when it overlaps actors, and which ones at first."""
        if not trajectories:
            return []
        points = np.array([t.waypoints_base_m for t in trajectories])
        yaws = np.array([t.yaws_rad for t in trajectories])
        offset = self._boxes[None, :, :2] - points[:, self._steps]
        near = np.hypot(offset[..., 0], offset[..., 1]) < NEAR_M
        rows, boxes = np.nonzero(near)
        if len(rows) == 0:
            return [Overlaps() for _ in trajectories]
        steps = self._steps[boxes]
        half = np.tile([EGO_HALF_LENGTH_M, EGO_HALF_WIDTH_M], (len(rows), 1))
        overlap = boxes_overlap(
            offset[rows, boxes],
            yaws[rows, steps],
            half,
            self._boxes[boxes, 2],
            self._boxes[boxes, 3:5],
        )
        rows, steps, ids = rows[overlap], steps[overlap], self._ids[boxes[overlap]]
        return [_overlaps(steps[rows == k], ids[rows == k]) for k in range(len(trajectories))]


def _overlaps(steps: NDArray[np.int64], ids: NDArray[np.int64]) -> Overlaps:
    if len(steps) == 0:
        return Overlaps()
    first_ids = frozenset(ids[steps == steps.min()].tolist())
    return Overlaps(steps=sorted(set(steps.tolist())), first_ids=first_ids)


def _boxes(
    frame: DreamFrame, step: int, left_out: Sequence[int]
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Return the actors of one step: x, y, yaw, half length and width (N, 5); ids (N,)."""
    bodies, ids, is_walker = frame.scenes[step].bodies
    boxes = bodies.copy()
    then, now = frame.future[step].pose_map, frame.now.pose_map
    boxes[:, :2] = now.inverse_transform(then.transform(boxes[:, :2]))
    boxes[:, 2] += then.yaw_rad - now.yaw_rad
    boxes[is_walker, 3:5] += WALKER_MARGIN_M
    is_kept = ~np.isin(ids, left_out)
    return boxes[is_kept], ids[is_kept]


def _followers(scene: RoadScene) -> set[int]:
    return {
        thing.id
        for thing in scene.of(Category.VEHICLE)
        if thing.x_m < BEHIND_M and abs(thing.y_m) < IN_LANE_M
    }


def judge(frame: DreamFrame, plan: DreamPlan, motion: Trajectory, hits: Sequence[int]) -> str:
    """Return why a dream is unsafe; empty: it may be followed."""
    if plan.mode == 'route':
        return OBSTACLE
    if plan.collides_by_intent:
        return CRASH
    if hits:
        return CRASH_SOON if hits[0] < SOON_STEPS else CRASH
    match plan.mode:
        case 'target_speed' | 'stop':
            return _of_target(frame, float(plan.info['target_speed']))
        case 'faster':
            return _of_faster(frame)
        case 'slower':
            return _of_slower(frame)
        case 'lane_change' if frame.rules.refuses_forbidden_lanes and not plan.is_allowed:
            kind = plan.info['lane_change_type']
            return {'opposite': ONCOMING, 'sidewalk': SIDEWALK}.get(kind, NOT_ALLOWED)
    return ''


def _of_target(frame: DreamFrame, target_mps: float) -> str:
    now, rules = frame.now, frame.rules
    speed_mps, limit_mps = now.speed_mps, now.speed_limit_mps
    if rules.is_stopping_safe and target_mps == 0.0:
        return ''
    if frame.is_walker_close and target_mps != speed_mps:
        return PEDESTRIAN if target_mps > speed_mps + rules.same_speed_mps else ''
    if rules.is_stopping_safe and target_mps > LEAST_TARGET_MPS and (line := _at_line(frame)):
        return line
    if 0.8 * limit_mps < target_mps < limit_mps:
        return ''
    if target_mps > limit_mps:
        return TOO_FAST
    low = rules.lowest_safe_share
    if low * now.target_speed_mps <= target_mps <= 1.2 * now.target_speed_mps:
        return ''
    is_driving_on = low * speed_mps < target_mps < limit_mps
    return '' if is_driving_on or speed_mps < 0.5 else TOO_SLOW


def _of_faster(frame: DreamFrame) -> str:
    if frame.is_walker_close:
        return PEDESTRIAN
    if frame.rules.is_stopping_safe and (line := _at_line(frame)):
        return line
    return TOO_FAST if frame.now.speed_mps > 0.9 * frame.now.speed_limit_mps else ''


def _of_slower(frame: DreamFrame) -> str:
    if frame.is_walker_close or frame.rules.is_stopping_safe:
        return ''
    return TOO_SLOW if frame.now.speed_mps < 0.8 * frame.now.target_speed_mps else ''


def _at_line(frame: DreamFrame) -> str:
    """Return the reason of a red light or stop sign that the expert stops for close ahead."""
    now = frame.now
    if now.reduced_by_distance_m is None or now.reduced_by_distance_m > AT_LINE_M:
        return ''
    if now.reduced_by_kind == Category.TRAFFIC_LIGHT and frame.scene.light_state != 'green':
        return RED_LIGHT
    return STOP_SIGN if now.reduced_by_kind == Category.STOP_SIGN else ''


def yaws_along(waypoints_base_m: Array) -> Array:
    """Return headings at waypoints from their differences, shape (10,)."""
    steps = np.diff(np.vstack([np.zeros(2), waypoints_base_m]), axis=0)
    moves = np.hypot(*steps.T) > 0.05
    yaws = np.where(moves, np.arctan2(steps[:, 1], steps[:, 0]), 0.0)
    last = 0.0
    for index, is_moving in enumerate(moves):
        last = yaws[index] = yaws[index] if is_moving else last
    return np.asarray(yaws)


def as_info(plan: DreamPlan, motion: Trajectory, hits: Sequence[int], speed_mps: float) -> Any:
    """Return the entry ``info`` of a dream, upstream's keys."""
    return {
        'allowed': plan.is_allowed,
        'mode': plan.mode,
        **plan.info,
        'final_speed': round(motion.final_speed_mps, 1),
        'current_speed': round(speed_mps, 3),
        'dynamic_crash': bool(hits),
        'dynamic_crash_timesteps': list(hits),
    }
