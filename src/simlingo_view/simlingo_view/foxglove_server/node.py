# SPDX-License-Identifier: Apache-2.0
"""Hands every topic of the table that a viewer subscribes to over to Foxglove, as it is."""

from __future__ import annotations

import time
from collections.abc import Sequence
from functools import partial
from typing import Any

from simlingo_ros import interfaces
from simlingo_ros.call_queue import CallQueue
from simlingo_ros.definitions import full_definition
from simlingo_ros.endpoints import create_subscription
from simlingo_ros.lifecycle import StackNode
from simlingo_ros.spin import run_node
from simlingo_view.foxglove_server.channels import ChannelServer, Topic
from simlingo_view.foxglove_server.config import FoxgloveConfig


class FoxgloveNode(StackNode[FoxgloveConfig]):
    """Subscribes to what viewers subscribe to; messages are not deserialised."""

    def __init__(self) -> None:
        super().__init__('foxglove', FoxgloveConfig)

    def configure(self) -> None:
        """Open the server."""
        config = self.config
        self._subscriptions_of: dict[str, Any] = {}
        self._interfaces = {
            self.resolve_topic_name(entry.resolve(config.role_name, config.camera_id)): entry
            for entry in interfaces.ALL
            if entry.kind is interfaces.Kind.TOPIC
        }
        self._calls = CallQueue(self, lambda: self.is_active)
        self._own_entities.append(self._calls.destroy)
        self._server = ChannelServer(
            config.host,
            config.port,
            [
                Topic(name, entry.type, full_definition(entry.type))
                for name, entry in self._interfaces.items()
            ],
            lambda wanted: self._calls.call_later(partial(self._follow, wanted)),
        )

    def activate(self) -> None:
        """Say where the server is."""
        self.get_logger().info(
            f'Foxglove can connect to ws://{self.config.host}:{self._server.port}'
        )

    def cleanup(self) -> None:
        """Close the server."""
        self._follow(frozenset())
        self._server.close()

    def _follow(self, wanted: frozenset[str]) -> None:
        """Subscribe to the topics that viewers want, and to no others."""
        for name in set(self._subscriptions_of) - wanted:
            self.destroy_subscription(self._subscriptions_of.pop(name))
        for name in wanted - set(self._subscriptions_of):
            self._subscriptions_of[name] = create_subscription(
                self,
                self._interfaces[name],
                partial(self._send, name),
                role=self.config.role_name,
                camera=self.config.camera_id,
                raw=True,
            )

    def _send(self, name: str, data: bytes) -> None:
        self._server.send(name, data, time.time_ns())


def main(args: Sequence[str] | None = None) -> int:
    """Run the node."""
    return run_node(FoxgloveNode, args)
