# SPDX-License-Identifier: Apache-2.0
"""Copies of the ego and of scripted actors in SUMO, so that its traffic reacts to them."""

from __future__ import annotations

import math
from collections.abc import Iterable

import libsumo

from simlingo_core.errors import WorldError
from simlingo_sim.state import ActorState

EGO_NAME = 'ego'
EGO_ROUTE = 'ego'
NEVER_S = '1000000'
LARGEST_COORDINATE_M = 1e5
TOLERANCE_M = 0.5


class Mirror:
    """Moves the copies in SUMO of actors that are simulated outside of it.

    Args:
        any_edge: id of any edge; SUMO requires a route, which the copies never follow.
    """

    def __init__(self, any_edge: str) -> None:
        libsumo.route.add(EGO_ROUTE, [any_edge])
        libsumo.vehicle.add(EGO_NAME, EGO_ROUTE, typeID=EGO_NAME, depart=NEVER_S)
        self._names: dict[int, str] = {}
        self._shown: list[tuple[str, ActorState]] = []

    def show(self, ego: ActorState, scripted: Iterable[ActorState]) -> None:
        """Move the copies to the poses of the actors, before SUMO's step.

        Raises:
            WorldError: a pose is outside of the town or not finite.
        """
        self._shown = [(EGO_NAME, ego)]
        self._shown += [(self._name(actor), actor) for actor in scripted if _is_in_way(actor)]
        for name, actor in self._shown:
            _move(name, actor)
        present = {actor.id for _, actor in self._shown}
        for actor_id in sorted(set(self._names) - present):
            name = self._names.pop(actor_id)
            if name in libsumo.vehicle.getIDList():
                libsumo.vehicle.remove(name)

    def check(self) -> None:
        """Check, after SUMO's step, that the copies are at the poses of their actors.

        Raises:
            WorldError: a copy is elsewhere.
        """
        for name, actor in self._shown:
            x_m, y_m = libsumo.vehicle.getPosition(name)
            wanted = actor.pose_map.transform([actor.extent_m[0], 0.0])
            gap_m = math.hypot(x_m - wanted[0], y_m - wanted[1])
            if not gap_m < TOLERANCE_M:
                raise WorldError(f'SUMO put actor {actor.id} {gap_m:.1f} m from where it is')

    def _name(self, actor: ActorState) -> str:
        name = self._names.get(actor.id)
        if name is None:
            # The name of a removed vehicle may be used again only after SUMO's next step.
            name = f's{actor.id}'
            self._names[actor.id] = name
            libsumo.vehicle.add(
                name, EGO_ROUTE, typeID=f'staged_{actor.kind.value}', depart=NEVER_S
            )
        return name


def _is_in_way(actor: ActorState) -> bool:
    """Return whether traffic reacts to an actor; not to a pedestrian who waits at the kerb."""
    return not actor.kind.is_walker or actor.speed_mps > 0.0


def _move(name: str, actor: ActorState) -> None:
    # SUMO counts positions to the middle of the front.
    x_m, y_m = actor.pose_map.transform([actor.extent_m[0], 0.0])
    # libsumo does not return from a call with a number that is not finite.
    if not max(abs(x_m), abs(y_m)) < LARGEST_COORDINATE_M:
        raise WorldError(f'actor {actor.id} is at ({x_m}, {y_m}); expected a place in the town')
    angle_deg = math.fmod(450.0 - math.degrees(actor.pose_map.yaw_rad), 360.0)
    libsumo.vehicle.moveToXY(name, '', -1, float(x_m), float(y_m), angle_deg, keepRoute=2)
    libsumo.vehicle.setSpeed(name, max(0.0, actor.speed_mps))
