# SPDX-License-Identifier: Apache-2.0
"""Transform broadcasters without tf2_ros: same topics, types and quality of service."""

from __future__ import annotations

from collections.abc import Iterable

from builtin_interfaces.msg import Time
from geometry_msgs.msg import Transform, TransformStamped
from rclpy.node import Node
from tf2_msgs.msg import TFMessage

from simlingo_core.geometry import Pose3
from simlingo_ros.conversions.geometry import make_header, pose_to_message, vector_to_vector3
from simlingo_ros.endpoints import create_publisher
from simlingo_ros.interfaces import TF_STATIC, TF_TOPIC


def make_transform(parent: str, child: str, pose: Pose3, stamp: Time) -> TransformStamped:
    """Return the transform that puts ``child`` at ``pose`` in ``parent``."""
    return TransformStamped(
        header=make_header(stamp, parent),
        child_frame_id=child,
        transform=Transform(
            translation=vector_to_vector3(pose.translation_m),
            rotation=pose_to_message(pose).orientation,
        ),
    )


class TransformBroadcaster:
    """Sends transforms that change, on ``/tf``."""

    def __init__(self, node: Node) -> None:
        self._publisher = create_publisher(node, TF_TOPIC)

    def send(self, transforms: Iterable[TransformStamped]) -> None:
        """Publish transforms, all in one message."""
        self._publisher.publish(TFMessage(transforms=list(transforms)))


class StaticTransformBroadcaster:
    """Sends static transforms, on ``/tf_static``; late subscribers receive all of them."""

    def __init__(self, node: Node) -> None:
        self._publisher = create_publisher(node, TF_STATIC)
        self._known: dict[str, TransformStamped] = {}

    def send(self, transforms: Iterable[TransformStamped]) -> None:
        """Publish these transforms together with all that were sent before."""
        self._known.update({transform.child_frame_id: transform for transform in transforms})
        self._publisher.publish(TFMessage(transforms=list(self._known.values())))
