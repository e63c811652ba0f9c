# SPDX-License-Identifier: Apache-2.0
"""Record topics into an MCAP bag, as raw bytes, without ``ros2 bag``.

    run_node(lambda: Recorder(Path('episode'), exclude=('/carla/*/*/image',)))

The files are rosbag2 bags (metadata version 9) with message definitions and type hashes in them:
``ros2 bag``, Foxglove and ``rosbags`` read them.
"""

from __future__ import annotations

import fnmatch
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any

from rclpy.clock import Clock
from rclpy.clock_type import ClockType
from rclpy.node import Node
from rclpy.qos import DurabilityPolicy, ReliabilityPolicy
from rosbags.interfaces import Connection
from rosbags.rosbag2 import StoragePlugin, Writer
from rosbags.rosbag2.errors import WriterError

from simlingo_core.errors import BackendError, ConfigError, ContractError
from simlingo_ros.bag_format import BAG_VERSION, to_bag_qos, type_hash
from simlingo_ros.definitions import full_definition
from simlingo_ros.endpoints import load_type, qos_profile
from simlingo_ros.interfaces import RECORD_DEPTH, Qos
from simlingo_ros.spin import end_process

DISCOVERY_PERIOD_S = 0.2


class Recorder(Node):
    """Writes every message of the chosen topics into a bag until it is destroyed.

    Topics that appear later are recorded too, latched ones with their last messages.  Stamps are
    of the node's clock (simulation time with ``use_sim_time``).

    Args:
        path: folder to create.
        topics: shell patterns of the topics to record.
        exclude: shell patterns of topics to leave out.
        duration_s: wall time after which the process ends; None: it does not end by itself.
        at_most_hz: largest number of messages kept per second, by topic.
        options: further arguments of the node.

    Raises:
        ConfigError: the folder exists already, or a rate is not positive.
    """

    def __init__(
        self,
        path: Path,
        *,
        topics: Sequence[str] = ('*',),
        exclude: Sequence[str] = (),
        duration_s: float | None = None,
        at_most_hz: Mapping[str, float] = MappingProxyType({}),
        **options: Any,
    ) -> None:
        for topic, rate_hz in at_most_hz.items():
            if not rate_hz > 0.0:
                raise ConfigError(f'the rate of {topic} is {rate_hz} Hz; expected more than 0')
        super().__init__('recorder', **options)
        self._gaps_ns = {topic: round(1e9 / rate_hz) for topic, rate_hz in at_most_hz.items()}
        self.counts: dict[str, int] = {}
        self._patterns, self._exclude = tuple(topics), tuple(exclude)
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            self._writer = Writer(path, version=BAG_VERSION, storage_plugin=StoragePlugin.MCAP)
            self._writer.open()
        except WriterError as error:
            raise ConfigError(f'cannot record into {path}: {error}; name a new folder') from error
        self._is_open = True
        steady = Clock(clock_type=ClockType.STEADY_TIME)
        self.create_timer(DISCOVERY_PERIOD_S, self.discover, clock=steady)
        if duration_s is not None:
            self.create_timer(duration_s, end_process, clock=steady)

    def is_wanted(self, topic: str) -> bool:
        """Return whether a topic is to be recorded; hidden topics never are."""
        if '/_' in topic or any(fnmatch.fnmatch(topic, pattern) for pattern in self._exclude):
            return False
        return any(fnmatch.fnmatch(topic, pattern) for pattern in self._patterns)

    def discover(self) -> None:
        """Subscribe to wanted topics that have appeared."""
        for topic, types in self.get_topic_names_and_types():
            if topic not in self.counts and self.is_wanted(topic):
                self._subscribe(topic, types[0])

    def destroy_node(self) -> None:
        """Close the bag and the node."""
        if self._is_open:
            self._is_open = False
            self._writer.close()
        super().destroy_node()

    def _subscribe(self, topic: str, type_name: str) -> None:
        """Record a topic with a quality of service that all its publishers offer."""
        publishers = self.get_publishers_info_by_topic(topic)
        if not publishers:
            return
        offered = [publisher.qos_profile for publisher in publishers]
        qos = Qos(
            RECORD_DEPTH,
            is_reliable=all(o.reliability == ReliabilityPolicy.RELIABLE for o in offered),
            is_latched=all(o.durability == DurabilityPolicy.TRANSIENT_LOCAL for o in offered),
        )
        try:
            connection = self._writer.add_connection(
                topic,
                type_name,
                msgdef=full_definition(type_name),
                rihs01=type_hash(type_name),
                offered_qos_profiles=[to_bag_qos(qos)],
            )
            message_type = load_type(type_name)
        except (BackendError, ContractError) as error:
            self.counts[topic] = 0  # so that it is logged once
            self.get_logger().warning(f'{topic} is not recorded: {error}')
            return
        self.counts[topic] = 0
        self.create_subscription(
            message_type, topic, self._make_write(topic, connection), qos_profile(qos), raw=True
        )

    def _make_write(self, topic: str, connection: Connection) -> Callable[[bytes], None]:
        """Return the callback of one topic."""
        gap_ns = self._gaps_ns.get(topic, 0)
        last_ns: int | None = None

        def write(data: bytes) -> None:
            nonlocal last_ns
            now_ns = self.get_clock().now().nanoseconds
            if last_ns is not None and 0 <= now_ns - last_ns < gap_ns:
                return
            last_ns = now_ns
            self._writer.write(connection, now_ns, data)
            self.counts[topic] += 1

        return write
