# SPDX-License-Identifier: Apache-2.0
"""Compares what the stack planned and commanded with what was driven."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simlingo_core.geometry import Pose2
from simlingo_core.types import SPEED_WAYPOINT_PERIOD_S
from simlingo_evaluation.replay.drive_log import DriveLog, nearest_row
from simlingo_evaluation.replay.run_results import ControlTick, PlannedFrame, StackRun

HORIZONS_S: Mapping[str, float] = {'1s': 1.0, '2s': 2.0, '2.5s': 2.5}
# A command belongs to a tick if it is no farther from it than half a tick.
COMMAND_TOLERANCE_S = 0.026
STANDS_BELOW_MPS = 0.5
BRAKES_ABOVE = 0.05

# Every number of one plan or one tick, with its unit and meaning: criteria name them, too.
MEASURES: Mapping[str, tuple[str, str]] = {
    **{
        f'{kind}_{horizon}': ('m', text)
        for horizon in HORIZONS_S
        for kind, text in (
            ('ade', 'mean distance of the speed waypoints from where the car was then'),
            ('fde', 'distance of the last of these waypoints'),
        )
    },
    'path_ade': ('m', 'mean distance of the path points from the driven line, at equal way'),
    'path_fde': ('m', 'distance of the last path point that the drive reached'),
    'lateral_error': ('m', 'largest distance of a path point to the side of the driven line'),
    'speed_error': ('m/s', 'planned minus driven speed after 0.5 s, without sign'),
    'steer_error': ('', 'difference of the steering commands, without sign'),
    'throttle_error': ('', 'difference of the throttle commands, without sign'),
    'brake_error': ('', 'difference of the brake commands, without sign'),
    'plan_age': ('s', 'age of the plan that a command was made from'),
    'plan_latency': ('s', 'time that the plan took'),
}
OF_TICKS = ('steer_error', 'throttle_error', 'brake_error', 'plan_age')


@dataclass(frozen=True, kw_only=True)
class FrameScore:
    """One plan against the drive.

    Attributes:
        t_s: stamp of the plan.
        values: measures by name; NaN where the recording does not say.
        plans_stop, drove_stop: whether the end of the plan, and the car 2.5 s later, stand; None:
            unknown.
        light: 'stop' or 'go' of the light ahead; empty: none.
        future_base_m, ahead_base_m: what was driven, see ``Driven``.
    """

    t_s: float
    values: Mapping[str, float]
    plans_stop: bool
    drove_stop: bool | None
    light: str
    future_base_m: NDArray[np.float64]
    ahead_base_m: NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class TickScore:
    """One command against the recorded one; see ``FrameScore``."""

    t_s: float
    values: Mapping[str, float]


@dataclass(frozen=True, kw_only=True)
class ReplayScore:
    """All comparisons of one recording."""

    frames: Sequence[FrameScore]
    ticks: Sequence[TickScore]
    run: StackRun

    def column(self, name: str) -> NDArray[np.float64]:
        """Return a measure of all plans or ticks, NaN left out."""
        rows: Iterable[FrameScore | TickScore] = self.ticks if name in OF_TICKS else self.frames
        return np.array([v for row in rows if math.isfinite(v := row.values[name])])

    def summary(self) -> dict[str, object]:
        """Return the numbers of the report and of the JSON file."""
        numbers: dict[str, object] = {
            name: _spread(self.column(name)) for name in MEASURES if len(self.column(name))
        }
        frames = [frame for frame in self.frames if frame.drove_stop is not None]
        return {
            'plans': len(self.frames),
            'plans_failed': sum(bool(frame.error) for frame in self.run.frames),
            'commands': len(self.ticks),
            'ticks_not_nominal': sum(bool(tick.output.reasons) for tick in self.run.ticks),
            'images': self.run.images,
            'images_missed': self.run.images_missed,
            'measures': numbers,
            'stop_and_go': _decisions(frames),
            'stop_and_go_at_lights': {
                light: _decisions([frame for frame in frames if frame.light == light])
                for light in ('stop', 'go')
                if any(frame.light == light for frame in frames)
            },
        }


def score_run(run: StackRun, log: DriveLog) -> ReplayScore:
    """Compare a run with the drive."""
    return ReplayScore(
        frames=[_score_frame(frame, log) for frame in run.frames],
        ticks=[_score_tick(tick, log) for tick in run.ticks],
        run=run,
    )


def _score_frame(frame: PlannedFrame, log: DriveLog) -> FrameScore:
    plan, pose = frame.plan, frame.plan.pose_map.planar
    future, ahead = (
        log.driven.future_base_m(plan.t_s, pose),
        log.driven.ahead_base_m(plan.t_s, pose),
    )
    values = {'plan_latency': frame.wall_s}
    distances = np.linalg.norm(plan.speed_waypoints_base_m - future, axis=1)
    for horizon, length_s in HORIZONS_S.items():
        count = round(length_s / SPEED_WAYPOINT_PERIOD_S)
        values[f'ade_{horizon}'] = float(distances[:count].mean())
        values[f'fde_{horizon}'] = float(distances[count - 1])
    values |= _path_values(plan.path_base_m, ahead)
    values['speed_error'] = abs(plan.target_speed_mps - log.driven.speed_at(plan.t_s, 0.5))
    end_mps = _end_speed(plan.speed_waypoints_base_m)
    drove_mps = log.driven.speed_at(plan.t_s, HORIZONS_S['2.5s'])
    return FrameScore(
        t_s=plan.t_s,
        values=values,
        plans_stop=bool(plan.stop_reason) or end_mps < STANDS_BELOW_MPS,
        drove_stop=None if math.isnan(drove_mps) else drove_mps < STANDS_BELOW_MPS,
        light=_light(log, plan.t_s, pose),
        future_base_m=future,
        ahead_base_m=ahead,
    )


def _light(log: DriveLog, t_s: float, pose_map: Pose2) -> str:
    return log.light_ahead(t_s, pose_map)


def _path_values(
    path_base_m: NDArray[np.float64], ahead_base_m: NDArray[np.float64]
) -> dict[str, float]:
    # Both begin at the car.
    known = np.isfinite(ahead_base_m).all(axis=1) & (np.arange(len(ahead_base_m)) > 0)
    if not known.any():
        return dict.fromkeys(('path_ade', 'path_fde', 'lateral_error'), math.nan)
    offsets = (path_base_m - ahead_base_m)[known]
    distances = np.linalg.norm(offsets, axis=1)
    line = ahead_base_m[: int(np.flatnonzero(known)[-1]) + 1]
    steps = np.diff(line, axis=0)
    lengths = np.maximum(np.linalg.norm(steps, axis=1, keepdims=True), 1e-9)
    normals = np.stack([-steps[:, 1], steps[:, 0]], axis=1) / lengths
    sideways = np.abs((offsets * normals[-len(offsets) :]).sum(axis=1))
    return {
        'path_ade': float(distances.mean()),
        'path_fde': float(distances[-1]),
        'lateral_error': float(sideways.max()),
    }


def _end_speed(waypoints_base_m: NDArray[np.float64]) -> float:
    way_m = np.linalg.norm(waypoints_base_m[-1] - waypoints_base_m[-2])
    return float(way_m) / SPEED_WAYPOINT_PERIOD_S


def _score_tick(tick: ControlTick, log: DriveLog) -> TickScore:
    values = {'plan_age': tick.output.plan_age_s}
    row = nearest_row(log.command_t_s, tick.t_s, COMMAND_TOLERANCE_S)
    command = tick.output.command
    mine = (command.steer, command.throttle, command.brake)
    theirs = (math.nan,) * 3 if row is None else log.commands[row]
    for name, own, recorded in zip(('steer', 'throttle', 'brake'), mine, theirs, strict=True):
        values[f'{name}_error'] = abs(own - float(recorded))
    return TickScore(t_s=tick.t_s, values=values)


def _decisions(frames: Sequence[FrameScore]) -> dict[str, int | float]:
    """Return how often plan and car agreed on standing in 2.5 s."""
    both = sum(bool(frame.plans_stop and frame.drove_stop) for frame in frames)
    neither = sum(not frame.plans_stop and not frame.drove_stop for frame in frames)
    too_much = sum(bool(frame.plans_stop and not frame.drove_stop) for frame in frames)
    count = len(frames)
    return {
        'plans': count,
        'agree_share': (both + neither) / count if count else math.nan,
        'stops_where_driver_went': too_much,
        'goes_where_driver_stopped': count - both - neither - too_much,
    }


def _spread(values: NDArray[np.float64]) -> dict[str, float]:
    return {
        'mean': float(values.mean()),
        'median': float(np.median(values)),
        'p99': float(np.quantile(values, 0.99)),
        'worst': float(values.max()),
    }
