# SPDX-License-Identifier: Apache-2.0
"""Dreams that change the speed: target speed, stop, faster, slower (upstream_spec §6.3)."""

from __future__ import annotations

from collections.abc import Mapping

from simlingo_core.wordings import speed_words
from simlingo_training.dreaming.draws import Draws
from simlingo_training.dreaming.frame import DreamFrame, DreamPlan
from simlingo_training.dreaming.roll_out import Array, Drive, constant
from simlingo_training.text_labels.object_words import Category

STOPPABLE_MPS = 1.0
SLOWER_FROM_MPS = 2.0
LOWEST_TARGET_MPS = 1.0
HIGHEST_TARGET_MPS = 35.0
THROTTLES = ((0.5, 0.7), (0.7, 0.85), (0.85, 1.0))
AT_SIGN_M, AT_SIGN_MPS = 10.0, 4.0


def speed_plans(frame: DreamFrame, draws: Draws) -> list[DreamPlan]:
    """Return the dreams that change the speed, in the order of their draws."""
    target_mps = _target_speed(frame, draws)
    factor = draws.uniform(1.1, 1.5)
    rate = draws.integer(0, 2)
    throttle = draws.uniform(*THROTTLES[rate])
    slow_factor = draws.uniform(0.3, 0.9)
    share = draws.uniform(*frame.rules.slower_share)
    in_kmh = draws.random() < 0.5
    speed_mps = frame.now.speed_mps
    # A car that stands can neither stop nor drive a share of its speed faster or slower.
    is_moving, can_be_slower = speed_mps > STOPPABLE_MPS, speed_mps > SLOWER_FROM_MPS
    return [
        target_plan(frame, target_mps, in_kmh=in_kmh),
        *([stop_plan(frame), factor_plan(frame, 'faster_factor', factor)] if is_moving else []),
        faster_plan(frame, throttle, rate),
        *([factor_plan(frame, 'slower_factor', slow_factor)] if is_moving else []),
        *([slower_plan(frame, share)] if can_be_slower else []),
    ]


def _target_speed(frame: DreamFrame, draws: Draws) -> float:
    rules, speed_mps = frame.rules, frame.now.speed_mps
    if draws.random() < 0.6:
        is_own = rules.target_reach > 0.0
        high = rules.target_reach * frame.now.speed_limit_mps if is_own else HIGHEST_TARGET_MPS
        return round(draws.uniform(LOWEST_TARGET_MPS if is_own else 0.0, high), 1)
    target_mps = round(draws.uniform(0.6 * speed_mps, 1.4 * speed_mps), 1)
    return max(target_mps, LOWEST_TARGET_MPS) if rules.target_reach > 0.0 else target_mps


def target_plan(frame: DreamFrame, target_mps: float, *, in_kmh: bool = False) -> DreamPlan:
    """Return the dream of a target speed."""
    words = {'<TARGET_SPEED>': speed_words(target_mps, in_kmh=in_kmh)}
    return DreamPlan(
        mode='target_speed',
        drive=_drive(frame, targets=constant(target_mps)),
        info={'target_speed': target_mps},
        groups=[('target_speed', words)],
    )


def stop_plan(frame: DreamFrame) -> DreamPlan:
    """Return the dream of a full stop."""
    return DreamPlan(
        mode='stop',
        drive=_drive(frame, targets=constant(0.0)),
        info={'target_speed': 0},
        groups=[('stop', {})],
    )


def factor_plan(frame: DreamFrame, mode: str, factor: float) -> DreamPlan:
    """Return the dream of the expert's speeds times a factor; as upstream's not trained on."""
    percent = str(round(abs(factor - 1.0) * 100.0))
    return DreamPlan(
        mode=mode,
        drive=_drive(frame, targets=factor * frame.expert_speeds_mps),
        info={'factor': factor},
        groups=[(mode, {'<PERCENT>': percent})],
    )


def faster_plan(frame: DreamFrame, throttle: float, rate: int) -> DreamPlan:
    """Return the dream of a constant throttle; before a red light or stop sign it is named."""
    groups: list[tuple[str, Mapping[str, str]]] = [('faster', {})]
    kind, distance_m = frame.now.reduced_by_kind, frame.now.reduced_by_distance_m
    is_near = distance_m is not None and distance_m < AT_SIGN_M
    if is_near and frame.now.speed_mps < AT_SIGN_MPS:
        if kind == Category.TRAFFIC_LIGHT and frame.scene.light_state in {'red', ''}:
            groups.append(('red_light', {}))
        if kind == Category.STOP_SIGN:
            groups.append(('stop_sign', {}))
    return DreamPlan(
        mode='faster',
        drive=Drive(
            path_base_m=frame.route_base_m,
            speed_mps=frame.now.speed_mps,
            first=frame.first,
            throttles=constant(throttle),
        ),
        info={'desired_throttle': throttle, 'rate': rate},
        groups=groups,
    )


def slower_plan(frame: DreamFrame, share: float) -> DreamPlan:
    """Return the dream of a share of the present speed."""
    return DreamPlan(
        mode='slower',
        drive=_drive(frame, targets=constant(share * frame.now.speed_mps)),
        info={'share': share},
        groups=[('slower', {})],
    )


def _drive(frame: DreamFrame, targets: Array) -> Drive:
    return Drive(
        path_base_m=frame.route_base_m,
        speed_mps=frame.now.speed_mps,
        first=frame.first,
        targets_mps=targets,
    )
