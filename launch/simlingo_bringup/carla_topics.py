# SPDX-License-Identifier: Apache-2.0
"""CARLA's topics as this machine sees them: who publishes, and whether anything arrives."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from simlingo_bringup.doctor import Finding, Status

PREFIXES = ('/carla/', '/clock')
# Sent at every tick by bridge and native output; the rest may be silent for good reasons.
STEADY = ('/clock', '/image', '/camera_info', '/imu', '/gnss', '/odometry', '/vehicle_status')
# On a busy machine the first topic takes a while; the others follow soon.
DISCOVERY_S, DISCOVERY_LIMIT_S, LISTEN_S = 1.0, 6.0, 3.0
_PAGE = 'docs/how-to/carla.md'


@dataclass(frozen=True, kw_only=True)
class TopicFacts:
    """One topic.

    Attributes:
        name: of it.
        publishers: each in words with its quality of service.
        samples: that arrived while it was listened to; None: its type is not installed.
    """

    name: str
    publishers: tuple[str, ...]
    samples: int | None

    @property
    def is_steady(self) -> bool:
        """Whether a message is expected at every tick."""
        return self.name.endswith(STEADY)


def judge_topics(facts: Sequence[TopicFacts], environment: Mapping[str, str]) -> list[Finding]:
    """Return the findings about the topics.

    Args:
        facts: of all topics of CARLA that have a publisher.
        environment: variables of this process.
    """
    domain = environment.get('ROS_DOMAIN_ID') or '0'
    if not facts:
        return [
            Finding(
                check='CARLA topics',
                status=Status.WARNING,
                found=f'none on ROS domain {domain}',
                wanted='those of the bridge, or of a server with --ros2',
                remedy='start one of the two; native output is on domain 0 only: '
                f'ROS_DOMAIN_ID=0; see {_PAGE}',
            )
        ]
    return [_samples(facts), _quality(facts)]


def _samples(facts: Sequence[TopicFacts]) -> Finding:
    steady = [topic for topic in facts if topic.is_steady]
    silent = [topic.name for topic in steady if topic.samples == 0]
    unknown = [topic.name for topic in facts if topic.samples is None]
    remedies = []
    if silent and len(silent) == len(steady):
        remedies.append('nobody ticks the server, or no message gets through: ')
    if silent:
        remedies.append(
            'with a server in a container, export '
            'FASTRTPS_DEFAULT_PROFILES_FILE=docker/fastdds_udp.xml on both sides'
        )
    if unknown:
        remedies.append(f'; types that are not installed: {", ".join(unknown)}')
    return Finding(
        check='CARLA topics',
        status=Status.ERROR if silent else Status.OK,
        found=f'{len(facts)} with a publisher'
        + (f'; no message in {LISTEN_S:g} s on {", ".join(silent)}' if silent else ''),
        wanted='messages on every topic that is sent at each tick',
        remedy=''.join(remedies).lstrip('; '),
    )


def _quality(facts: Sequence[TopicFacts]) -> Finding:
    steady = [topic for topic in facts if topic.is_steady]
    lossy = [t for t in steady if any('best effort' in text for text in t.publishers)]
    words = [f'{topic.name}: {"; ".join(topic.publishers)}' for topic in lossy]
    return Finding(
        check='CARLA topics, QoS',
        status=Status.OK,
        found='; '.join(words) or 'all reliable',
        wanted='reliable, or messages may be lost',
    )


def collect_topic_facts() -> list[TopicFacts]:
    """Look at the domain for some seconds; needs ROS."""
    import rclpy
    from rclpy.executors import SingleThreadedExecutor
    from rclpy.node import Node

    context = rclpy.Context()
    rclpy.init(args=[], context=context)
    node = Node('_simlingo_doctor', context=context, enable_rosout=False)
    executor = SingleThreadedExecutor(context=context)
    executor.add_node(node)
    try:
        end_s = time.monotonic() + DISCOVERY_LIMIT_S
        while not _carla_topics(node) and time.monotonic() < end_s:
            _spin(executor, 0.2)
        _spin(executor, DISCOVERY_S)
        names = _carla_topics(node)
        listeners = [_Listening(node, name, types[0]) for name, types in names]
        listeners = [listener for listener in listeners if listener.publishers]
        _spin(executor, LISTEN_S)
        return [listener.facts() for listener in listeners]
    finally:
        executor.shutdown()
        node.destroy_node()
        rclpy.try_shutdown(context=context)


def _carla_topics(node: Any) -> list[tuple[str, list[str]]]:
    found: list[tuple[str, list[str]]] = node.get_topic_names_and_types()
    return [(name, types) for name, types in found if name.startswith(PREFIXES)]


class _Listening:
    """Counts the messages of one topic."""

    def __init__(self, node: Any, name: str, type_name: str) -> None:
        from rclpy.qos import QoSProfile, ReliabilityPolicy

        from simlingo_core.errors import ContractError
        from simlingo_ros.endpoints import load_type
        from simlingo_ros.listener import describe_publisher

        self._name, self._samples = name, 0
        found = node.get_publishers_info_by_topic(name)
        self.publishers = tuple(describe_publisher(info) for info in found)
        self._is_known = True
        # Asks for least, so that every publisher can be heard.
        profile = QoSProfile(depth=10, reliability=ReliabilityPolicy.BEST_EFFORT)
        if found and all(
            info.qos_profile.reliability == ReliabilityPolicy.RELIABLE for info in found
        ):
            # Stock settings lose images that are sent best effort.
            profile.reliability = ReliabilityPolicy.RELIABLE
        try:
            node.create_subscription(load_type(type_name), name, self._count, profile, raw=True)
        except ContractError:
            self._is_known = False

    def facts(self) -> TopicFacts:
        samples = self._samples if self._is_known else None
        return TopicFacts(name=self._name, publishers=self.publishers, samples=samples)

    def _count(self, _: bytes) -> None:
        self._samples += 1


def _spin(executor: Any, duration_s: float) -> None:
    end_s = time.monotonic() + duration_s
    while (left_s := end_s - time.monotonic()) > 0.0:
        executor.spin_once(timeout_sec=left_s)


def look_at_topics() -> list[Finding]:
    """Return the findings about the topics of CARLA on this domain; none without ROS."""
    try:
        import rclpy  # noqa: F401
    except ImportError:
        return []
    return judge_topics(collect_topic_facts(), os.environ)
