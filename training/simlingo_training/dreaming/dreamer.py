# SPDX-License-Identifier: Apache-2.0
"""The dreams of a stretch of frames: drawn frame by frame, rolled out together, judged."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from simlingo_core.types import SPEED_WAYPOINT_PERIOD_S, SPEED_WAYPOINTS
from simlingo_training.dreaming.draws import Draws
from simlingo_training.dreaming.frame import DreamFrame, DreamPlan, Trajectory
from simlingo_training.dreaming.instruction_wordings import GROUPS
from simlingo_training.dreaming.lane_dreams import lane_plans, route_plans
from simlingo_training.dreaming.object_dreams import object_plans
from simlingo_training.dreaming.paths import MOST_DEVIATION_M, deviation
from simlingo_training.dreaming.realism import (
    MISSES,
    RealismCount,
    VehicleLimits,
    faults,
    motion_facts,
)
from simlingo_training.dreaming.roll_out import Motion, roll_out
from simlingo_training.dreaming.safety import (
    FutureBoxes,
    Overlaps,
    as_info,
    judge,
    refusal,
    yaws_along,
)
from simlingo_training.dreaming.speed_dreams import speed_plans
from simlingo_training.dreaming.turn_dreams import turn_plans
from simlingo_training.measurements import points_to_disk
from simlingo_training.text_labels.wording_groups import fill

OF_THE_EXPERT = 'org'
FOLLOWS_EXPERT = 'The predicted route follows the expert route.'
ONE_METRE = re.compile(r'(^|\b[a-z]+) 1 meters\b', re.IGNORECASE)
DEVIATING = {'crash', 'lane_change', 'route', 'around', 'turn'}
ALTERNATIVES = {'red_light', 'stop_sign', 'faster_crash'}


@dataclass(frozen=True, kw_only=True)
class FramePlans:
    """A frame and its dreams before they are rolled out.

    Attributes:
        frame: with its future.
        plans: in the order of their draws.
        draws: for the wordings.
        image: path of the image from the root.
    """

    frame: DreamFrame
    plans: Sequence[DreamPlan]
    draws: Draws
    image: str


@dataclass
class Dreamer:
    """Makes dreams.

    Attributes:
        limits: of the car; dreams beyond them are dropped.
        counts: of the dreams made and dropped.
    """

    limits: VehicleLimits = field(default_factory=VehicleLimits)
    counts: RealismCount = field(default_factory=RealismCount)

    def dream(self, frames: Sequence[FramePlans]) -> list[dict[str, list[dict[str, Any]]]]:
        """Return the content of ``dreamer/NNNN.json.gz`` of each frame."""
        drives = [plan.drive for each in frames for plan in each.plans if plan.drive is not None]
        motions = iter(roll_out(drives))
        return [
            self._judge(each, [_motion(each.frame, p, motions) for p in each.plans])
            for each in frames
        ]

    def _judge(
        self, each: FramePlans, motions: Sequence[Trajectory]
    ) -> dict[str, list[dict[str, Any]]]:
        options: dict[str, list[dict[str, Any]]] = {}
        hits = FutureBoxes(each.frame).hits(motions)
        waypoints = np.array([m.waypoints_base_m for m in motions]).reshape(-1, SPEED_WAYPOINTS, 2)
        facts = motion_facts(waypoints, each.frame.now.speed_mps)
        for plan, motion, hit, fact in zip(each.plans, motions, hits, facts, strict=True):
            if _is_far_off(each.frame, plan):
                continue
            found = faults(fact, self.limits)
            if plan.drive is None and plan.waypoints_base_m is None:
                found = []  # the expert's own
            if plan.collides_by_intent and not _hits_its_object(each.frame, plan, hit):
                found.append(MISSES)
            self.counts.add(plan.mode, found)
            if not found:
                option = option_of(each, plan, motion, hit.steps)
                options.setdefault(plan.mode, []).append(option)
        return options


def plans_of(frame: DreamFrame, draws: Draws) -> list[DreamPlan]:
    """Return the dreams of a frame, in the order of their draws."""
    return [
        *speed_plans(frame, draws),
        *object_plans(frame, draws),
        *lane_plans(frame, draws),
        *route_plans(frame),
        *turn_plans(frame),
    ]


def _hits_its_object(frame: DreamFrame, plan: DreamPlan, hit: Overlaps) -> bool:
    """Tell whether nothing else is hit before the object that an instruction names."""
    is_any = not frame.rules.hits_named_object_first
    return bool(hit.steps) and (is_any or plan.info['id'] in hit.first_ids)


def _motion(frame: DreamFrame, plan: DreamPlan, motions: Any) -> Trajectory:
    if plan.drive is not None:
        motion: Motion = next(motions)
        at = motion.at_waypoints(frame.rules.first_waypoint_tick)
        return Trajectory(
            waypoints_base_m=at.positions_m,
            yaws_rad=at.yaws_rad,
            final_speed_mps=float(motion.speeds_mps[-1]),
        )
    points = plan.waypoints_base_m
    if points is None:
        points = frame.labels.speed_waypoints_base_m
    last = float(np.linalg.norm(points[-1] - points[-2])) / SPEED_WAYPOINT_PERIOD_S
    return Trajectory(waypoints_base_m=points, yaws_rad=yaws_along(points), final_speed_mps=last)


def _is_far_off(frame: DreamFrame, plan: DreamPlan) -> bool:
    # A turn leads away from the expert by its nature.
    if plan.path_base_m is None or plan.mode == 'turn':
        return False
    return deviation(plan.path_base_m, frame.labels.path_base_m)[0] > MOST_DEVIATION_M


def option_of(
    each: FramePlans, plan: DreamPlan, motion: Trajectory, hits: Sequence[int]
) -> dict[str, Any]:
    """Return one entry of the file (upstream_spec §4.4)."""
    reason = judge(each.frame, plan, motion, hits)
    chosen = _wordings(plan, each.draws, collides=bool(hits))
    texts = [_drawn(group, values, each.draws) for group, values in chosen]
    is_own = plan.drive is not None or plan.waypoints_base_m is not None
    return {
        'waypoints': points_to_disk(motion.waypoints_base_m) if is_own else OF_THE_EXPERT,
        'route': OF_THE_EXPERT if plan.path_base_m is None else points_to_disk(plan.path_base_m),
        'rgb_path': each.image,
        'allowed': plan.is_allowed,
        'mode': plan.mode,
        'info': as_info(plan, motion, hits, each.frame.now.speed_mps),
        'route_reasoning': _route_reasoning(each.frame, plan),
        'dreamer_instruction': texts[0][1] if plan.mode == 'route' else [t for _, t in texts],
        'instructions_templates': [template for template, _ in texts],
        'templates_placeholders': [dict(values) for _, values in chosen],
        'wording_groups': [group for group, _ in chosen],
        'dreamer_answer_safety': refusal(reason),
        'safe_to_execute': not reason,
    }


def _wordings(
    plan: DreamPlan, draws: Draws, *, collides: bool
) -> list[tuple[str, Mapping[str, str]]]:
    """Return the groups to draw from; a special one takes the place of *faster* half the time."""
    usual = [entry for entry in plan.groups if entry[0] not in ALTERNATIVES]
    special = [entry for entry in plan.groups if entry[0] in ALTERNATIVES]
    if collides and plan.mode == 'faster':
        special.append(('faster_crash', {}))
    if special and draws.random() < 0.5:
        return special[:1]
    return usual


def _drawn(group: str, values: Mapping[str, str], draws: Draws) -> tuple[str, str]:
    wordings = GROUPS[group].train
    template = wordings[draws.index(len(wordings))]
    template = template if template.endswith(('.', '!', '?')) else f'{template}.'
    return template, ONE_METRE.sub(r'\1 1 meter', fill(template, values))


def _route_reasoning(frame: DreamFrame, plan: DreamPlan) -> str:
    if plan.path_base_m is None or plan.mode not in DEVIATING:
        return FOLLOWS_EXPERT
    off_m, away_m = deviation(plan.path_base_m, frame.labels.path_base_m)
    if plan.mode == 'route':
        return (
            f'The route does not go around the obstruction and is at most {off_m:.2f}m off the '
            f'ground truth route at a distance of {away_m:.2f}m.'
        )
    return (
        f'The route deviates from the expert route with at most {off_m:.2f}m off at a distance '
        f'of {away_m:.2f}m.'
    )
