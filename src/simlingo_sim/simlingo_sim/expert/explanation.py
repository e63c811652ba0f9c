# SPDX-License-Identifier: Apache-2.0
"""The reason of a decision of the expert."""

from __future__ import annotations

import numpy as np

from simlingo_core.types import RoadOption
from simlingo_sim.expert.dense_route import SPACING_M
from simlingo_sim.expert.forecast import brake_distance_m
from simlingo_sim.expert.hazards import ForecastCollision
from simlingo_sim.expert.leaders import Leader
from simlingo_sim.expert.obstacles import ObstacleView
from simlingo_sim.expert.reason import ExpertReason, Reduction, RouteAction, speed_action_for
from simlingo_sim.expert.scene import Scene
from simlingo_sim.expert.stop_lines import SignView

WALKER_CLOSE_M = 15.0
ROUTE_WORDS = {
    RoadOption.LEFT: RouteAction.TURN_LEFT,
    RoadOption.RIGHT: RouteAction.TURN_RIGHT,
    RoadOption.STRAIGHT: RouteAction.GO_STRAIGHT,
    RoadOption.CHANGE_LANE_LEFT: RouteAction.CHANGE_LANE_LEFT,
    RoadOption.CHANGE_LANE_RIGHT: RouteAction.CHANGE_LANE_RIGHT,
}


def explain(
    scene: Scene,
    target_mps: float,
    reduction: Reduction | None,
    signs: SignView,
    obstacles: ObstacleView,
    walkers: list[Leader],
    collision: ForecastCollision | None,
) -> ExpertReason:
    """Return the reason of the decision at this tick.

    Args:
        scene: the scene at this tick.
        target_mps: the target speed.
        reduction: what reduces the speed most.
        signs: state of traffic lights and stop signs.
        obstacles: obstacles that are passed or waited for.
        walkers: pedestrians in the way.
        collision: the forecast collision that the expert brakes for.
    """
    route, speed = scene.route, scene.ego.speed_mps
    limit = float(route.limits_mps[route.index])
    near = brake_distance_m(speed)
    walker = min(walkers, key=lambda leader: leader.distance_m) if walkers else None
    junctions = np.flatnonzero(route.is_junction[route.index : route.index + 600])
    option = RoadOption(int(route.options[route.index]))
    return ExpertReason(
        tick=scene.state.tick,
        speed_mps=speed,
        target_speed_mps=target_mps,
        speed_limit_mps=limit,
        reduction=reduction,
        vehicle_hazard=collision is not None,
        light_hazard=any(_is_near(x, 'traffic_light', near) for x in signs.leaders),
        walker_hazard=walker is not None and walker.distance_m < max(near, WALKER_CLOSE_M),
        stop_sign_hazard=any(_is_near(x, 'stop_sign', near) for x in signs.leaders),
        stop_sign_close=signs.is_stop_close,
        walker_close=walker is not None and walker.distance_m < WALKER_CLOSE_M,
        vehicle_affecting_id=collision.neighbour.actor.id if collision else None,
        walker_affecting_id=walker.id if walker else None,
        changed_route=route.is_changed,
        is_in_junction=bool(route.is_junction[route.index]),
        light=signs.light,
        route_action=obstacles.action or ROUTE_WORDS.get(option, RouteAction.FOLLOW_ROUTE),
        speed_action=speed_action_for(speed, target_mps, limit),
        obstacle_ids=obstacles.ids,
        junction_distance_m=float(junctions[0]) * SPACING_M if len(junctions) else None,
    )


def _is_near(leader: Leader, kind: str, distance_m: float) -> bool:
    return leader.kind == kind and leader.distance_m < distance_m
