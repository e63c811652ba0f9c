# SPDX-License-Identifier: Apache-2.0
"""The publishers of the world's node, and the queue of the commands it takes."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from simlingo_ros import interfaces
from simlingo_ros.lifecycle import StackNode
from simlingo_ros.transforms import TransformBroadcaster
from simlingo_sim.config import SimConfig
from simlingo_sim.preview import Preview
from simlingo_sim.world_messages import PUBLISHED, TOP_CAMERA


class WorldOutputs:
    """Publishes messages by the keys of ``world_messages``.

    Args:
        node: of the world; its configuration has the role name and the camera.
    """

    def __init__(self, node: StackNode[SimConfig]) -> None:
        config = node.config
        self._send: dict[str, Callable[[Any], None]] = {
            key: node.advertise(interface, role=config.role_name, camera=config.camera_id).publish
            for key, interface in _published(config).items()
        }
        top = node.advertise(interfaces.IMAGE, role=config.role_name, camera=TOP_CAMERA)
        self._send['top_image'] = top.publish
        self._send['tf'] = TransformBroadcaster(node).send
        self._previews = [
            self._add_preview(node, key, camera)
            for key, camera in (('image', config.camera_id), ('top_image', TOP_CAMERA))
        ]

    def _add_preview(self, node: StackNode[SimConfig], key: str, camera: str) -> Preview:
        """Have small copies made of the images that are published under a key."""
        publisher = node.advertise(interfaces.PREVIEW, role=node.config.role_name, camera=camera)
        preview = Preview(publisher, self._send[key])
        self._send[key] = preview.publish_image
        return preview

    def publish(self, messages: Iterable[tuple[str, Any]]) -> None:
        """Publish messages, each by the key of its topic."""
        for key, message in messages:
            self._send[key](message)

    def publish_frame(self, messages: Iterable[tuple[str, Any]]) -> None:
        """Publish all messages of a tick, then the small copies of its images."""
        self.publish(messages)
        for preview in self._previews:
            preview.end_tick()


def command_qos(config: SimConfig) -> interfaces.Qos:
    """Return how commands are queued.

    In lockstep none may be lost.  In real time only the newest counts: a world that needs its
    whole tick takes one message in each, so that a queue that is full once would stay full, and
    every command would be late by its length.
    """
    return interfaces.BRIDGE if config.lockstep else interfaces.NEWEST


def small_topics(config: SimConfig) -> list[str]:
    """Return the names of all topics but images."""
    entries = _published(config).values()
    names = [entry.resolve(config.role_name, config.camera_id) for entry in entries]
    return [name for name in names if not name.endswith('/image')]


def _published(config: SimConfig) -> dict[str, interfaces.Interface]:
    return {
        key: interface
        for key, interface in PUBLISHED.items()
        if config.has_odometry or interface is not interfaces.ODOMETRY
    }
