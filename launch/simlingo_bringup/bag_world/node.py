# SPDX-License-Identifier: Apache-2.0
"""Plays the world's topics of a recording, so that the whole stack runs on it.

What the stack itself published is left out.  The role of the recording is replaced by that of the
graph.  Where the recording has no raw images, compressed ones, or those of its observations, are
decoded.  ``/clock`` follows the stamps.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Sequence
from pathlib import Path

from rosgraph_msgs.msg import Clock

from simlingo_bringup.bag_world.config import BagWorldConfig
from simlingo_bringup.bag_world.plan import Played, plan_playback
from simlingo_core.errors import SimlingoError
from simlingo_core.frame import TICK_PERIOD_S
from simlingo_core.images import decode_bgr
from simlingo_ros import interfaces
from simlingo_ros.bag_cut import stamp_offset_s
from simlingo_ros.bag_pace import paced
from simlingo_ros.bag_reader import BagReader
from simlingo_ros.conversions.time import nanoseconds_to_stamp
from simlingo_ros.images import array_to_image
from simlingo_ros.lifecycle import StackNode
from simlingo_ros.spin import run_node

END_POLL_S = 0.1
CLOCK_STEP_NS = round(TICK_PERIOD_S * 1e9)


class BagWorldNode(StackNode[BagWorldConfig]):
    """Publishes a recording; the process ends after its last message."""

    def __init__(self) -> None:
        super().__init__('bag_world', BagWorldConfig)

    def configure(self) -> None:
        """Open the bag and create the publishers."""
        config = self.config
        self._bag = BagReader(Path(config.bag))
        if self._bag.recovered is not None:
            self.get_logger().warning(
                f'{config.bag} has no end; the {self._bag.recovered} messages in it are played'
            )
        self._offset_ns = round(stamp_offset_s(self._bag) * 1e9)
        self._played = plan_playback(self._bag, config.role_name, config.camera_id)
        self._publish = {topic: self._publisher(entry) for topic, entry in self._played.items()}
        self._clock_out = self.advertise(interfaces.CLOCK_TOPIC)
        self._last_clock_ns: int | None = None
        # Control expects a car that hears it; this one drives as it did.
        self.listen(interfaces.CONTROL_COMMAND, lambda _: None, role=config.role_name, watch=False)
        self._stop, self._is_done = threading.Event(), threading.Event()
        self._failure: Exception | None = None
        self.every(END_POLL_S, self._end_when_done, is_wall_time=True)

    def activate(self) -> None:
        """Begin to play."""
        names = ', '.join(sorted(entry.interface.name for entry in self._played.values()))
        self.get_logger().info(f'plays {self.config.bag}: {names}')
        self._thread = threading.Thread(target=self._run, name='bag world')
        self._thread.start()

    def deactivate(self) -> None:
        """Stop playing."""
        self._stop.set()
        self._thread.join()

    def cleanup(self) -> None:
        """Close the bag."""
        self._bag.close()

    def _publisher(self, entry: Played) -> Callable[[bytes], None]:
        """Return what is done with the content of a message."""
        publisher = self.advertise(entry.interface)
        if not entry.is_decoded:
            return publisher.publish

        def publish_image(data: bytes) -> None:
            message = self._bag.deserialize(entry.topic, data)
            image = message.image if hasattr(message, 'image') else message
            if not len(image.data):
                return
            stamp = message.header.stamp
            time = nanoseconds_to_stamp(stamp.sec * 1_000_000_000 + stamp.nanosec)
            pixels = decode_bgr(image.data.tobytes())
            frame_id = f'{self.config.role_name}/{self.config.camera_id}'
            publisher.publish(array_to_image(pixels, 'bgr8', stamp=time, frame_id=frame_id))

        return publish_image

    def _run(self) -> None:
        try:
            self._stop.wait(self.config.start_delay_s)
            self._play_once()
            while self.config.is_looped and not self._stop.is_set():
                self._play_once()
            self._stop.wait(self.config.start_delay_s)  # until the last plans have been made
        except SimlingoError as error:
            self._failure = error
        self._is_done.set()

    def _play_once(self) -> None:
        config = self.config
        for topic, time_ns, data in paced(
            self._bag, self._played, self._stop, rate=config.rate, start_s=config.start_s
        ):
            self._advance_clock(time_ns + self._offset_ns)
            self._publish[topic.name](data)

    def _advance_clock(self, now_ns: int) -> None:
        """Publish the time in steps of a tick, before the first message of each."""
        now_ns -= now_ns % CLOCK_STEP_NS
        if now_ns != self._last_clock_ns:
            self._last_clock_ns = now_ns
            self._clock_out.publish(Clock(clock=nanoseconds_to_stamp(now_ns)))

    def _end_when_done(self) -> None:
        """End the process after the last message.

        Raises:
            SimlingoError: the bag broke off.
        """
        if self._is_done.is_set() and not self._stop.is_set():
            self._stop.set()
            if self._failure is not None:
                self.fatal_error = self._failure
                return
            self.get_logger().info('the recording is over')
            signal.raise_signal(signal.SIGTERM)


def main(args: Sequence[str] | None = None) -> int:
    """Run the node."""
    return run_node(BagWorldNode, args)
