# SPDX-License-Identifier: Apache-2.0
"""Small copies of images for people to look at, made while somebody listens to them.

A viewer that took the images themselves would have 40 MB a second sent to it; and a copy is made
here while nobody waits for the world, after the last message of a tick.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, Protocol

from simlingo_core.frame import TICK_PERIOD_S
from simlingo_core.images import encode_preview
from simlingo_core.pace import Pace
from simlingo_ros.conversions.time import stamp_to_nanoseconds
from simlingo_ros.images import compressed_message, image_to_array

# Half of the camera's width: this shrinks in a third of the time that other widths take.
WIDTH_PX, QUALITY = 512, 70
# For people, so by their clock: a world that cannot keep up is looked at no less often.
RATE_HZ = 12.0


class Publisher(Protocol):
    """What is needed of a publisher."""

    def get_subscription_count(self) -> int:
        """Return the number of listeners."""
        ...

    def publish(self, message: Any) -> None:
        """Send a message."""
        ...


class Preview:
    """The copies of one camera.

    Args:
        publisher: of the copies.
        publish_image: publishes the image itself.
        clock: wall time [s].
    """

    def __init__(
        self,
        publisher: Publisher,
        publish_image: Callable[[Any], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._publisher, self._publish_image, self._clock = publisher, publish_image, clock
        self._pace = Pace(RATE_HZ, TICK_PERIOD_S)
        self._image: Any = None
        self._last_ns: int | None = None

    def publish_image(self, message: Any) -> None:
        """Publish an image, and keep it until the end of the tick."""
        self._publish_image(message)
        self._image = message

    def end_tick(self) -> None:
        """Publish the copy, if one is due and somebody listens."""
        image, self._image = self._image, None
        if image is None or not self._publisher.get_subscription_count():
            return
        time_ns = stamp_to_nanoseconds(image.header.stamp)
        # A frame may be repeated.
        if time_ns == self._last_ns or not self._pace.takes(self._clock()):
            return
        self._last_ns = time_ns
        jpeg = encode_preview(image_to_array(image), image.encoding, WIDTH_PX, QUALITY)
        header = image.header
        self._publisher.publish(
            compressed_message(jpeg, stamp=header.stamp, frame_id=header.frame_id)
        )
