# SPDX-License-Identifier: Apache-2.0
"""Read a bag message by message: MCAP or SQLite, split, compressed, or without an end.

    with BagReader(Path('drive')) as bag:
        for topic, time_ns, data in bag.messages(topics):
            message = bag.deserialize(topic, data)

No ROS is needed.  A bag is streamed; the memory does not grow with its length.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from rosbags.interfaces import Connection, MessageDefinitionFormat
from rosbags.rosbag2 import Reader, ReaderError
from rosbags.typesys import Stores, get_types_from_idl, get_types_from_msg, get_typestore
from rosbags.typesys.store import Typestore

from simlingo_core.errors import BackendError, ConfigError
from simlingo_ros.bag_recovery import cut_files, natural_order, recover
from simlingo_ros.definitions import full_definition

SUFFIXES = ('.mcap', '.db3')
NANOSECONDS = 1_000_000_000
# How rosbags writes the path of a bag in its errors.
PATHS = re.compile(r"\[?\w*Path\('([^']*)'\)\]?")
# What a broken file makes rosbags and the libraries below it raise.
READ_ERRORS = (ReaderError, OSError, sqlite3.Error, EOFError, ValueError, AssertionError)


@dataclass(frozen=True)
class Topic:
    """One topic of a bag.

    Attributes:
        name, type: as recorded.
        count: of its messages.
        type_hash: RIHS01 hash; empty: the bag is of ROS 2 Humble or older.
        connections: of the files of the bag.
    """

    name: str
    type: str
    count: int
    type_hash: str
    connections: tuple[Connection, ...]


class BagReader:
    """An open bag.

    Args:
        path: folder of a bag, or one of its files (``.mcap``, ``.db3``).

    Attributes:
        topics: of the bag by name.
        recovered: number of messages if the bag has no end because its recorder was killed, which
            are then all that is read; None: it is whole.

    Raises:
        ConfigError: there is no bag, or it cannot be read.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.recovered: int | None = None
        self._stack = ExitStack()
        self._stores: dict[str, Typestore] = {}
        try:
            self._readers = [self._open(file) for file in self._files()]
        except READ_ERRORS as error:
            self._stack.close()
            raise self._refuse(error) from error
        except BaseException:
            self._stack.close()
            raise
        self.topics = self._find_topics()

    def __enter__(self) -> BagReader:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close all files."""
        self._stack.close()

    @property
    def start_ns(self) -> int:
        """Time of the first message; 0: there is none."""
        return min((r.start_time for r in self._readers if r.message_count), default=0)

    @property
    def end_ns(self) -> int:
        """Time of the last message; 0: there is none."""
        return max((r.end_time - 1 for r in self._readers if r.message_count), default=0)

    def messages(
        self,
        names: Iterable[str] | None = None,
        *,
        start_s: float = 0.0,
        duration_s: float | None = None,
    ) -> Iterator[tuple[Topic, int, bytes]]:
        """Yield topic, time of recording [ns] and content of the messages, in their order.

        Args:
            names: of the topics; None: all.
            start_s: where to begin, after the first message of the bag.
            duration_s: for how long; None: to the end.

        Raises:
            ConfigError: the bag breaks off in an unreadable place.
        """
        wanted = set(self.topics if names is None else names)
        start_ns = self.start_ns + round(start_s * NANOSECONDS) if start_s > 0.0 else None
        stop_ns = None
        if duration_s is not None:
            stop_ns = (start_ns or self.start_ns) + round(duration_s * NANOSECONDS)
        for reader in self._readers:
            connections = [c for c in reader.connections if c.topic in wanted]
            if not connections:
                continue
            try:
                for connection, time_ns, data in reader.messages(connections, start_ns, stop_ns):
                    yield self.topics[connection.topic], time_ns, bytes(data)
            except READ_ERRORS as error:
                raise self._refuse(error) from error

    def deserialize(self, topic: Topic, data: bytes) -> Any:
        """Return a message as an object with the fields of its type.

        The installed definition of the type is used, else the one in the bag.

        Raises:
            BackendError: neither is there.
            ConfigError: the content does not fit the type.
        """
        if topic.type not in self._stores:
            self._stores[topic.type] = self._store_of(topic)
        try:
            return self._stores[topic.type].deserialize_cdr(data, topic.type)
        except Exception as error:
            raise ConfigError(
                f'a message of {topic.name} in {self.path} is no {topic.type}: {error}; the bag '
                'is damaged, or was recorded with another definition of the type'
            ) from error

    def _files(self) -> list[Path]:
        """Return what is to be opened: the bag as a whole, or its files one by one."""
        cut = cut_files(self.path)
        if cut:
            folder = self._stack.enter_context(TemporaryDirectory(prefix='simlingo_bag_'))
            self.recovered = recover(cut, Path(folder) / 'bag')
            return [Path(folder) / 'bag']
        if self.path.is_dir() and not (self.path / 'metadata.yaml').is_file():
            files = [file for file in self.path.iterdir() if file.suffix in SUFFIXES]
            if not files:
                raise ConfigError(
                    f'{self.path} is no bag: it has no metadata.yaml and no .mcap or .db3 file'
                )
            return natural_order(files)
        return [self.path]

    def _open(self, file: Path) -> Reader:
        reader = Reader(file)
        reader.open()
        self._stack.callback(reader.close)
        return reader

    def _find_topics(self) -> dict[str, Topic]:
        topics: dict[str, Topic] = {}
        for connection in (c for reader in self._readers for c in reader.connections):
            known = topics.get(connection.topic)
            if known is None:
                topics[connection.topic] = Topic(
                    connection.topic,
                    connection.msgtype,
                    connection.msgcount,
                    connection.digest,
                    (connection,),
                )
            elif known.type == connection.msgtype:
                topics[connection.topic] = Topic(
                    known.name,
                    known.type,
                    known.count + connection.msgcount,
                    known.type_hash or connection.digest,
                    (*known.connections, connection),
                )
        return topics

    def _store_of(self, topic: Topic) -> Typestore:
        """Return a type store that knows the type of a topic."""
        try:
            types = get_types_from_msg(full_definition(topic.type), topic.type)
        except BackendError:
            definition = topic.connections[0].msgdef
            if definition.format is MessageDefinitionFormat.NONE or not definition.data:
                raise
            is_idl = definition.format is MessageDefinitionFormat.IDL
            types = (
                get_types_from_idl(definition.data)
                if is_idl
                else get_types_from_msg(definition.data, topic.type)
            )
        store = get_typestore(Stores.EMPTY)
        store.register(types)
        return store

    def _refuse(self, error: Exception) -> ConfigError:
        reason = PATHS.sub(r'\1', str(error)) or type(error).__name__
        return ConfigError(f'cannot read the bag {self.path}: {reason}')
