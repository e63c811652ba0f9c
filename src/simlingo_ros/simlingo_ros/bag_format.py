# SPDX-License-Identifier: Apache-2.0
"""What rosbag2 bags hold beside messages: type hashes and quality of service."""

from __future__ import annotations

from functools import cache
from typing import Literal

from rosbags.interfaces import (
    Qos as BagQos,
)
from rosbags.interfaces import (
    QosDurability,
    QosHistory,
    QosLiveliness,
    QosReliability,
    QosTime,
)
from rosbags.typesys import Stores, get_types_from_msg, get_typestore

from simlingo_ros.definitions import full_definition
from simlingo_ros.interfaces import Qos

BAG_VERSION: Literal[9] = 9
_UNLIMITED = QosTime(9223372036, 854775807)


@cache
def type_hash(type_name: str) -> str:
    """Return the RIHS01 hash of an installed message type.

    Raises:
        BackendError: its package is not installed.
    """
    store = get_typestore(Stores.EMPTY)
    store.register(get_types_from_msg(full_definition(type_name), type_name))
    return str(store.hash_rihs01(type_name))


def to_bag_qos(qos: Qos) -> BagQos:
    """Return the quality of service as bags store it."""
    return BagQos(
        QosHistory.KEEP_LAST,
        qos.depth,
        QosReliability.RELIABLE if qos.is_reliable else QosReliability.BEST_EFFORT,
        QosDurability.TRANSIENT_LOCAL if qos.is_latched else QosDurability.VOLATILE,
        _UNLIMITED,
        _UNLIMITED,
        QosLiveliness.AUTOMATIC,
        _UNLIMITED,
        False,
    )


def from_bag_qos(qos: BagQos) -> Qos:
    """Return the quality of service of a recorded topic."""
    return Qos(
        max(qos.depth, 10),
        is_reliable=qos.reliability is not QosReliability.BEST_EFFORT,
        is_latched=qos.durability is QosDurability.TRANSIENT_LOCAL,
    )
