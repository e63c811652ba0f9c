# SPDX-License-Identifier: Apache-2.0
"""Vehicle types of all actors in SUMO."""

from __future__ import annotations

import libsumo

from simlingo_sim.actor_catalog import MODELS
from simlingo_sim.state import ActorKind

# A class that may use all driving lanes and nothing else.  With SUMO's class 'ignoring' the ego is
# also matched to crossings and walking areas, and libsumo 1.20 crashes at the next step.
STAGED_CLASS = 'custom1'
STAGED_ACCELERATION_MPS2 = 5.0
CYCLIST_MPS = 5.5


def define_types(ego_extent_m: tuple[float, float, float]) -> None:
    """Define the vehicle types of all actors in SUMO."""
    for kind, model in MODELS.items():
        if not kind.is_walker:
            _define_type(kind.value, model.extent_m, model.sumo_class)
        # Closed edges are closed to the classes of ordinary traffic only.  SUMO treats scripted
        # pedestrians as small vehicles.
        staged = f'staged_{kind.value}'
        _define_type(staged, model.extent_m, STAGED_CLASS)
        # A lead vehicle must accelerate like CARLA's ego car, which follows it.
        libsumo.vehicletype.setAccel(staged, STAGED_ACCELERATION_MPS2)
    libsumo.vehicletype.setMaxSpeed(ActorKind.BICYCLE.value, CYCLIST_MPS)
    _define_type('ego', ego_extent_m, STAGED_CLASS)


def _define_type(name: str, extent_m: tuple[float, float, float], sumo_class: str) -> None:
    libsumo.vehicletype.copy('DEFAULT_VEHTYPE', name)
    libsumo.vehicletype.setVehicleClass(name, sumo_class)
    libsumo.vehicletype.setLength(name, 2 * extent_m[0])
    libsumo.vehicletype.setWidth(name, 2 * extent_m[1])
    libsumo.vehicletype.setHeight(name, 2 * extent_m[2])
    libsumo.vehicletype.setAccel(name, 2.0)
    libsumo.vehicletype.setDecel(name, 4.0)
    libsumo.vehicletype.setEmergencyDecel(name, 8.0)
    libsumo.vehicletype.setImperfection(name, 0.2)
    libsumo.vehicletype.setSpeedFactor(name, 0.8)
