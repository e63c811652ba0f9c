# SPDX-License-Identifier: Apache-2.0
"""Which topics a viewer can subscribe to, and a server that hands raw messages over."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from simlingo_core.errors import BackendError

INSTALL = 'python -m pip install -c constraints.txt -r requirements/foxglove.txt'


@dataclass(frozen=True)
class Topic:
    """A topic to offer.

    Attributes:
        name: full name.
        type: such as ``nav_msgs/msg/Path``.
        definition: text of the message with everything it holds, in the form of ROS 2 (ros2msg).
    """

    name: str
    type: str
    definition: str


class ChannelServer:
    """Foxglove's server with one channel for each topic.

    Args:
        host: address to listen on.
        port: 0: any free one.
        topics: to offer.
        on_wanted: called in a thread of the server with the names of the topics that at least
            one viewer has subscribed to, each time they change.

    Raises:
        BackendError: the SDK is not installed, or the port cannot be used.
    """

    def __init__(
        self,
        host: str,
        port: int,
        topics: Iterable[Topic],
        on_wanted: Callable[[frozenset[str]], None],
    ) -> None:
        sdk = _load('foxglove')
        websocket = _load('foxglove.websocket')
        # Kept: the channels of a context that is gone are not advertised.
        self._context = context = sdk.Context()
        self._channels = {
            topic.name: sdk.Channel(
                topic.name,
                schema=sdk.Schema(
                    name=topic.type, encoding='ros2msg', data=topic.definition.encode()
                ),
                message_encoding='cdr',
                context=context,
            )
            for topic in topics
        }
        subscribers: dict[str, int] = {}

        class Listener(websocket.ServerListener):  # type: ignore[misc, name-defined]
            def on_subscribe(self, client: Any, channel: Any) -> None:
                subscribers[channel.topic] = subscribers.get(channel.topic, 0) + 1
                on_wanted(frozenset(name for name, count in subscribers.items() if count > 0))

            def on_unsubscribe(self, client: Any, channel: Any) -> None:
                subscribers[channel.topic] = subscribers.get(channel.topic, 1) - 1
                on_wanted(frozenset(name for name, count in subscribers.items() if count > 0))

        try:
            self._server = sdk.start_server(
                name='SimLingo', host=host, port=port, server_listener=Listener(), context=context
            )
        except Exception as error:  # the SDK documents no type
            raise BackendError(
                f'Foxglove cannot be served on {host}:{port}: {error}; choose another '
                'foxglove_port'
            ) from error

    @property
    def port(self) -> int:
        """Port in use."""
        return int(self._server.port)

    def send(self, topic: str, data: bytes, time_ns: int) -> None:
        """Hand over a message in CDR."""
        self._channels[topic].log(data, log_time=time_ns)

    def close(self) -> None:
        """End all connections."""
        self._server.stop()


def _load(module: str) -> Any:
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise BackendError(f'foxglove:=true needs the package foxglove-sdk: {INSTALL}') from error
