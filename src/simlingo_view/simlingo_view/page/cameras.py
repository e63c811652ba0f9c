# SPDX-License-Identifier: Apache-2.0
"""Images of both cameras, as small copies where the world makes them."""

from __future__ import annotations

from typing import Any

from simlingo_ros import interfaces
from simlingo_ros.conversions import stamp_to_seconds
from simlingo_ros.images import image_to_array
from simlingo_ros.lifecycle import StackNode
from simlingo_ros.listener import Listener
from simlingo_view.page.config import PageConfig
from simlingo_view.page.feed import PageFeed

TOP_CAMERA = 'rgb_top'


class PageCameras:
    """Converts images for the feed.

    Args:
        node: of the page.
        feed: takes the images.

    Attributes:
        listeners: for each camera the subscription to small copies, and that to the images.
    """

    def __init__(self, node: StackNode[PageConfig], feed: PageFeed) -> None:
        self._feed = feed
        role = node.config.role_name
        cameras = (
            (node.config.camera_id, self._on_preview, self._on_image),
            (TOP_CAMERA, self._on_top_preview, self._on_top),
        )
        self.listeners: list[tuple[Listener, Listener]] = [
            (
                node.listen(interfaces.PREVIEW, small, role=role, camera=camera, watch=False),
                node.listen(interfaces.IMAGE, full, role=role, camera=camera, watch=False),
            )
            for camera, small, full in cameras
        ]

    def _on_image(self, message: Any) -> None:
        if self._feed.is_image_due():
            t_s = stamp_to_seconds(message.header.stamp)
            self._feed.add_image(image_to_array(message), message.encoding, t_s)

    def _on_preview(self, message: Any) -> None:
        self._feed.add_preview(message.data.tobytes(), stamp_to_seconds(message.header.stamp))

    def _on_top_preview(self, message: Any) -> None:
        self._feed.add_top_preview(message.data.tobytes(), stamp_to_seconds(message.header.stamp))

    def _on_top(self, message: Any) -> None:
        t_s = stamp_to_seconds(message.header.stamp)
        self._feed.add_top(image_to_array(message), message.encoding, t_s)
