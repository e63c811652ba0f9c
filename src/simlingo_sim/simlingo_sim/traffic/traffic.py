# SPDX-License-Identifier: Apache-2.0
"""Traffic: SUMO in this process, with copies of the ego and of scripted actors.

SUMO is a library with one simulation per process, so there is one ``Traffic`` at a time.  The same
seed gives the same traffic, as long as nothing iterates over sets; every list here is sorted.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import libsumo
import numpy as np
from numpy.typing import NDArray

from simlingo_core.errors import WorldError
from simlingo_core.frame import TICK_PERIOD_S
from simlingo_sim.state import ActorKind, ActorState, LightState, TrafficLight
from simlingo_sim.town.town import Town
from simlingo_sim.traffic.mirror import Mirror
from simlingo_sim.traffic.population import Population, TrafficConfig
from simlingo_sim.traffic.rear_guard import RearGuard
from simlingo_sim.traffic.vehicle_types import define_types

__all__ = ['Traffic', 'TrafficConfig']

WARM_UP_TICKS = 200
KEEP_BUSY_PERIOD_TICKS = 10
FOR_EVER_S = 1e6
AFTER_RELEASE_S = 8.0
LIGHT_STATES = {
    'r': LightState.RED,
    's': LightState.RED,
    'y': LightState.YELLOW,
    'Y': LightState.YELLOW,
    'u': LightState.YELLOW,
    'g': LightState.GREEN,
    'G': LightState.GREEN,
    'o': LightState.OFF,
    'O': LightState.OFF,
}

_running: Traffic | None = None


class Traffic:
    """SUMO with its own road users and copies of all other actors.

    The constructor starts SUMO, inserts the road users and simulates ten seconds.

    Args:
        town: the town; must have a network.
        config: number of road users.
        seed: seed of SUMO and of all random choices.
        closed_edges: ids of edges that traffic must not use.
        ego_extent_m: half length, half width, half height of the ego.

    Raises:
        WorldError: the town has no network, another world of this process is open, or SUMO
            cannot start.
    """

    def __init__(
        self,
        town: Town,
        config: TrafficConfig,
        seed: int,
        *,
        closed_edges: Sequence[str] = (),
        ego_extent_m: tuple[float, float, float] = (2.45, 0.92, 0.745),
    ) -> None:
        global _running
        if town.net_path is None:
            raise WorldError(f'{town.name} has no SUMO network beside it, so it has no traffic')
        if _running is not None:
            raise WorldError('SUMO runs once per process; close the other world first')
        self._town = town
        self._forced: dict[str, tuple[int, int]] = {}
        self._tick = 0
        try:
            libsumo.start(_sumo_command(town, seed))
        except Exception as error:  # libsumo raises its own and plain RuntimeErrors
            raise WorldError(f'SUMO cannot start on {town.net_path}: {error}') from error
        _running = self
        try:
            define_types(ego_extent_m)
            rng = np.random.default_rng([seed, 1])
            self._population = Population(town, rng, closed_edges)
            self._mirror = Mirror(self._population.streets[0])
            self._rear_guard = RearGuard(self._population.sumo_name)
            self._last_seen: list[ActorState] = []
            self._population.fill(config)
            self._settle()
        except Exception:
            self.close()
            raise

    def close(self) -> None:
        """Stop SUMO."""
        global _running
        if _running is self:
            libsumo.close()
            _running = None

    def step(self, ego: ActorState, scripted: Iterable[ActorState]) -> None:
        """Move the copies of the ego and of the scripted actors, then advance SUMO one tick.

        Raises:
            WorldError: a pose is outside of the town, or SUMO did not apply a pose or a phase.
        """
        self._mirror.show(ego, scripted)
        self._rear_guard.watch(ego, self._last_seen)
        libsumo.simulationStep()
        self._tick += 1
        self._mirror.check()
        for tls, (index, link) in self._forced.items():
            if libsumo.trafficlight.getPhase(tls) != index:
                raise WorldError(f'SUMO did not keep light {tls} link {link} in phase {index}')
        if self._tick % KEEP_BUSY_PERIOD_TICKS == 0:
            self._population.keep_busy()

    def actors(self) -> list[ActorState]:
        """Return the road users that SUMO drives, sorted by id."""
        self._last_seen = self._population.actors()
        return list(self._last_seen)

    def lights(self) -> dict[int, LightState]:
        """Return the state of each traffic light by its id."""
        states = {
            tls: libsumo.trafficlight.getRedYellowGreenState(tls)
            for tls in libsumo.trafficlight.getIDList()
        }
        return {
            light.id: LIGHT_STATES.get(states[light.sumo_id][light.link_index], LightState.UNKNOWN)
            for light in self._town.traffic_lights
        }

    # -- commands of situations ------------------------------------------------------------------

    def hold_light(self, light: TrafficLight, wanted: LightState) -> None:
        """Hold a junction in a phase in which ``light`` is red or green.

        Raises:
            WorldError: the junction has no such phase, or SUMO did not switch to it.
        """
        tls, link = light.sumo_id, light.link_index
        phases = libsumo.trafficlight.getAllProgramLogics(tls)[0].phases
        fitting = [
            (phase.duration, -index)
            for index, phase in enumerate(phases)
            if LIGHT_STATES[phase.state[link]] is wanted and 'G' in phase.state.upper()
        ]
        if not fitting:
            raise WorldError(f'light {light.id} has no phase that shows {wanted.name}')
        index = -max(fitting)[1]
        libsumo.trafficlight.setPhase(tls, index)
        libsumo.trafficlight.setPhaseDuration(tls, FOR_EVER_S)
        self._forced[tls] = (index, link)
        shown = libsumo.trafficlight.getRedYellowGreenState(tls)[link]
        if LIGHT_STATES[shown] is not wanted:
            raise WorldError(f'light {light.id} shows {shown!r}; expected {wanted.name}')

    def release_light(self, light: TrafficLight) -> None:
        """Let a junction continue its program from its current phase."""
        if self._forced.pop(light.sumo_id, None) is not None:
            libsumo.trafficlight.setPhaseDuration(light.sumo_id, AFTER_RELEASE_S)

    def clear(self, places_map_m: NDArray[np.float64], radius_m: float) -> None:
        """Remove all vehicles within ``radius_m`` of one of the places, shape (n, 2)."""
        for actor in self.actors():
            gaps = np.hypot(*(places_map_m - actor.pose_map.position_m).T)
            if actor.kind.is_vehicle and gaps.min() < radius_m:
                libsumo.vehicle.remove(self._population.sumo_name(actor.id))
        self._last_seen = []

    def add_vehicle(
        self, kind: ActorKind, edges: Sequence[str], lane_index: int, at_m: float, speed_mps: float
    ) -> int:
        """Insert one vehicle and return its id; SUMO drives it along ``edges``.

        Args:
            kind: kind of vehicle.
            edges: ids of the edges of its route.
            lane_index: index of the lane on the first edge, counted from the right.
            at_m: position of its front along the first edge.
            speed_mps: initial speed.

        Raises:
            WorldError: SUMO did not insert it there.
        """
        return self._population.add_staged(kind, edges, lane_index, at_m, speed_mps)

    def command_speed(self, actor_id: int, speed_mps: float | None, decel_mps2: float) -> None:
        """Command the speed of a staged vehicle; None: it becomes ordinary traffic."""
        name = self._population.sumo_name(actor_id)
        libsumo.vehicle.setDecel(name, decel_mps2)
        libsumo.vehicle.setSpeed(name, -1.0 if speed_mps is None else speed_mps)
        if speed_mps is None:
            self._population.release_staged(actor_id)

    def _settle(self) -> None:
        for tick in range(WARM_UP_TICKS):
            libsumo.simulationStep()
            if tick % KEEP_BUSY_PERIOD_TICKS == 0:
                self._population.keep_busy()


def _sumo_command(town: Town, seed: int) -> list[str]:
    return [
        'sumo',
        '--net-file', str(town.net_path),
        '--step-length', str(TICK_PERIOD_S),
        '--default.action-step-length', '0.1',
        '--seed', str(seed % 2**31),
        '--lanechange.duration', '3',
        '--collision.action', 'none',
        '--time-to-teleport', '-1',
        # Without it, cars that block each other in a junction would wait there for ever; with a
        # much smaller value they drive into an ego that waits there for its left turn.
        '--ignore-junction-blocker', '30',
        '--no-step-log', 'true',
        '--no-warnings', 'true',
        '--xml-validation', 'never',
        '--xml-validation.net', 'never',
    ]  # fmt: skip
