# SPDX-License-Identifier: Apache-2.0
"""Play a bag back, as raw bytes, without ``ros2 bag``.

run_node(lambda: Replayer(Path('episode'), rate=0.5))
"""

from __future__ import annotations

import fnmatch
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any

from rclpy.clock import Clock
from rclpy.clock_type import ClockType
from rclpy.node import Node
from rosgraph_msgs.msg import Clock as ClockMessage

from simlingo_core.checks import number_in_range
from simlingo_core.errors import BackendError, ConfigError, ContractError
from simlingo_ros.bag_format import from_bag_qos, type_hash
from simlingo_ros.bag_pace import paced
from simlingo_ros.bag_reader import BagReader, Topic
from simlingo_ros.conversions.time import nanoseconds_to_stamp
from simlingo_ros.endpoints import create_publisher, load_type, qos_profile
from simlingo_ros.interfaces import CLOCK_TOPIC, Qos
from simlingo_ros.settings import refuse_unknown
from simlingo_ros.spin import end_process


class Replayer(Node):
    """Publishes the messages of a bag at the pace they were recorded with.

    A topic whose type is not installed is left out with a warning, as ``ros2 bag record -a``
    records topics of types that few machines have.  A recording whose recorder was killed is
    played as far as it goes.

    Args:
        path: folder or file of the bag, MCAP or SQLite.
        topics: shell patterns of the topics to play, by their names in the bag.
        rate: speed relative to the recording; 2 plays twice as fast.
        start_s: where to begin, after the first message of the bag.
        duration_s: how much is played, in the bag's time; None: to the end.
        remaps: topic to publish by topic in the bag.
        start_delay_s: time in which subscribers can find the publishers.
        wait_for: topics that must have a subscriber before anything is played.
        ends_process: end the process after the last message.
        is_looped: begin again after the last message, until the node is destroyed.
        publishes_clock: publish ``/clock`` with the times of the bag; one in the bag is left out.
        options: further arguments of the node.

    Raises:
        ConfigError: the bag cannot be read, lacks a topic of ``wait_for`` or ``remaps`` or any
            message in the chosen time, or a number is out of range.
        ContractError: a type differs from the installed one.
    """

    def __init__(
        self,
        path: Path,
        *,
        topics: Sequence[str] = ('*',),
        rate: float = 1.0,
        start_s: float = 0.0,
        duration_s: float | None = None,
        remaps: Mapping[str, str] = MappingProxyType({}),
        start_delay_s: float = 1.0,
        wait_for: Sequence[str] = (),
        ends_process: bool = True,
        is_looped: bool = False,
        publishes_clock: bool = False,
        **options: Any,
    ) -> None:
        super().__init__('replayer', **options)
        self._rate = number_in_range('rate', rate, 0.01, 1000.0)
        self._start_s, self._duration_s = start_s, duration_s
        self._bag = BagReader(path)
        self._say_what_is_odd()
        played = [
            topic
            for topic in self._bag.topics.values()
            if any(fnmatch.fnmatch(topic.name, pattern) for pattern in topics)
            and not (publishes_clock and topic.name == CLOCK_TOPIC.name)
            and self._is_installed(topic)
        ]
        self._is_looped = is_looped
        self._clock_out = create_publisher(self, CLOCK_TOPIC) if publishes_clock else None
        known = [topic.name for topic in played]
        refuse_unknown([*wait_for, *remaps], known, where=f'bag {path}', what='topic')
        self._publishers_by_topic = {
            topic.name: self._advertise(topic, remaps.get(topic.name, topic.name))
            for topic in played
        }
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
        self._bag.close()
        super().destroy_node()

    def _say_what_is_odd(self) -> None:
        """Warn of a bag without an end; refuse a start behind it."""
        bag = self._bag
        if bag.recovered is not None:
            self.get_logger().warning(
                f'{bag.path} has no end, its recorder was killed; the {bag.recovered} messages in '
                'it are played'
            )
        length_s = (bag.end_ns - bag.start_ns) / 1e9
        if not 0.0 <= self._start_s <= length_s:
            raise ConfigError(
                f'start is {self._start_s:g} s; expected 0 to {length_s:.1f}, as the bag '
                f'{bag.path} is so long'
            )
        if self._duration_s is not None and not self._duration_s > 0.0:
            raise ConfigError(f'duration is {self._duration_s:g} s; expected more than 0')

    def _is_installed(self, topic: Topic) -> bool:
        """Tell whether the type of a topic is installed; warn where it is not."""
        try:
            type_hash(topic.type)
        except BackendError as error:
            self.get_logger().warning(f'{topic.name} is not played: {error}')
            return False
        return True

    def _advertise(self, topic: Topic, name: str) -> Any:
        """Create the publisher of one topic with the quality of service it was recorded with."""
        installed = type_hash(topic.type)
        if topic.type_hash and topic.type_hash != installed:
            raise ContractError(
                f'{topic.name} was recorded with another {topic.type} '
                f'({topic.type_hash[:16]}...) than the installed one ({installed[:16]}...)'
            )
        offered = getattr(topic.connections[0].ext, 'offered_qos_profiles', None)
        qos = from_bag_qos(offered[0]) if offered else Qos(10)
        return self.create_publisher(load_type(topic.type), name, qos_profile(qos))

    def _run(self) -> None:
        """Play; an error is kept for the main thread to raise."""
        try:
            self._play()
        except Exception as error:
            self._failure = error
        self.is_done.set()

    def _play(self) -> None:
        """Publish all messages, each after the time that passed before it in the bag."""
        self._stop.wait(self._start_delay_s)
        while not all(publisher.get_subscription_count() for publisher in self._awaited):
            if self._stop.wait(0.05):
                return
        self._play_once()
        while self._is_looped and any(self.counts.values()) and not self._stop.is_set():
            self._play_once()
        self._stop.wait(0.2)  # until the last messages have arrived

    def _play_once(self) -> None:
        for topic, time_ns, data in paced(
            self._bag,
            self._publishers_by_topic,
            self._stop,
            rate=self._rate,
            start_s=self._start_s,
            duration_s=self._duration_s,
            on_gap=self._say_gap,
        ):
            if self._clock_out is not None:
                self._clock_out.publish(ClockMessage(clock=nanoseconds_to_stamp(time_ns)))
            self._publish(topic, data)

    def _say_gap(self, wait_s: float) -> None:
        self.get_logger().info(f'the bag holds nothing for the next {wait_s:.0f} s')

    def _publish(self, topic: Topic, data: bytes) -> None:
        self._publishers_by_topic[topic.name].publish(data)
        self.counts[topic.name] += 1

    def _end_when_done(self) -> None:
        """End the process after the last message, or with the error that came before it."""
        if self._failure is not None:
            raise self._failure
        if self.is_done.is_set():
            end_process()
