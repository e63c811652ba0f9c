# SPDX-License-Identifier: Apache-2.0
"""A straight road eastwards for tests of the score; the ego drives along y = 0."""

import math

import numpy as np

from simlingo_core.geometry import Pose2
from simlingo_core.route import Route
from simlingo_core.types import RoadOption
from simlingo_sim.score.protocol import LEADERBOARD_2_0
from simlingo_sim.score.road import LaneSample
from simlingo_sim.score.scorer import Scorer
from simlingo_sim.state import (
    ActorKind,
    ActorState,
    LightState,
    StopSign,
    TrafficLight,
    WorldState,
)

TICK_S = 0.05
LENGTH_M = 200.0
LIMIT_MPS = 10.0
STOP_X_M = 100.0
LINE = np.array([[STOP_X_M, 1.75], [STOP_X_M, -1.75]])


class StraightRoad:
    """A lane eastwards at y = 0, one westwards at y = 3.5, grass beyond."""

    def __init__(self, *, light=False, stop=False):
        pose = Pose2(STOP_X_M, -3.0, math.pi)
        self.lights = (
            (TrafficLight(id=7, sumo_id='a', link_index=0, pose_map=pose, stop_line_map_m=LINE),)
            if light
            else ()
        )
        self.stop_signs = (StopSign(id=8, pose_map=pose, stop_line_map_m=LINE),) if stop else ()

    def lane_at(self, position_map_m):
        y_m = float(position_map_m[1])
        lane_m, yaw = (0.0, 0.0) if y_m < 1.75 else (3.5, math.pi)
        return LaneSample(
            distance_m=abs(y_m - lane_m), width_m=3.5, yaw_rad=yaw, is_junction=False
        )

    def speed_limit_mps_at(self, position_map_m):
        return LIMIT_MPS


def actor(
    actor_id, kind, x_m, y_m, *, yaw=0.0, speed=0.0, role='traffic', extent=(2.25, 0.9, 0.7)
):
    return ActorState(
        id=actor_id,
        kind=kind,
        type_id=f'test.{kind}',
        role=role,
        pose_map=Pose2(x_m, y_m, yaw),
        speed_mps=speed,
        extent_m=extent,
    )


def state(tick, x_m, *, y_m=0.0, speed=10.0, others=(), light=LightState.GREEN, yaw=0.0):
    return WorldState(
        tick=tick,
        t_s=tick * TICK_S,
        ego=actor(1, ActorKind.CAR, x_m, y_m, speed=speed, role='ego_vehicle', yaw=yaw),
        actors=tuple(others),
        lights={7: light},
    )


def scorer(protocol=LEADERBOARD_2_0, *, statics=(), **road):
    route = Route([[0.0, 0.0], [LENGTH_M, 0.0]], [RoadOption.LANE_FOLLOW] * 2)
    return Scorer(route, StraightRoad(**road), protocol, statics)


def drive(judge, *, first=0, start_m=0.0, end_m=LENGTH_M, speed=10.0, **more):
    """Drive at constant speed from start to end; returns the next tick."""
    tick = first
    for x_m in np.arange(start_m, end_m, speed * TICK_S):
        if judge.end:
            break
        kwargs = {
            key: value(tick, x_m) if callable(value) else value for key, value in more.items()
        }
        judge.update(state(tick, float(x_m), speed=speed, **kwargs))
        tick += 1
    return tick


def kinds(judge):
    return [infraction.kind for infraction in judge.infractions]
