# SPDX-License-Identifier: Apache-2.0
"""Play a bag back, as raw bytes, without ``ros2 bag``.

run_node(lambda: Replayer(Path('episode'), rate=0.5))
"""

from __future__ import annotations

import fnmatch
import re
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from rclpy.clock import Clock
from rclpy.clock_type import ClockType
from rclpy.node import Node
from rosbags.highlevel import AnyReader
from rosbags.highlevel.anyreader import AnyReaderError
from rosbags.interfaces import Connection
from rosgraph_msgs.msg import Clock as ClockMessage

from simlingo_core.checks import number_in_range
from simlingo_core.errors import BackendError, ConfigError, ContractError
from simlingo_ros.bag_format import from_bag_qos, type_hash
from simlingo_ros.bag_recovery import cut_files, recover
from simlingo_ros.conversions.time import nanoseconds_to_stamp
from simlingo_ros.endpoints import create_publisher, load_type, qos_profile
from simlingo_ros.interfaces import CLOCK_TOPIC, Qos
from simlingo_ros.settings import refuse_unknown
from simlingo_ros.spin import end_process

# A longer silence of the bag is logged before it is waited for.
GAP_LOGGED_S = 5.0
# How rosbags writes the path of a bag in its errors.
PATHS = re.compile(r"\[?\w*Path\('([^']*)'\)\]?")


class Replayer(Node):
    """Publishes the messages of a bag at the pace they were recorded with.

    A topic whose type is not installed is left out with a warning, as ``ros2 bag record -a``
    records topics of types that few machines have.  A recording whose recorder was killed is
    played as far as it goes.

    Args:
        path: folder or file of the bag.
        topics: shell patterns of the topics to play.
        rate: speed relative to the recording; 2 plays twice as fast.
        start_delay_s: time in which subscribers can find the publishers.
        wait_for: topics that must have a subscriber before anything is played.
        ends_process: end the process after the last message.
        is_looped: begin again after the last message, until the node is destroyed.
        publishes_clock: publish ``/clock`` with the times of the bag; one in the bag is left out.
        options: further arguments of the node.

    Raises:
        ConfigError: the bag cannot be read, lacks a topic of ``wait_for``, or the rate is not
            positive.
        ContractError: a type differs from the installed one.
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
        is_looped: bool = False,
        publishes_clock: bool = False,
        **options: Any,
    ) -> None:
        super().__init__('replayer', **options)
        try:
            self._rate = number_in_range('rate', rate, 0.01, 1000.0)
            self._recovered = TemporaryDirectory(prefix='simlingo_replay_')
            self._reader = AnyReader([self._whole(path)])
            self._reader.open()
        except (AnyReaderError, ContractError, OSError) as error:
            reason = PATHS.sub(r'\1', str(error))
            raise ConfigError(f'cannot replay {path}: {reason}') from error
        self._connections = [
            connection
            for connection in self._reader.connections
            if any(fnmatch.fnmatch(connection.topic, pattern) for pattern in topics)
            and not (publishes_clock and connection.topic == CLOCK_TOPIC.name)
            and self._is_installed(connection)
        ]
        self._is_looped = is_looped
        self._clock_out = create_publisher(self, CLOCK_TOPIC) if publishes_clock else None
        known = [connection.topic for connection in self._connections]
        refuse_unknown(wait_for, known, where=f'bag {path}', what='topic')
        self._publishers_by_topic = {c.topic: self._advertise(c) for c in self._connections}
        self.counts = dict.fromkeys(self._publishers_by_topic, 0)
        self._path = path
        self.get_logger().info(f'plays {len(self.counts)} topics of {path}')
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
        self.get_logger().info(f'{sum(self.counts.values())} messages of {self._path} were played')
        self._reader.close()
        self._recovered.cleanup()
        super().destroy_node()

    def _whole(self, path: Path) -> Path:
        """Return the path of a bag that has an end: this one, or what can be read of it."""
        files = cut_files(path)
        if not files:
            return path
        target = Path(self._recovered.name) / 'bag'
        count = recover(files, target)
        self.get_logger().warning(
            f'{path} has no end, its recorder was killed; the {count} messages in it are played'
        )
        return target

    def _is_installed(self, connection: Connection) -> bool:
        """Tell whether the type of a topic is installed; warn where it is not."""
        try:
            type_hash(connection.msgtype)
        except BackendError as error:
            self.get_logger().warning(f'{connection.topic} is not played: {error}')
            return False
        return True

    def _advertise(self, connection: Connection) -> Any:
        """Create the publisher of one topic with the quality of service it was recorded with."""
        installed = type_hash(connection.msgtype)
        if connection.digest and connection.digest != installed:
            raise ContractError(
                f'{connection.topic} was recorded with another {connection.msgtype} '
                f'({connection.digest[:16]}...) than the installed one ({installed[:16]}...)'
            )
        offered = getattr(connection.ext, 'offered_qos_profiles', None)
        qos = from_bag_qos(offered[0]) if offered else Qos(10)
        return self.create_publisher(
            load_type(connection.msgtype), connection.topic, qos_profile(qos)
        )

    def _run(self) -> None:
        """Play; an error is kept for the main thread to raise."""
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
        self._play_once(steady)
        while self._is_looped and any(self.counts.values()) and not self._stop.is_set():
            self._play_once(steady)
        self._stop.wait(0.2)  # until the last messages have arrived

    def _play_once(self, steady: Clock) -> None:
        start_ns = steady.now().nanoseconds
        first_ns: int | None = None
        for topic, time_ns, data in self._messages():
            first_ns = time_ns if first_ns is None else first_ns
            due_ns = start_ns + (time_ns - first_ns) / self._rate
            wait_s = max(0.0, (due_ns - steady.now().nanoseconds) / 1e9)
            if wait_s > GAP_LOGGED_S:
                self.get_logger().info(f'the bag holds nothing for the next {wait_s:.0f} s')
            if self._stop.wait(wait_s):
                return
            if self._clock_out is not None:
                self._clock_out.publish(ClockMessage(clock=nanoseconds_to_stamp(time_ns)))
            self._publishers_by_topic[topic].publish(data)
            self.counts[topic] += 1

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
            end_process()
