# SPDX-License-Identifier: Apache-2.0
"""Publishes ``<role>`` to base_link, the identity, on ``/tf_static``."""

from __future__ import annotations

from collections.abc import Sequence

from builtin_interfaces.msg import Time

from simlingo_bringup.frames.config import FramesConfig
from simlingo_core.geometry import Pose3
from simlingo_ros.lifecycle import StackNode
from simlingo_ros.spin import run_node
from simlingo_ros.transforms import StaticTransformBroadcaster, make_transform


class FramesNode(StackNode[FramesConfig]):
    """Says that the car's frame of the CARLA bridge is what the stack calls base_link."""

    def __init__(self) -> None:
        super().__init__('frames', FramesConfig)

    def configure(self) -> None:
        """Create the broadcaster."""
        self._broadcaster = StaticTransformBroadcaster(self)

    def activate(self) -> None:
        """Send the transform once; late listeners get it as well."""
        transform = make_transform(
            self.config.role_name, self.config.base_frame, Pose3.identity(), Time()
        )
        self._broadcaster.send([transform])


def main(args: Sequence[str] | None = None) -> int:
    """Run the node."""
    return run_node(FramesNode, args)
