# SPDX-License-Identifier: Apache-2.0
"""The files of a recording: flushed every second, split on request, clear about a full disk.

A split bag is a folder with ``NAME_0.mcap``, ``NAME_1.mcap``, ..., each readable by itself, and a
metadata.yaml that lists the complete ones from the first split on.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

import yaml
from rosbags.interfaces import Connection
from rosbags.interfaces import Qos as BagQos
from rosbags.rosbag2 import CompressionFormat, CompressionMode, StoragePlugin, Writer
from rosbags.rosbag2.errors import WriterError
from rosbags.rosbag2.storage_mcap import McapWriter

from simlingo_core.errors import BackendError, ConfigError
from simlingo_core.files import write_atomically
from simlingo_ros.bag_format import BAG_VERSION, type_hash
from simlingo_ros.definitions import full_definition

METADATA_KEY = 'rosbag2_bagfile_information'


class BagFile:
    """An MCAP bag that is being written.

    Args:
        path: folder to create.
        version: of the metadata; 8 is read by ROS 2 Humble, 9 by Jazzy and later.
        is_compressed: compress with zstd.
        split_bytes: begin a new file when one has so many bytes; 0: never.
        split_s: begin a new file when one spans so much time; 0: never.
        keep_files: keep so many complete files, and remove older ones; 0: keep all.

    Raises:
        ConfigError: the folder exists already, a limit is negative, or files are to be removed
            and the bag is not split.
    """

    def __init__(
        self,
        path: Path,
        version: Literal[8, 9] = BAG_VERSION,
        *,
        is_compressed: bool = False,
        split_bytes: int = 0,
        split_s: float = 0.0,
        keep_files: int = 0,
    ) -> None:
        if split_bytes < 0 or split_s < 0.0:
            raise ConfigError(
                f'files are split after {split_bytes} bytes or {split_s:g} s; expected 0 (never) '
                'or more'
            )
        if keep_files < 0 or (keep_files and not (split_bytes or split_s)):
            raise ConfigError(
                f'{keep_files} files are to be kept; expected 0 (all) or more, and with more than '
                '0 a limit after which a new file begins'
            )
        self._keep_files = keep_files
        self._path, self._split_bytes, self._split_ns = path, split_bytes, round(split_s * 1e9)
        self._is_split = bool(split_bytes or split_s)
        self._mode = CompressionMode.STORAGE if is_compressed else CompressionMode.NONE
        self._parts: list[dict[str, Any]] = []
        self._removed = 0
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            self._writer = Writer(path, version=version, storage_plugin=StoragePlugin.MCAP)
            if is_compressed:
                self._writer.set_compression(CompressionMode.STORAGE, CompressionFormat.ZSTD)
            self._writer.open()
        except WriterError as error:
            raise ConfigError(f'cannot record into {path}: {error}; name a new folder') from error
        self._number_file()
        self._is_open = True

    def add_topic(self, topic: str, type_name: str, offered: Sequence[BagQos]) -> Connection:
        """Add a topic with its type's definition and the publishers' quality of service.

        Raises:
            BackendError: the type is not installed.
        """
        definition, digest = full_definition(type_name), type_hash(type_name)
        return self.add_topic_as(topic, type_name, definition, digest, offered)

    def add_topic_as(
        self, topic: str, type_name: str, definition: str, digest: str, offered: Sequence[BagQos]
    ) -> Connection:
        """Add a topic whose type need not be installed, with its definition and RIHS01 hash."""
        return self._writer.add_connection(
            topic, type_name, msgdef=definition, rihs01=digest, offered_qos_profiles=offered
        )

    def write(self, connection: Connection, time_ns: int, data: bytes) -> None:
        """Write a message.

        Raises:
            BackendError: the disk is full or gone; the bag is closed.
        """
        try:
            if self._is_split and self._is_full(time_ns):
                self._begin_next_file()
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
            self._close_file()
        except OSError as error:
            self._give_up(error)

    def _is_full(self, time_ns: int) -> bool:
        storage, writer = self._writer.storage, self._writer
        if not isinstance(storage, McapWriter) or not any(writer.counts.values()):
            return False
        size = storage.bio.tell() + storage.chunk.bio.tell()
        is_large = 0 < self._split_bytes <= size
        return is_large or 0 < self._split_ns <= time_ns - writer.min_timestamp

    def _begin_next_file(self) -> None:
        """Close this file and go on in the next, which knows the same topics."""
        self._close_file()
        writer = self._writer
        writer.storage = storage = McapWriter(self._path, self._mode)
        self._number_file()
        for message_type in dict.fromkeys(c.msgtype for c in writer.connections):
            storage.add_msgtype(next(c for c in writer.connections if c.msgtype == message_type))
        qos_texts = {
            topic['topic_metadata']['name']: topic['topic_metadata']['offered_qos_profiles']
            for topic in self._parts[-1]['topics_with_message_count']
        }
        for connection in writer.connections:
            qos = qos_texts[connection.topic]
            text = qos if isinstance(qos, str) else yaml.safe_dump(qos, default_flow_style=False)
            storage.add_connection(connection, text.strip())
        writer.counts = dict.fromkeys(writer.counts, 0)
        writer.min_timestamp, writer.max_timestamp = 2**63 - 1, 0

    def _number_file(self) -> None:
        """Name the file that has just been opened after its place in the bag."""
        storage = self._writer.storage
        if self._is_split and isinstance(storage, McapWriter):
            number = self._removed + len(self._parts)
            storage.path = storage.path.rename(
                storage.path.with_stem(f'{storage.path.stem}_{number}')
            )

    def _close_file(self) -> None:
        """Write the index of this file, and the metadata of all files."""
        self._writer.close()
        if not self._is_split:
            return
        path = self._path / 'metadata.yaml'
        self._parts.append(yaml.safe_load(path.read_text(encoding='utf-8'))[METADATA_KEY])
        self._remove_oldest()
        text = yaml.safe_dump({METADATA_KEY: _merged(self._parts)}, sort_keys=False)
        write_atomically(path, text)

    def _remove_oldest(self) -> None:
        while self._keep_files and len(self._parts) > self._keep_files:
            for name in self._parts.pop(0)['relative_file_paths']:
                (self._path / name).unlink(missing_ok=True)
            self._removed += 1

    def _give_up(self, error: OSError) -> None:
        self._is_open = False
        raise BackendError(
            f'cannot write into {self._path}: {error.strerror or error}; the recording ends here; '
            'free some space and record into a new folder'
        ) from error


def _merged(parts: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Return the metadata of a split bag from those of its files, oldest first."""
    files = [file for part in parts for file in part['files']]
    filled = [file for file in files if file['message_count']] or files
    starts = [file['starting_time']['nanoseconds_since_epoch'] for file in filled]
    ends = [
        start + file['duration']['nanoseconds'] for start, file in zip(starts, filled, strict=True)
    ]
    counts: dict[str, int] = {}
    for topic in (topic for part in parts for topic in part['topics_with_message_count']):
        name = topic['topic_metadata']['name']
        counts[name] = counts.get(name, 0) + topic['message_count']
    # A topic that came late is in the last file only.
    topics = [
        {**topic, 'message_count': counts[topic['topic_metadata']['name']]}
        for topic in parts[-1]['topics_with_message_count']
    ]
    return {
        **parts[-1],
        'relative_file_paths': [path for part in parts for path in part['relative_file_paths']],
        'files': files,
        'starting_time': {'nanoseconds_since_epoch': min(starts)},
        'duration': {'nanoseconds': max(ends) - min(starts)},
        'message_count': sum(part['message_count'] for part in parts),
        'topics_with_message_count': topics,
    }
