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
    ActorKind.BUS: ActorModel((5.6, 1.27, 1.55), ('vehicle.mitsubishi.fusorosa',), 'bus'),
    ActorKind.MOTORCYCLE: ActorModel(
        (1.1, 0.38, 0.78),
        ('vehicle.kawasaki.ninja', 'vehicle.yamaha.yzf', 'vehicle.harley-davidson.low_rider'),
        'motorcycle',
    ),
    ActorKind.AMBULANCE: ActorModel((2.8, 1.0, 1.25), ('vehicle.ford.ambulance',), 'emergency'),
    ActorKind.POLICE: ActorModel(
        (2.3, 0.94, 0.81), ('vehicle.dodge.charger_police_2020',), 'emergency'
    ),
    ActorKind.CHILD: ActorModel(
        (0.22, 0.22, 0.6), ('walker.pedestrian.0048', 'walker.pedestrian.0049'), 'pedestrian'
    ),
    ActorKind.DOG: ActorModel((0.45, 0.14, 0.33), ('walker.animal.dog',), 'pedestrian'),
    ActorKind.BARRIER: ActorModel((0.25, 0.9, 0.5), ('static.prop.streetbarrier',), 'passenger'),
    ActorKind.CONSTRUCTION_SIGN: ActorModel(
        (0.3, 0.6, 0.85), ('static.prop.constructionsign',), 'passenger'
    ),
    ActorKind.BILLBOARD: ActorModel(
        (0.15, 1.3, 1.9),
        tuple(f'static.prop.billboard.{number}' for number in range(8)),
        'passenger',
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
    colors = CLOTHES if kind.is_walker else PAINTS
    type_id = model.type_ids[int(rng.integers(len(model.type_ids)))]
    color = colors[int(rng.integers(len(colors)))]
    return Look(type_id, (230, 90, 20) if kind.is_static else color)
