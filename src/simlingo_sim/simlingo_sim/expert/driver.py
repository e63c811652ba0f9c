# SPDX-License-Identifier: Apache-2.0
"""The expert: a rule-based driver with access to the state of the simulator."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from simlingo_core.errors import WorldError
from simlingo_core.frame import Frame
from simlingo_core.types import DrivingPlan, Instruction, Observation, RoadOption, VehicleCommand
from simlingo_sim.expert.config import ExpertConfig
from simlingo_sim.expert.dense_route import SPACING_M, DenseRoute
from simlingo_sim.expert.explanation import explain
from simlingo_sim.expert.hazards import ForecastCollision, forecast_collisions
from simlingo_sim.expert.idm import IdmGap
from simlingo_sim.expert.intent import Intent
from simlingo_sim.expert.lateral import LateralPid
from simlingo_sim.expert.leaders import Leader, leading_vehicles, pedestrians_in_way
from simlingo_sim.expert.longitudinal import pedals_for
from simlingo_sim.expert.obstacles import ObstaclePasser, ObstacleView
from simlingo_sim.expert.parking_exit import ParkingExit
from simlingo_sim.expert.plan import make_plan
from simlingo_sim.expert.privileged_world import PrivilegedWorld
from simlingo_sim.expert.reason import ExpertReason, Reduction
from simlingo_sim.expert.right_keeper import RightKeeper
from simlingo_sim.expert.right_of_way import Demands, LaneGap, WayMaker
from simlingo_sim.expert.scene import Scene, SceneReader
from simlingo_sim.expert.smooth_pedals import SmoothPedals
from simlingo_sim.expert.speed_profile import SpeedProfile
from simlingo_sim.expert.stop_lines import SignView, StopLines

STANDING_MPS = 0.5
PATIENCE_S = 8.0
IMPATIENT_FORECAST_S = 1.0
LEFT_TURN_AHEAD_M = 10.0
_NO_GAP = IdmGap(distance_m=0.0, headway_s=0.0)


class Expert:
    """Rule-based privileged driver; implements both ``Driver`` and ``Policy``.

    Args:
        world: the simulated world; ``reset`` reads its route, so reset the world first.
        config: parameters.
    """

    def __init__(self, world: PrivilegedWorld, config: ExpertConfig | None = None) -> None:
        self._world = world
        self._config = config or ExpertConfig()
        self._route: DenseRoute | None = None
        self._intent: Intent | None = None

    @property
    def name(self) -> str:
        """Name of the policy, written into plans and results."""
        return 'expert'

    @property
    def route(self) -> DenseRoute:
        """The route with its shifts.

        Raises:
            WorldError: ``reset`` has not been called.
        """
        if self._route is None:
            raise WorldError('the expert has no route; reset the world, then the expert')
        return self._route

    @property
    def reason(self) -> ExpertReason | None:
        """Reason of the last decision; None before the first tick."""
        return self._intent.reason if self._intent else None

    @property
    def intent(self) -> Intent | None:
        """The last decision; None before the first tick."""
        return self._intent

    def reset(self) -> None:
        """Discard all state and read the world's route."""
        road = self._world.town
        self._planned = self._world.planned
        self._route = DenseRoute(self._planned)
        self._profile = SpeedProfile(self._route, self._config)
        self._reader = SceneReader()
        self._lateral = LateralPid()
        self._signs = StopLines(self._route, road.traffic_lights, road.stop_signs, self._config)
        self._passer = ObstaclePasser(self._config)
        self._smooth = SmoothPedals(self._config)
        self._lane_gap = LaneGap(self._route)
        self._way_maker = WayMaker(road)
        self._demands = Demands()
        self._keeper = RightKeeper()
        self._parking_exit = ParkingExit(self._world.state.ego, self._route)
        self._blocked_ticks = 0
        self._intent = None

    def drive(self, frame: Frame) -> VehicleCommand:
        """Return the command for this frame.

        Raises:
            WorldError: ``reset`` has not been called, or the frame is not of the current tick.
        """
        intent = self.decide()
        if frame.tick != intent.scene.state.tick:
            raise WorldError(
                f'the frame is of tick {frame.tick} but the world is at '
                f'{intent.scene.state.tick}; pass the newest frame'
            )
        speed_mps = intent.scene.ego.speed_mps
        throttle, brake = self._pedals(intent.target_mps, speed_mps, is_hazard=intent.is_hazard)
        return VehicleCommand(steer=self._steer(intent.scene), throttle=throttle, brake=brake)

    def plan(
        self, observation: Observation, instruction: Instruction | None = None
    ) -> DrivingPlan:
        """Return a plan with the decision for the current tick.

        The expert follows its route and ignores instructions.
        """
        return make_plan(observation, self.decide(), self._profile, self.name, instruction)

    def decide(self) -> Intent:
        """Return the decision for the current tick; repeated calls return the same object.

        Raises:
            WorldError: ``reset`` has not been called since the world was reset.
        """
        state, route = self._world.state, self.route
        if self._world.planned is not self._planned:
            raise WorldError('the world was reset after the expert; reset the expert as well')
        if self._intent is not None and self._intent.scene.state.tick == state.tick:
            return self._intent
        route.advance(state.ego.pose_map.position_m)
        situations = self._world.situations
        passable = frozenset(actor_id for s in situations for actor_id in s.passed_ids)
        ways = {actor_id: way for s in situations for actor_id, way in s.ways.items()}
        scene = self._reader.read(state, route, passable, ways)
        ego_arc_m = (route.index - route.first) * SPACING_M
        self._demands = Demands.of(situations, ego_arc_m)
        self._intent = self._decide(scene)
        return self._intent

    def obeyed_next(self) -> tuple[int | None, int | None]:
        """Return the ids of the traffic light and of the stop sign that hold for the car."""
        return self._signs.next_ids(self.decide().scene)

    def aim_base_m(self) -> NDArray[np.float64]:
        """Return the point that the car steers to at the current tick, shape (2,)."""
        scene = self.decide().scene
        return scene.ego.pose_map.inverse_transform(self._aim_map_m(scene))

    def _decide(self, scene: Scene) -> Intent:
        obstacles = self._view_obstacles(scene)
        signs = self._signs.view(scene)
        desired = self._profile.target_mps(self.route.index, is_passing=self._passer.is_passing)
        desired = self._way_maker.limit_mps(desired)
        vehicles = leading_vehicles(scene, self._config)
        walkers = pedestrians_in_way(scene, self._config)
        waits = [obstacles.leader] if obstacles.leader else []
        gaps = self._lane_gap.leaders(scene, self._demands.priority_ids)
        leaders = (*vehicles, *walkers, *signs.leaders, *waits, *gaps)
        reduction = self._reduction(scene, desired, leaders)
        target = min(desired, reduction.speed_mps) if reduction else desired
        collision = self._collision(scene, signs, target)
        if collision is not None:
            reduction = Reduction(
                kind=str(collision.neighbour.actor.kind),
                id=collision.neighbour.actor.id,
                distance_m=collision.neighbour.ahead_m,
                speed_mps=0.0,
            )
            target = 0.0
        reason = explain(scene, target, reduction, signs, obstacles, walkers, collision)
        return Intent(
            scene=scene,
            target_mps=target,
            is_hazard=collision is not None,
            leaders=leaders,
            reason=reason,
        )

    def _view_obstacles(self, scene: Scene) -> ObstacleView:
        """Return what must be passed, made room for or let by at this tick, the most urgent."""
        leaving = self._parking_exit.view(scene)
        if leaving.action is not None:
            return leaving
        obstacles = self._passer.view(scene)
        if obstacles.action is None:
            obstacles = self._keeper.view(scene)
        making_way = self._way_maker.action(scene, self._demands.make_way_for_id)
        if making_way is None:
            return obstacles
        return ObstacleView(ids=(self._demands.make_way_for_id,), action=making_way)

    def _reduction(
        self, scene: Scene, desired_mps: float, leaders: tuple[Leader, ...]
    ) -> Reduction | None:
        """Return what reduces the speed most, None if nothing reduces it."""
        speed = scene.ego.speed_mps
        found = [
            Reduction(
                kind=leader.kind,
                id=leader.id,
                distance_m=leader.distance_m,
                speed_mps=leader.target_mps(desired_mps, speed),
            )
            for leader in leaders
        ]
        # Below the desired speed, compare with the target speed of a free road.
        free = Leader(
            kind='', id=0, distance_m=1e6, speed_mps=0.0, length_m=0.0, gap=_NO_GAP
        ).target_mps(desired_mps, speed)
        found = [r for r in found if r.speed_mps < free - 0.02]
        return min(found, key=lambda r: (r.speed_mps, r.distance_m)) if found else None

    def _collision(
        self, scene: Scene, signs: SignView, target_mps: float
    ) -> ForecastCollision | None:
        """Return the earliest forecast collision with another vehicle."""
        config, speed = self._config, scene.ego.speed_mps
        if target_mps < 0.1 and speed < 0.1:
            self._blocked_ticks = 0
            return None
        horizon_s = config.forecast_s
        if signs.must_yield or self._demands.is_near or self._turns_left_soon(scene):
            horizon_s = config.yielding_forecast_s
        if self._blocked_ticks * 0.05 > PATIENCE_S:
            horizon_s = IMPATIENT_FORECAST_S
        priority_ids = self._demands.priority_ids
        collisions = forecast_collisions(
            scene, self._lateral, target_mps, config, horizon_s, priority_ids
        )
        # Those who have priority never brake; they will have passed.
        is_blocked = speed < 0.1 and any(
            c.neighbour.actor.id not in priority_ids for c in collisions[:1]
        )
        self._blocked_ticks = self._blocked_ticks + 1 if is_blocked else 0
        return collisions[0] if collisions else None

    def _turns_left_soon(self, scene: Scene) -> bool:
        route = scene.route
        ahead = route.options[route.index : route.index + round(LEFT_TURN_AHEAD_M / SPACING_M)]
        return bool((ahead == int(RoadOption.LEFT)).any())

    def _pedals(
        self, target_mps: float, speed_mps: float, *, is_hazard: bool
    ) -> tuple[float, float]:
        if self._config.jerk_limit_mps3 > 0.0:
            return self._smooth.pedals_for(target_mps, speed_mps, is_hazard=is_hazard)
        throttle, brakes = pedals_for(target_mps, speed_mps, is_hazard=is_hazard)
        return throttle, float(brakes or (throttle == 0.0 and speed_mps < STANDING_MPS))

    def _steer(self, scene: Scene) -> float:
        pose = scene.ego.pose_map
        return self._lateral.steer_for(self._aim_map_m(scene), pose.position_m, pose.yaw_rad)

    def _aim_map_m(self, scene: Scene) -> NDArray[np.float64]:
        route, ego = scene.route, scene.ego
        ahead = self._lateral.lookahead_index(
            ego.speed_mps, len(route) - route.index, spacing_m=SPACING_M
        )
        aim: NDArray[np.float64] = route.points_map_m[route.index + ahead]
        return aim
