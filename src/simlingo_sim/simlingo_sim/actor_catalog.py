# SPDX-License-Identifier: Apache-2.0
"""Sizes, blueprint names and colours of road users and objects."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from simlingo_sim.state import ActorKind

STRIDE_M = 1.4
PAINTS = (
    (228, 229, 231),
    (30, 31, 34),
    (128, 131, 136),
    (74, 78, 84),
    (164, 28, 30),
    (28, 60, 128),
    (190, 192, 196),
    (36, 78, 58),
    (196, 160, 60),
    (108, 62, 38),
)
CLOTHES = (
    (186, 40, 44),
    (38, 70, 150),
    (60, 60, 66),
    (220, 190, 70),
    (70, 120, 70),
    (200, 200, 205),
    (130, 70, 120),
    (210, 120, 50),
)


@dataclass(frozen=True)
class ActorModel:
    """Size and names of one kind of road user or object.

    Attributes:
        extent_m: half length, half width, half height of the bounding box.
        type_ids: CARLA blueprints of about this size.
        sumo_class: its vehicle class in SUMO.
    """

    extent_m: tuple[float, float, float]
    type_ids: tuple[str, ...]
    sumo_class: str


MODELS = {
    ActorKind.CAR: ActorModel(
        (2.25, 0.92, 0.74),
        ('vehicle.audi.tt', 'vehicle.toyota.prius', 'vehicle.seat.leon', 'vehicle.tesla.model3'),
        'passenger',
    ),
    ActorKind.SUV: ActorModel(
        (2.35, 0.97, 0.88),
        ('vehicle.nissan.patrol_2021', 'vehicle.jeep.wrangler_rubicon', 'vehicle.audi.etron'),
        'passenger',
    ),
    ActorKind.VAN: ActorModel(
        (2.8, 1.0, 1.15), ('vehicle.mercedes.sprinter', 'vehicle.ford.ambulance'), 'delivery'
    ),
    ActorKind.TRUCK: ActorModel(
        (4.0, 1.25, 1.65), ('vehicle.carlamotors.carlacola', 'vehicle.tesla.cybertruck'), 'truck'
    ),
    ActorKind.BICYCLE: ActorModel(
        (0.9, 0.3, 0.9), ('vehicle.bh.crossbike', 'vehicle.diamondback.century'), 'bicycle'
    ),
    ActorKind.PEDESTRIAN: ActorModel(
        (0.3, 0.3, 0.9),
        ('walker.pedestrian.0001', 'walker.pedestrian.0012', 'walker.pedestrian.0023'),
        'pedestrian',
    ),
    ActorKind.CONE: ActorModel((0.2, 0.2, 0.4), ('static.prop.constructioncone',), 'passenger'),
    ActorKind.WARNING_SIGN: ActorModel(
        (0.3, 0.8, 0.8), ('static.prop.trafficwarning',), 'passenger'
    ),
}


@dataclass(frozen=True)
class Look:
    """Appearance of one road user: CARLA blueprint and colour, 0 to 255."""

    type_id: str
    color_rgb: tuple[int, int, int]


def pick_look(kind: ActorKind, rng: np.random.Generator) -> Look:
    """Return a random blueprint and colour for a kind of road user."""
    model = MODELS[kind]
    colors = CLOTHES if kind is ActorKind.PEDESTRIAN else PAINTS
    type_id = model.type_ids[int(rng.integers(len(model.type_ids)))]
    color = colors[int(rng.integers(len(colors)))]
    return Look(type_id, (230, 90, 20) if kind.is_static else color)
