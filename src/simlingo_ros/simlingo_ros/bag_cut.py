# SPDX-License-Identifier: Apache-2.0
"""Cut a clip out of a bag: what happened around a moment, with what was latched before it."""

from __future__ import annotations

import fnmatch
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rosbags.interfaces import Connection, MessageDefinitionFormat

from simlingo_core.errors import BackendError, ConfigError
from simlingo_ros.bag_file import BagFile
from simlingo_ros.bag_pace import latched_before
from simlingo_ros.bag_reader import NANOSECONDS, BagReader, Topic
from simlingo_ros.bag_recovery import hash_of

ODOMETRY_TYPE = 'nav_msgs/msg/Odometry'


@dataclass(frozen=True)
class Clip:
    """What was cut.

    Attributes:
        messages: number of them.
        topics: number of topics with messages.
        left_out: topics that could not be copied, each with the reason.
    """

    messages: int
    topics: int
    left_out: tuple[str, ...]


def cut_bag(
    path: Path,
    target: Path,
    *,
    start_s: float,
    end_s: float,
    topics: Sequence[str] = ('*',),
    is_compressed: bool = True,
) -> Clip:
    """Copy a part of a bag into a new one.

    Latched messages from before the part, such as the route, are copied to its beginning; so are
    the newest ones of topics that change seldom (traffic lights), because they were still true.

    Args:
        path: of the bag.
        target: folder to create.
        start_s: stamp of its beginning, as reports print it.
        end_s: stamp of its end.
        topics: shell patterns of the topics to copy.
        is_compressed: compress with zstd.

    Raises:
        ConfigError: the part lies outside of the bag, or the folder exists already.
    """
    with BagReader(path) as bag:
        wanted = [
            t for t in bag.topics.values() if any(fnmatch.fnmatch(t.name, p) for p in topics)
        ]
        _check_range(bag, start_s, end_s)
        begin_ns = round((start_s - stamp_offset_s(bag)) * NANOSECONDS)
        target_bag = BagFile(target, is_compressed=is_compressed)
        try:
            return _Cutter(bag, target_bag, wanted).run(begin_ns, end_s - start_s)
        finally:
            target_bag.close()


def stamp_offset_s(bag: BagReader) -> float:
    """Return by how much stamps differ from the times of recording; 0 where nothing says so.

    A bag that was recorded with wall time has simulation time in its stamps.
    """
    names = [topic.name for topic in bag.topics.values() if topic.type == ODOMETRY_TYPE]
    for topic, time_ns, data in bag.messages(names):
        stamp = bag.deserialize(topic, data).header.stamp
        return float(stamp.sec * NANOSECONDS + stamp.nanosec - time_ns) / NANOSECONDS
    return 0.0


def stamp_range(bag: BagReader) -> tuple[float, float]:
    """Return the first and the last moment of a bag in the time of its stamps."""
    offset_s = stamp_offset_s(bag)
    return bag.start_ns / NANOSECONDS + offset_s, bag.end_ns / NANOSECONDS + offset_s


def _check_range(bag: BagReader, start_s: float, end_s: float) -> None:
    first_s, last_s = stamp_range(bag)
    if not (start_s < end_s and start_s <= last_s and end_s >= first_s):
        raise ConfigError(
            f'the part is {start_s:g} to {end_s:g} s; the bag {bag.path} holds {first_s:.2f} to '
            f'{last_s:.2f} s'
        )


class _Cutter:
    def __init__(self, bag: BagReader, target: BagFile, topics: Sequence[Topic]) -> None:
        self._bag, self._target = bag, target
        self._connections: dict[str, Connection] = {}
        left_out = []
        for topic in topics:
            try:
                self._connections[topic.name] = self._add(topic)
            except BackendError as error:
                left_out.append(f'{topic.name}: {error}')
        self._left_out = tuple(left_out)
        self._written: dict[str, int] = {}

    def run(self, begin_ns: int, length_s: float) -> Clip:
        before_s = max(0.0, (begin_ns - self._bag.start_ns) / NANOSECONDS)
        self._copy_latched(begin_ns, before_s)
        # A part that begins before the bag ends earlier in it.
        after_s = length_s + min(0.0, (begin_ns - self._bag.start_ns) / NANOSECONDS)
        for topic, time_ns, data in self._bag.messages(
            self._connections, start_s=before_s, duration_s=after_s
        ):
            self._write(topic.name, time_ns, data)
        return Clip(sum(self._written.values()), len(self._written), self._left_out)

    def _copy_latched(self, begin_ns: int, before_s: float) -> None:
        for name, data in latched_before(self._bag, self._connections, before_s).items():
            self._write(name, begin_ns, data)

    def _write(self, name: str, time_ns: int, data: bytes) -> None:
        self._target.write(self._connections[name], time_ns, data)
        self._written[name] = self._written.get(name, 0) + 1

    def _add(self, topic: Topic) -> Connection:
        """Add a topic with the definition that the bag has, else the installed one."""
        connection = topic.connections[0]
        offered = getattr(connection.ext, 'offered_qos_profiles', None) or []
        definition = connection.msgdef
        if definition.format is MessageDefinitionFormat.MSG and definition.data:
            digest = topic.type_hash or hash_of(topic.type, definition.data)
            return self._target.add_topic_as(
                topic.name, topic.type, definition.data, digest, offered
            )
        return self._target.add_topic(topic.name, topic.type, offered)
