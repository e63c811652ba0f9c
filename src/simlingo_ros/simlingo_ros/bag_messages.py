# SPDX-License-Identifier: Apache-2.0
"""Write messages into a bag without a running graph; the table says their quality of service."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

from rclpy.serialization import serialize_message
from rosbags.interfaces import Connection

from simlingo_ros.bag_file import BagFile
from simlingo_ros.bag_format import BAG_VERSION, to_bag_qos
from simlingo_ros.interfaces import Interface


class MessageBag:
    """A bag that takes messages of the table's interfaces.

    Args:
        path: folder to create.
        namespace: of the stack's own topics, whose names are relative.
        version: of the metadata; 8 is read by ROS 2 Humble, 9 by Jazzy and later.
        is_compressed: compress with zstd.

    Raises:
        ConfigError: the folder exists already.
    """

    def __init__(
        self,
        path: Path,
        *,
        namespace: str = '/simlingo',
        version: Literal[8, 9] = BAG_VERSION,
        is_compressed: bool = False,
    ) -> None:
        self._file = BagFile(path, version, is_compressed=is_compressed)
        self._namespace = namespace.rstrip('/')
        self._connections: dict[str, Connection] = {}

    def __enter__(self) -> MessageBag:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def write(self, interface: Interface, message: Any, time_ns: int) -> None:
        """Write a message.

        Raises:
            BackendError: the disk is full, or the type is not installed.
        """
        name = interface.resolve()
        name = name if name.startswith('/') else f'{self._namespace}/{name}'
        if name not in self._connections:
            self._connections[name] = self._file.add_topic(
                name, interface.type, [to_bag_qos(interface.qos)]
            )
        self._file.write(self._connections[name], time_ns, serialize_message(message))

    def close(self) -> None:
        """Write the index and the metadata.

        Raises:
            BackendError: the disk is full.
        """
        self._file.close()
