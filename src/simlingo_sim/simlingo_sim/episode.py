# SPDX-License-Identifier: Apache-2.0
"""One episode: everything that moves, from a reset of the world to the next."""

from __future__ import annotations

import numpy as np

from simlingo_core.frame import TICK_PERIOD_S
from simlingo_core.geometry import Pose2
from simlingo_core.route_progress import RouteProgress
from simlingo_core.types import VehicleCommand
from simlingo_sim.actor_catalog import MODELS, pick_look
from simlingo_sim.camera.faults import CameraFaults
from simlingo_sim.ego.sensors import Sensors
from simlingo_sim.ego.vehicle import EgoVehicle
from simlingo_sim.situations.of_route import situations_of
from simlingo_sim.situations.stage import Stage, pose_on
from simlingo_sim.state import ActorKind, ActorState, WorldState
from simlingo_sim.street_furniture import furnish
from simlingo_sim.town.route_files import RouteSpec
from simlingo_sim.town.route_planner import PlannedRoute
from simlingo_sim.town.town import Town
from simlingo_sim.traffic.traffic import Traffic
from simlingo_sim.weather import Weather, choose_weather
from simlingo_sim.world_config import WorldConfig

EGO_ID = 1
EGO_TYPE = 'vehicle.lincoln.mkz_2020'
EGO_COLOR = (24, 40, 92)
FIRST_PARKED_ID = 2001
CLEAR_AROUND_START_M = 16.0
ARRIVED_WITHIN_M = 3.0


class Episode:
    """One episode, from a reset of the world to the next.

    Args:
        config: settings of the world.
        spec: route and situations.
        situation: name of a situation that replaces those of the route; None: the route's.
        seed: seed of traffic, situations, sensor noise and parked cars.
        town: where the route lies.
        planned: the planned route.

    Raises:
        WorldError: a situation has no place on the route, or an actor's place is taken.
    """

    def __init__(
        self,
        config: WorldConfig,
        spec: RouteSpec,
        situation: str | None,
        seed: int,
        town: Town,
        planned: PlannedRoute,
    ) -> None:
        self._config = config
        self.town, self.planned = town, planned
        self.sun_seed = spec.look_seed(seed)
        self.situations = situations_of(spec, situation, town, planned, seed)
        points = [(point.route_percentage, point.values) for point in spec.weathers]
        self.weather = choose_weather(config.weather, points, seed)
        self.camera_faults = CameraFaults(config.camera_faults, seed)
        self.ego = EgoVehicle(config.vehicle)
        beside = [left for s in self.situations if (left := s.start_left_m()) != 0.0]
        self.ego.reset(pose_on(planned.route, 0.0, beside[0] if beside else 0.0))
        self._progress = RouteProgress(planned.route)
        self._is_braking = False
        self.sensors = Sensors(
            config.sensors, town.map.geo_reference, np.random.default_rng([seed, 3])
        )
        parked = _park(town, config.parked_share, np.random.default_rng([seed, 4]))
        furnished = furnish(
            town, parked, config.billboards, config.road_works, np.random.default_rng([seed, 6])
        )
        self._traffic: Traffic | None = None
        if town.net_path is not None:
            closed = {e for s in self.situations for e in s.closed_edges(town, planned)}
            self._traffic = Traffic(
                town,
                config.traffic,
                seed,
                closed_edges=sorted(closed),
                ego_extent_m=config.vehicle.extent_m,
            )
        try:
            self._begin(seed, furnished)
        except Exception:
            self.close()
            raise

    @property
    def has_arrived(self) -> bool:
        """Whether the ego has reached the end of the route."""
        return self.planned.route.length_m - self.stage.ego_arc_m < ARRIVED_WITHIN_M

    @property
    def needs_lamps(self) -> bool:
        """Whether lamps or a wet road are seen somewhere on the route."""
        return self.weather is not None and any(
            weather.are_lamps_on or weather.wet_share > 0.0 for _, weather in self.weather.entries
        )

    def step(self, command: VehicleCommand) -> None:
        """Advance one tick with this command."""
        self.ego.step(command)
        self._is_braking = command.brake > 0.0 or command.hand_brake
        for situation in self.situations:
            situation.step(self.stage)
        self.stage.move()
        self._move_traffic()
        self._update_state(self.state.tick + 1)

    def follow(self, planned: PlannedRoute) -> None:
        """Follow another route from now on; what is staged along the old one stays there."""
        self.planned = self.stage.planned = planned
        self._progress = RouteProgress(planned.route)
        self.stage.ego_arc_m = self._progress.update(self.ego.pose_map.position_m)

    def close(self) -> None:
        """Stop SUMO."""
        if self._traffic is not None:
            self._traffic.close()

    def _begin(self, seed: int, parked: tuple[ActorState, ...]) -> None:
        ego = self._ego_actor()
        if self._traffic is not None:
            self._traffic.clear(ego.pose_map.position_m[None], CLEAR_AROUND_START_M)
        self.stage = Stage(
            town=self.town,
            planned=self.planned,
            traffic=self._traffic,
            rng=np.random.default_rng([seed, 2]),
            ego=ego,
            others=(*self._moving(), *parked),
            parked=parked,
        )
        for situation in self.situations:
            situation.begin(self.stage)
        self._move_traffic()
        self._update_state(0)

    def _move_traffic(self) -> None:
        if self._traffic is not None:
            self._traffic.step(self._ego_actor(), self.stage.states())

    def _update_state(self, tick: int) -> None:
        """Collect the state of everything after a tick."""
        ego, t_s = self._ego_actor(), tick * TICK_PERIOD_S
        stage = self.stage
        stage.tick, stage.t_s, stage.ego = tick, t_s, ego
        stage.others = (*self._moving(), *stage.parked)
        self._progress.update(ego.pose_map.position_m)
        stage.ego_arc_m = self._progress.arc_m
        actors = sorted((*stage.others, *stage.states()), key=lambda actor: actor.id)
        lights = {} if self._traffic is None else self._traffic.lights()
        weather = self._weather_here()
        self.ego.grip_share = 1.0 if weather is None else weather.grip_share
        self.state = WorldState(
            tick=tick, t_s=t_s, ego=ego, actors=tuple(actors), lights=lights, weather=weather
        )

    def _weather_here(self) -> Weather | None:
        if self.weather is None:
            return None
        return self.weather.at(100.0 * self.stage.ego_arc_m / self.planned.route.length_m)

    def _moving(self) -> list[ActorState]:
        return [] if self._traffic is None else self._traffic.actors()

    def _ego_actor(self) -> ActorState:
        return ActorState(
            id=EGO_ID,
            kind=ActorKind.CAR,
            type_id=EGO_TYPE,
            role=self._config.role_name,
            pose_map=self.ego.pose_map,
            speed_mps=self.ego.speed_mps,
            extent_m=self._config.vehicle.extent_m,
            is_braking=self._is_braking,
            color_rgb=EGO_COLOR,
        )


def _park(town: Town, share: float, rng: np.random.Generator) -> tuple[ActorState, ...]:
    """Return the parked cars; ``share`` is the probability that a slot is taken."""
    kinds = (ActorKind.CAR, ActorKind.CAR, ActorKind.SUV, ActorKind.VAN)
    parked = []
    for number, slot in enumerate(town.parking_slots_map):
        kind = kinds[int(rng.integers(len(kinds)))]
        look = pick_look(kind, rng)
        shift_m, is_taken = float(rng.uniform(-0.3, 0.3)), rng.random() < share
        if not is_taken:
            continue
        x_m, y_m = slot.transform([shift_m, 0.0])
        parked.append(
            ActorState(
                id=FIRST_PARKED_ID + number,
                kind=kind,
                type_id=look.type_id,
                role='parked',
                pose_map=Pose2(float(x_m), float(y_m), slot.yaw_rad),
                speed_mps=0.0,
                extent_m=MODELS[kind].extent_m,
                color_rgb=look.color_rgb,
            )
        )
    return tuple(parked)
