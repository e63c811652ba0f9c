# SPDX-License-Identifier: Apache-2.0
"""Record topics into an MCAP bag, as raw bytes, without ``ros2 bag``.

    run_node(lambda: Recorder(Path('episode'), exclude=('/carla/*/*/image',)))

The files are rosbag2 bags with message definitions and type hashes in them: ``ros2 bag``, Foxglove
and ``rosbags`` read them.
"""

from __future__ import annotations

import fnmatch
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal

from rclpy.clock import Clock
from rclpy.clock_type import ClockType
from rclpy.node import Node
from rclpy.qos import DurabilityPolicy, QoSProfile, ReliabilityPolicy
from rosbags.interfaces import Connection

from simlingo_core.errors import BackendError, ConfigError, ContractError
from simlingo_ros.bag_file import BagFile
from simlingo_ros.bag_format import BAG_VERSION, to_bag_qos
from simlingo_ros.endpoints import load_type, qos_profile
from simlingo_ros.interfaces import RECORD_DEPTH, Qos
from simlingo_ros.spin import end_process

DISCOVERY_PERIOD_S = 0.2
FLUSH_PERIOD_S = 0.5
CLOCK_LIMIT_S = 5.0
# What discovery says of a publisher's history is often nothing.
UNKNOWN_DEPTH = 10


class Recorder(Node):
    """Writes every message of the chosen topics into a bag until it is destroyed.

    Topics that appear later are recorded too, latched ones with their last messages.  Stamps are
    of the node's clock.  With ``use_sim_time`` messages wait for the first ``/clock`` and get its
    stamp.  What was received a second ago is on the disk.

    Args:
        path: folder to create.
        topics: shell patterns of the topics to record.
        exclude: shell patterns of topics to leave out.
        duration_s: wall time after which the process ends; None: it does not end by itself.
        at_most_hz: largest number of messages kept per second, by topic.
        version: of the metadata; 8 is read by ROS 2 Humble, 9 by Jazzy and later.
        is_compressed: compress with zstd.
        split_bytes: begin a new file when one has so many bytes; 0: never.
        split_s: begin a new file when one spans so much time; 0: never.
        keep_files: of a split recording, keep so many complete files; 0: keep all.
        options: further arguments of the node.

    Raises:
        ConfigError: the folder exists already, or a rate is not positive.
        BackendError: the disk is full or gone (in a callback).
    """

    def __init__(
        self,
        path: Path,
        *,
        topics: Sequence[str] = ('*',),
        exclude: Sequence[str] = (),
        duration_s: float | None = None,
        at_most_hz: Mapping[str, float] = MappingProxyType({}),
        version: Literal[8, 9] = BAG_VERSION,
        is_compressed: bool = False,
        split_bytes: int = 0,
        split_s: float = 0.0,
        keep_files: int = 0,
        **options: Any,
    ) -> None:
        for topic, rate_hz in at_most_hz.items():
            if not rate_hz > 0.0:
                raise ConfigError(f'the rate of {topic} is {rate_hz} Hz; expected more than 0')
        super().__init__('recorder', **options)
        self._gaps_ns = {topic: round(1e9 / rate_hz) for topic, rate_hz in at_most_hz.items()}
        self.counts: dict[str, int] = {}
        self._patterns, self._exclude = tuple(topics), tuple(exclude)
        self._path = path
        self._file = BagFile(
            path,
            version,
            is_compressed=is_compressed,
            split_bytes=split_bytes,
            split_s=split_s,
            keep_files=keep_files,
        )
        self.get_logger().info(f'records {", ".join(topics)} into {path}')
        self._waiting: list[tuple[Connection, bytes]] = []
        steady = Clock(clock_type=ClockType.STEADY_TIME)
        self.create_timer(DISCOVERY_PERIOD_S, self.discover, clock=steady)
        self.create_timer(FLUSH_PERIOD_S, self._flush, clock=steady)
        self._clock_reminder = self.create_timer(CLOCK_LIMIT_S, self._remind, clock=steady)
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
        try:
            if self._waiting:
                self.get_logger().warning(
                    f'{len(self._waiting)} messages are not recorded: no /clock came'
                )
            self._file.close()
            count = sum(self.counts.values()) - len(self._waiting)
            topics = sum(number > 0 for number in self.counts.values())
            self.get_logger().info(
                f'{count} messages of {topics} topics are recorded in {self._path}'
            )
        finally:
            super().destroy_node()

    def _now_ns(self) -> int:
        """Return the stamp for a message; 0: the clock has not come yet."""
        return int(self.get_clock().now().nanoseconds)

    def _flush(self) -> None:
        """Write what waits for the clock, and bring all to the disk."""
        now_ns = self._now_ns()
        if now_ns > 0:
            for connection, data in self._waiting:
                self._file.write(connection, now_ns, data)
            self._waiting.clear()
        self._file.flush()

    def _remind(self) -> None:
        """Say once that the recording waits for the clock."""
        self._clock_reminder.cancel()
        if self._now_ns() == 0:
            self.get_logger().info(
                f'no /clock for {CLOCK_LIMIT_S:g} s: the recording waits for it; to record with '
                'wall time: simlingo record --wall-time'
            )

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
            connection = self._file.add_topic(
                topic, type_name, [to_bag_qos(_publisher_qos(profile)) for profile in offered]
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
            now_ns = self._now_ns()
            if now_ns == 0:
                self.counts[topic] += 1
                self._waiting.append((connection, data))
                return
            if self._waiting:
                self._flush()
            if last_ns is not None and 0 <= now_ns - last_ns < gap_ns:
                return
            last_ns = now_ns
            self._file.write(connection, now_ns, data)
            self.counts[topic] += 1

        return write


def _publisher_qos(profile: QoSProfile) -> Qos:
    """Return the quality of service of a publisher as discovery describes it."""
    return Qos(
        profile.depth or UNKNOWN_DEPTH,
        is_reliable=profile.reliability == ReliabilityPolicy.RELIABLE,
        is_latched=profile.durability == DurabilityPolicy.TRANSIENT_LOCAL,
    )
