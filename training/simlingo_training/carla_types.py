# SPDX-License-Identifier: Apache-2.0
"""CARLA's type ids of what the files of the data set name, and our kinds of the same things."""

from __future__ import annotations

from simlingo_sim.actor_catalog import MODELS
from simlingo_sim.state import ActorKind

TRAFFIC_LIGHT, STOP_SIGN = 'traffic.traffic_light', 'traffic.stop'
_FIXED = {TRAFFIC_LIGHT: 'traffic_light', STOP_SIGN: 'stop_sign'}
_KINDS = {name: kind.value for kind, model in reversed(MODELS.items()) for name in model.type_ids}
_WORDS = {
    'bike': ActorKind.BICYCLE,
    'century': ActorKind.BICYCLE,
    'omafiets': ActorKind.BICYCLE,
    'ninja': ActorKind.MOTORCYCLE,
    'yzf': ActorKind.MOTORCYCLE,
    'low_rider': ActorKind.MOTORCYCLE,
    'vespa': ActorKind.MOTORCYCLE,
    'ambulance': ActorKind.AMBULANCE,
    'police': ActorKind.POLICE,
    'fusorosa': ActorKind.BUS,
    'firetruck': ActorKind.TRUCK,
    'carlacola': ActorKind.TRUCK,
    'cybertruck': ActorKind.TRUCK,
    'hgv': ActorKind.TRUCK,
    'sprinter': ActorKind.VAN,
    't2': ActorKind.VAN,
    'patrol': ActorKind.SUV,
    'wrangler': ActorKind.SUV,
    'etron': ActorKind.SUV,
    'warning': ActorKind.WARNING_SIGN,
    'barrier': ActorKind.BARRIER,
    'constructionsign': ActorKind.CONSTRUCTION_SIGN,
    'billboard': ActorKind.BILLBOARD,
}
"""Parts of CARLA's type ids that tell the kind; the first that fits counts."""


def type_of_kind(kind: str, type_id: str | None) -> str | None:
    """Return the CARLA type of what slows the expert; None: CARLA has none (a curve).

    Args:
        kind: as ``Reduction.kind``.
        type_id: of the actor, if it is one.
    """
    fixed = {ours: carla for carla, ours in _FIXED.items()}
    return type_id if type_id is not None else fixed.get(kind)


def kind_of_type(type_id: str | None, stored_kind: str | None = None) -> str | None:
    """Return our kind of a CARLA type id; one that is a kind already stays.

    Args:
        type_id: such as ``vehicle.audi.tt``.
        stored_kind: what our own files say beside it; it counts.
    """
    if stored_kind is not None or type_id is None:
        return stored_kind
    if type_id in _FIXED:
        return _FIXED[type_id]
    if type_id in _KINDS:
        return _KINDS[type_id]
    if type_id.startswith('walker.'):
        return ActorKind.PEDESTRIAN.value
    for word, kind in _WORDS.items():
        if word in type_id:
            return kind.value
    if type_id.startswith('static.'):
        return ActorKind.CONE.value
    return ActorKind.CAR.value if type_id.startswith('vehicle.') else type_id
