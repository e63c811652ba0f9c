# SPDX-License-Identifier: Apache-2.0
"""Record topics into an mcap bag and play them back, as raw bytes, without ``ros2 bag``.

    run_node(lambda: Recorder(Path('drive'), exclude=('/carla/*/*/image',)))
    run_node(lambda: Replayer(Path('drive'), rate=0.5))

The files are rosbag2 bags (metadata version 9) with message definitions and type hashes in them:
``ros2 bag``, Foxglove and ``rosbags`` read them.
"""

from __future__ import annotations

import fnmatch
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal

from rclpy.clock import Clock
from rclpy.clock_type import ClockType
from rclpy.executors import ExternalShutdownException
from rclpy.node import Node
from rclpy.qos import DurabilityPolicy, ReliabilityPolicy
from rosbags.highlevel import AnyReader
from rosbags.highlevel.anyreader import AnyReaderError
from rosbags.interfaces import (
    Connection,
    QosDurability,
    QosHistory,
    QosLiveliness,
    QosReliability,
    QosTime,
)
from rosbags.interfaces import Qos as BagQos
from rosbags.rosbag2 import StoragePlugin, Writer
from rosbags.rosbag2.errors import WriterError
from rosbags.typesys import Stores, get_types_from_msg, get_typestore

from simlingo_core.checks import number_in_range
from simlingo_core.errors import BackendError, ConfigError, ContractError
from simlingo_ros.definitions import full_definition
from simlingo_ros.endpoints import load_type, qos_profile
from simlingo_ros.interfaces import RECORD_DEPTH, Qos
from simlingo_ros.settings import refuse_unknown

DISCOVERY_PERIOD_S = 0.2
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


class Recorder(Node):
    """Writes every message of the chosen topics into a bag until it is destroyed.

    Topics are found while it runs; latched ones are caught up on.  Stamps are those of the node's
    clock (simulation time with ``use_sim_time``).

    Args:
        path: folder to create.
        topics: shell patterns of the topics to record.
        exclude: shell patterns of topics to leave out.
        duration_s: the process ends after so long (wall time); None: never by itself.
        at_most_hz: by topic, how many messages a second are kept; the others are left out.
        options: of the node.

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
            self.create_timer(duration_s, _end_process, clock=steady)

    def is_wanted(self, topic: str) -> bool:
        """Tell whether a topic is to be recorded; hidden ones never are."""
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
        """Subscribe with what all publishers offer, and write what comes."""
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
                offered_qos_profiles=[_to_bag_qos(qos)],
            )
            message_type = load_type(type_name)
        except (BackendError, ContractError) as error:
            self.counts[topic] = 0  # tell it once
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


class Replayer(Node):
    """Publishes the messages of a bag at the pace they were recorded with.

    Args:
        path: folder or file of the bag.
        topics: shell patterns of the topics to play.
        rate: 2 plays twice as fast.
        start_delay_s: for subscribers to find the publishers.
        wait_for: topics that must have a subscriber before anything is played.
        ends_process: end the process after the last message.
        options: of the node.

    Raises:
        ConfigError: the bag cannot be read, lacks a topic of ``wait_for``, or the rate is not
            positive.
        ContractError: a type differs from the installed one.
        BackendError: a type is not installed.
    """

    def __init__(
        self,
        path: Path,
        *,
        topics: Sequence[str] = ('*',),
        rate: float = 1.0,
        start_delay_s: float = 1.0,
        wait_for: Sequence[str] = (),
        ends_process: bool = True,
        **options: Any,
    ) -> None:
        super().__init__('replayer', **options)
        try:
            self._rate = number_in_range('rate', rate, 0.01, 1000.0)
            self._reader = AnyReader([path])
            self._reader.open()
        except (AnyReaderError, ContractError, OSError) as error:
            raise ConfigError(f'cannot replay {path}: {error}') from error
        self._connections = [
            connection
            for connection in self._reader.connections
            if any(fnmatch.fnmatch(connection.topic, pattern) for pattern in topics)
        ]
        known = [connection.topic for connection in self._connections]
        refuse_unknown(wait_for, known, where=f'bag {path}', what='topic')
        self._publishers_by_topic = {c.topic: self._advertise(c) for c in self._connections}
        self.counts = dict.fromkeys(self._publishers_by_topic, 0)
        self.is_done = threading.Event()
        self._failure: Exception | None = None
        self._stop = threading.Event()
        self._start_delay_s = start_delay_s
        self._awaited = [self._publishers_by_topic[topic] for topic in wait_for]
        if ends_process:
            steady = Clock(clock_type=ClockType.STEADY_TIME)
            self.create_timer(0.1, self._end_when_done, clock=steady)
        self._thread = threading.Thread(target=self._run, name='replay')
        self._thread.start()

    def destroy_node(self) -> None:
        """Stop playing and close the bag."""
        self._stop.set()
        self._thread.join()
        self._reader.close()
        super().destroy_node()

    def _advertise(self, connection: Connection) -> Any:
        """Create the publisher of one topic with the quality of service it was recorded with."""
        installed = type_hash(connection.msgtype)
        if connection.digest and connection.digest != installed:
            raise ContractError(
                f'{connection.topic} was recorded with another {connection.msgtype} '
                f'({connection.digest[:16]}...) than the installed one ({installed[:16]}...)'
            )
        offered = getattr(connection.ext, 'offered_qos_profiles', None)
        qos = _from_bag_qos(offered[0]) if offered else Qos(10)
        return self.create_publisher(
            load_type(connection.msgtype), connection.topic, qos_profile(qos)
        )

    def _run(self) -> None:
        """Play, and leave an error for the main thread to raise."""
        try:
            self._play()
        except Exception as error:
            self._failure = error
        self.is_done.set()

    def _play(self) -> None:
        """Publish all messages, each after the time that passed before it in the bag."""
        steady = Clock(clock_type=ClockType.STEADY_TIME)
        self._stop.wait(self._start_delay_s)
        while not all(publisher.get_subscription_count() for publisher in self._awaited):
            if self._stop.wait(0.05):
                return
        start_ns = steady.now().nanoseconds
        first_ns: int | None = None
        for topic, time_ns, data in self._messages():
            first_ns = time_ns if first_ns is None else first_ns
            due_ns = start_ns + (time_ns - first_ns) / self._rate
            if self._stop.wait(max(0.0, (due_ns - steady.now().nanoseconds) / 1e9)):
                return
            self._publishers_by_topic[topic].publish(data)
            self.counts[topic] += 1
        self._stop.wait(0.2)  # the last messages are on their way

    def _messages(self) -> Iterator[tuple[str, int, bytes]]:
        """Yield topic, time and bytes in the order of the bag."""
        if not self._connections:
            return
        for connection, time_ns, data in self._reader.messages(connections=self._connections):
            yield connection.topic, time_ns, bytes(data)

    def _end_when_done(self) -> None:
        """End the process after the last message, or with the error that came before it."""
        if self._failure is not None:
            raise self._failure
        if self.is_done.is_set():
            _end_process()


def _end_process() -> None:
    """Make ``run_node`` come to an orderly end."""
    raise ExternalShutdownException


def _to_bag_qos(qos: Qos) -> BagQos:
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


def _from_bag_qos(qos: BagQos) -> Qos:
    """Return the quality of service of a recorded topic."""
    return Qos(
        max(qos.depth, 10),
        is_reliable=qos.reliability is not QosReliability.BEST_EFFORT,
        is_latched=qos.durability is QosDurability.TRANSIENT_LOCAL,
    )
