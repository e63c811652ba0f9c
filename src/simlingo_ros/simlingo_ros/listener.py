# SPDX-License-Identifier: Apache-2.0
"""A subscription that adapts to its publishers and reports incompatible ones."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from rclpy.event_handler import SubscriptionEventCallbacks
from rclpy.node import Node
from rclpy.qos import (
    DurabilityPolicy,
    QoSCompatibility,
    QoSProfile,
    ReliabilityPolicy,
    qos_check_compatible,
)
from rclpy.qos_overriding_options import QoSOverridingOptions
from rclpy.subscription import Subscription
from rclpy.topic_endpoint_info import TopicEndpointInfo

from simlingo_ros.endpoints import QOS_OVERRIDES, load_type, qos_profile
from simlingo_ros.interfaces import DEFAULT_CAMERA, DEFAULT_ROLE, Interface, Qos
from simlingo_ros.monitors import Level, Status
from simlingo_ros.qos_overrides import override_name


class Listener:
    """One subscription of a node.

    ROS 2 transmits nothing from a publisher that offers best effort, as sensor drivers do, to a
    subscription that requests reliable.  If a publisher offers best effort only, and no parameter
    has set the reliability, this subscription is created again with best effort.  Publishers that
    are incompatible for another reason are named in the diagnostics.

    Args:
        node: node of the subscription.
        interface: entry of the table of interfaces.
        callback: takes each message.
        role: role name in the name of the topic.
        camera: camera id in the name of the topic.
        qos: quality of service instead of the table's.
        overrides: names of the parameters that change a quality of service.
    """

    def __init__(
        self,
        node: Node,
        interface: Interface,
        callback: Callable[[Any], None],
        *,
        role: str = DEFAULT_ROLE,
        camera: str = DEFAULT_CAMERA,
        qos: Qos | None = None,
        overrides: frozenset[str] = frozenset(),
    ) -> None:
        self._node, self._callback = node, callback
        self._type_name, self._type = interface.type, load_type(interface.type)
        self._name = interface.resolve(role, camera)
        self.topic = node.resolve_topic_name(self._name)
        self._profile = qos_profile(qos or interface.subscription_qos)
        self._is_fixed = override_name(self.topic, 'subscription', 'reliability') in overrides
        self._subscription: Subscription[Any] | None = self._subscribe(QOS_OVERRIDES)

    def destroy(self) -> None:
        """Remove the subscription; ``resume`` makes it anew."""
        if self._subscription is not None:
            self._node.destroy_subscription(self._subscription)
            self._subscription = None

    def resume(self) -> None:
        """Subscribe again after ``destroy``, with the same quality of service."""
        if self._subscription is None:
            self._subscription = self._subscribe(None)

    def check(self) -> Status | None:
        """Compare the publishers of the topic with this subscription, and adapt if possible.

        Returns:
            A status that names a publisher; None: all publishers are compatible and reliable.
        """
        if self._subscription is None:
            return None
        publishers = self._node.get_publishers_info_by_topic(self.topic)
        wrong_type = [info for info in publishers if info.topic_type != self._type_name]
        if wrong_type:
            return self._wrong_type(wrong_type[0])
        if any(self._is_lacking_reliability(info) for info in publishers):
            self._become_best_effort()
        refused = [info for info in publishers if not self._is_compatible(info)]
        if refused:
            return self._refused(refused[0])
        lossy = [info for info in publishers if _is_best_effort(info.qos_profile)]
        if lossy:
            message = f'{describe_publisher(lossy[0])}; messages may be lost'
            return Status(level=Level.OK, message=message)
        return None

    def _subscribe(self, overrides: QoSOverridingOptions | None) -> Subscription[Any]:
        return self._node.create_subscription(
            self._type,
            self._name,
            self._callback,
            self._profile,
            qos_overriding_options=overrides,
            # rclpy's own would log a publisher that ``check`` adapts to a moment later.
            event_callbacks=SubscriptionEventCallbacks(use_default_callbacks=False),
        )

    def _is_compatible(self, publisher: TopicEndpointInfo) -> bool:
        compatibility, _ = qos_check_compatible(publisher.qos_profile, self._profile)
        return compatibility != QoSCompatibility.ERROR

    def _is_lacking_reliability(self, publisher: TopicEndpointInfo) -> bool:
        is_asked = self._profile.reliability == ReliabilityPolicy.RELIABLE
        return is_asked and not self._is_fixed and _is_best_effort(publisher.qos_profile)

    def _become_best_effort(self) -> None:
        self.destroy()
        self._profile.reliability = ReliabilityPolicy.BEST_EFFORT
        self._subscription = self._subscribe(None)
        self._node.get_logger().info(f'{self.topic} is best effort, as its publisher offers it')

    def _refused(self, publisher: TopicEndpointInfo) -> Status:
        policy, value = 'reliability', 'best_effort'
        if not _is_latched(publisher.qos_profile) and _is_latched(self._profile):
            policy, value = 'durability', 'volatile'
        name = override_name(self.topic, 'subscription', policy)
        message = (
            f'{describe_publisher(publisher)}; this node requests {_words(self._profile)} and '
            f'receives nothing from it; change the publisher, or set {name} to {value}'
        )
        return Status(level=Level.ERROR, message=message)

    def _wrong_type(self, publisher: TopicEndpointInfo) -> Status:
        message = (
            f'{_name(publisher)} publishes {publisher.topic_type}; expected {self._type_name}; '
            'change the publisher, or remap one of the topics'
        )
        return Status(level=Level.ERROR, message=message)


def _is_best_effort(profile: QoSProfile) -> bool:
    return bool(profile.reliability == ReliabilityPolicy.BEST_EFFORT)


def _is_latched(profile: QoSProfile) -> bool:
    return bool(profile.durability == DurabilityPolicy.TRANSIENT_LOCAL)


def _name(publisher: TopicEndpointInfo) -> str:
    return f'{publisher.node_namespace.rstrip("/")}/{publisher.node_name}'


def describe_publisher(publisher: TopicEndpointInfo) -> str:
    """Return a publisher with its quality of service in words."""
    return f'{_name(publisher)} offers {_words(publisher.qos_profile)}'


def _words(profile: QoSProfile) -> str:
    """Return reliability and durability in words, such as *best effort, volatile*."""
    policies = (profile.reliability, profile.durability)
    return ', '.join(policy.name.lower().replace('_', ' ') for policy in policies)
