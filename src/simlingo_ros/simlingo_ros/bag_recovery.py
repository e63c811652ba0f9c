# SPDX-License-Identifier: Apache-2.0
"""Reads a recording whose recorder was killed: the file has no end and the folder no metadata.

An MCAP file is a row of records; messages lie in chunks, each complete in itself.  All chunks
before the cut are copied into a new bag.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterable, Iterator
from io import BytesIO
from pathlib import Path

from rosbags.interfaces import Connection
from rosbags.rosbag2 import StoragePlugin, Writer
from rosbags.rosbag2.storage_mcap import (
    decompress,
    get_qos,
    read_bytes,
    read_exact,
    read_sized,
    read_string,
)
from rosbags.typesys import Stores, get_types_from_msg, get_typestore

from simlingo_core.errors import ConfigError
from simlingo_ros.bag_format import BAG_VERSION

MAGIC = b'\x89MCAP0\r\n'
SCHEMA, CHANNEL, MESSAGE, CHUNK = 0x03, 0x04, 0x05, 0x06


def cut_files(path: Path) -> list[Path]:
    """Return the MCAP files of a bag if it has no end; empty: it is whole, or no MCAP bag."""
    files = natural_order(path.glob('*.mcap')) if path.is_dir() else [path]
    files = [file for file in files if file.suffix == '.mcap' and file.is_file()]
    has_metadata = not path.is_dir() or (path / 'metadata.yaml').is_file()
    is_whole = has_metadata and all(_has_end(file) for file in files)
    return [] if is_whole else files


def natural_order(files: Iterable[Path]) -> list[Path]:
    """Return the files of a split bag in the order of recording: _2 before _10."""
    return sorted(files, key=lambda file: ([*map(int, re.findall(r'\d+', file.stem))], file.name))


def recover(files: list[Path], target: Path) -> int:
    """Copy what is whole in cut files into a new bag and return the number of messages.

    Args:
        files: of one bag, in the order of recording.
        target: folder to create.

    Raises:
        ConfigError: there is not one message.
    """
    count = 0
    with Writer(target, version=BAG_VERSION, storage_plugin=StoragePlugin.MCAP) as bag:
        for file in files:
            connections: dict[int, Connection] = {}
            schemas: dict[int, tuple[str, str]] = {}
            for kind, record in _records_in_chunks(file):
                if kind == SCHEMA:
                    _add_schema(record, schemas)
                elif kind == CHANNEL:
                    _add_channel(bag, record, schemas, connections)
                elif kind == MESSAGE:
                    channel, _, time_ns, _ = struct.unpack_from('<HIQQ', record)
                    bag.write(connections[channel], time_ns, record[22:])
                    count += 1
    if count == 0:
        names = ', '.join(str(file) for file in files)
        raise ConfigError(f'{names} has no end and holds no message; the recorder was killed')
    return count


def _has_end(file: Path) -> bool:
    with file.open('rb') as stream:
        size = stream.seek(0, 2)
        stream.seek(max(0, size - len(MAGIC)))
        return stream.read() == MAGIC


def _records_in_chunks(file: Path) -> Iterator[tuple[int, bytes]]:
    """Yield kind and content of the records in all chunks before the cut."""
    with file.open('rb') as stream:
        end = stream.seek(0, 2)
        stream.seek(len(MAGIC))
        while len(head := stream.read(9)) == 9:
            kind, size = struct.unpack('<BQ', head)
            if size > end - stream.tell():
                return  # the cut
            if kind == CHUNK:
                yield from _records(_unpack_chunk(stream.read(size)))
            else:
                stream.seek(size, 1)


def _unpack_chunk(content: bytes) -> bytes:
    stream = BytesIO(content)
    _, _, size, crc = struct.unpack('<QQQI', read_exact(stream, 28))
    compression = read_string(stream)
    return decompress(read_sized(stream), compression, size, crc)


def _records(data: bytes) -> Iterator[tuple[int, bytes]]:
    stream = BytesIO(data)
    while kind := stream.read(1):
        yield kind[0], read_sized(stream)


def _add_schema(record: bytes, schemas: dict[int, tuple[str, str]]) -> None:
    stream = BytesIO(record)
    (ident,) = struct.unpack('<H', read_exact(stream, 2))
    name, _, text = read_string(stream), read_string(stream), read_bytes(stream).decode()
    schemas[ident] = name, text


def _add_channel(
    bag: Writer,
    record: bytes,
    schemas: dict[int, tuple[str, str]],
    connections: dict[int, Connection],
) -> None:
    stream = BytesIO(record)
    ident, schema = struct.unpack('<HH', read_exact(stream, 4))
    if ident in connections:
        return
    topic, _, metadata = read_string(stream), read_string(stream), read_bytes(stream)
    type_name, definition = schemas[schema]
    known = next((c for c in bag.connections if c.topic == topic), None)
    connections[ident] = known or bag.add_connection(
        topic,
        type_name,
        msgdef=definition,
        rihs01=hash_of(type_name, definition),
        offered_qos_profiles=get_qos(metadata),
    )


def hash_of(type_name: str, definition: str) -> str:
    """Return the RIHS01 hash of a type by its definition."""
    store = get_typestore(Stores.EMPTY)
    store.register(get_types_from_msg(definition, type_name))
    return str(store.hash_rihs01(type_name))
