# SPDX-License-Identifier: Apache-2.0
"""Publishers and subscriptions made from the table of interfaces."""

from __future__ import annotations

import importlib
import time
from collections.abc import Callable, Sequence
from typing import Any

from rclpy.node import Node
from rclpy.publisher import Publisher
from rclpy.qos import (
    DurabilityPolicy,
    HistoryPolicy,
    QoSPolicyKind,
    QoSProfile,
    ReliabilityPolicy,
)
from rclpy.qos_overriding_options import QoSOverridingOptions
from rclpy.subscription import Subscription

from simlingo_core.errors import ContractError
from simlingo_ros.interfaces import DEFAULT_CAMERA, DEFAULT_ROLE, Interface, Qos

_POLL_S = 0.05
# Which policies parameters may change; ``qos_overrides`` checks their values before.
QOS_OVERRIDES = QoSOverridingOptions(
    (QoSPolicyKind.DEPTH, QoSPolicyKind.RELIABILITY, QoSPolicyKind.DURABILITY)
)


def load_type(type_name: str) -> Any:
    """Return the class of a type such as ``std_msgs/msg/Bool``.

    Raises:
        ContractError: the name is malformed or the package is not installed.
    """
    try:
        package, kind, name = type_name.split('/')
        return getattr(importlib.import_module(f'{package}.{kind}'), name)
    except (ValueError, ImportError, AttributeError) as error:
        raise ContractError(
            f'interface type {type_name!r} cannot be loaded ({error}); build or source its package'
        ) from error


def qos_profile(qos: Qos) -> QoSProfile:
    """Return the quality of service in rclpy's terms."""
    return QoSProfile(
        history=HistoryPolicy.KEEP_LAST,
        depth=qos.depth,
        reliability=(
            ReliabilityPolicy.RELIABLE if qos.is_reliable else ReliabilityPolicy.BEST_EFFORT
        ),
        durability=(
            DurabilityPolicy.TRANSIENT_LOCAL if qos.is_latched else DurabilityPolicy.VOLATILE
        ),
    )


def create_publisher(
    node: Node,
    interface: Interface,
    *,
    role: str = DEFAULT_ROLE,
    camera: str = DEFAULT_CAMERA,
    qos: Qos | None = None,
) -> Publisher[Any]:
    """Create the publisher of a topic; ``qos`` replaces the table's."""
    return node.create_publisher(
        load_type(interface.type),
        interface.resolve(role, camera),
        qos_profile(qos or interface.qos),
        qos_overriding_options=QOS_OVERRIDES,
    )


def create_subscription(
    node: Node,
    interface: Interface,
    callback: Callable[[Any], None],
    *,
    role: str = DEFAULT_ROLE,
    camera: str = DEFAULT_CAMERA,
    qos: Qos | None = None,
    raw: bool = False,
) -> Subscription[Any]:
    """Create a subscription of a topic; ``qos`` replaces the table's."""
    return node.create_subscription(
        load_type(interface.type),
        interface.resolve(role, camera),
        callback,
        qos_profile(qos or interface.subscription_qos),
        qos_overriding_options=QOS_OVERRIDES,
        raw=raw,
    )


def wait_for_listener(
    node: Node, topics: Sequence[str], listener: str, limit_s: float
) -> list[str]:
    """Wait until a node has subscribed to topics, so that it misses no message of them.

    Args:
        node: any node; the middleware finds subscriptions without the executor.
        topics: full names.
        listener: full name of the node that is to listen.
        limit_s: longest time to wait, wall time.

    Returns:
        The topics that it does not listen to; empty: it listens to all.
    """
    end_s = time.monotonic() + limit_s
    missed = list(topics)
    while True:
        missed = [topic for topic in missed if not _listens(node, topic, listener)]
        if not missed or time.monotonic() >= end_s:
            return missed
        time.sleep(_POLL_S)


def _listens(node: Node, topic: str, listener: str) -> bool:
    infos = node.get_subscriptions_info_by_topic(topic)
    return any(f'{i.node_namespace.rstrip("/")}/{i.node_name}' == listener for i in infos)
