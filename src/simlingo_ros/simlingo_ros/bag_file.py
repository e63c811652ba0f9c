# SPDX-License-Identifier: Apache-2.0
"""The file of a recording: flushed every second, with a clear end on a full disk."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from rosbags.interfaces import Connection
from rosbags.interfaces import Qos as BagQos
from rosbags.rosbag2 import CompressionFormat, CompressionMode, StoragePlugin, Writer
from rosbags.rosbag2.errors import WriterError
from rosbags.rosbag2.storage_mcap import McapWriter

from simlingo_core.errors import BackendError, ConfigError
from simlingo_ros.bag_format import type_hash
from simlingo_ros.definitions import full_definition


class BagFile:
    """An MCAP bag that is being written.

    Args:
        path: folder to create.
        version: of the metadata; 8 is read by ROS 2 Humble, 9 by Jazzy and later.
        is_compressed: compress with zstd.

    Raises:
        ConfigError: the folder exists already.
    """

    def __init__(self, path: Path, version: Literal[8, 9], *, is_compressed: bool) -> None:
        self._path = path
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            self._writer = Writer(path, version=version, storage_plugin=StoragePlugin.MCAP)
            if is_compressed:
                self._writer.set_compression(CompressionMode.STORAGE, CompressionFormat.ZSTD)
            self._writer.open()
        except WriterError as error:
            raise ConfigError(f'cannot record into {path}: {error}; name a new folder') from error
        self._is_open = True

    def add_topic(self, topic: str, type_name: str, offered: Sequence[BagQos]) -> Connection:
        """Add a topic with its type's definition and the publishers' quality of service.

        Raises:
            BackendError: the type is not installed.
        """
        return self._writer.add_connection(
            topic,
            type_name,
            msgdef=full_definition(type_name),
            rihs01=type_hash(type_name),
            offered_qos_profiles=offered,
        )

    def write(self, connection: Connection, time_ns: int, data: bytes) -> None:
        """Write a message.

        Raises:
            BackendError: the disk is full or gone; the bag is closed.
        """
        try:
            self._writer.write(connection, time_ns, data)
        except OSError as error:
            self._give_up(error)

    def flush(self) -> None:
        """Bring all messages so far to the disk, so that a killed recorder loses none of them.

        Raises:
            BackendError: the disk is full or gone; the bag is closed.
        """
        storage = self._writer.storage
        if not self._is_open or not isinstance(storage, McapWriter):
            return
        try:
            if storage.chunk.bio.tell():
                storage.close_chunk()
            storage.bio.flush()
        except OSError as error:
            self._give_up(error)

    def close(self) -> None:
        """Write the index and the metadata.

        Raises:
            BackendError: the disk is full or gone.
        """
        if not self._is_open:
            return
        self._is_open = False
        try:
            self._writer.close()
        except OSError as error:
            self._give_up(error)

    def _give_up(self, error: OSError) -> None:
        self._is_open = False
        raise BackendError(
            f'cannot write into {self._path}: {error.strerror or error}; the recording ends here; '
            'free some space and record into a new folder'
        ) from error
