# SPDX-License-Identifier: Apache-2.0
"""The two processes of the image measurement: ``python -m simlingo_ros.bench_process``.

The sender publishes images at a fixed rate; the receiver records the age of each when its
callback has a numpy view of it.  Both read the machine's monotonic clock.
"""

from __future__ import annotations

import argparse
import json
import sys
import time

import numpy as np
import rclpy
from rclpy.executors import SingleThreadedExecutor
from rclpy.node import Node
from sensor_msgs.msg import Image

from simlingo_core.memory import keep_large_blocks
from simlingo_ros.conversions.time import nanoseconds_to_stamp, stamp_to_nanoseconds
from simlingo_ros.endpoints import qos_profile
from simlingo_ros.images import array_to_image, image_to_array
from simlingo_ros.interfaces import Qos

WIDTH, HEIGHT, ENCODING = 1024, 512, 'bgra8'
PATIENCE_S = 20.0


def send(topic: str, duration_s: float, rate_hz: float) -> dict[str, float]:
    """Publish images; the age of an image includes making its message."""
    node = rclpy.create_node('bench_sender')
    publisher = node.create_publisher(Image, topic, qos_profile(Qos(10)))
    frame = np.random.default_rng(0).integers(0, 256, (HEIGHT, WIDTH, 4), dtype=np.uint8)
    end_s = time.monotonic() + PATIENCE_S
    while publisher.get_subscription_count() == 0 and time.monotonic() < end_s:
        time.sleep(0.02)
    time.sleep(0.3)
    count = round(duration_s * rate_hz)
    start_s, start_cpu_s = time.monotonic(), time.process_time()
    for number in range(count):
        time.sleep(max(0.0, start_s + number / rate_hz - time.monotonic()))
        stamp = nanoseconds_to_stamp(time.monotonic_ns())
        publisher.publish(array_to_image(frame, ENCODING, stamp=stamp, frame_id=str(number)))
    elapsed_s = time.monotonic() - start_s
    cpu_percent = 100.0 * (time.process_time() - start_cpu_s) / elapsed_s
    time.sleep(1.0)  # until the last images have arrived
    node.destroy_node()
    return {'sent': count, 'sender_cpu_percent': cpu_percent}


class Receiver(Node):
    """Records number and age of each image."""

    def __init__(self, topic: str, qos: Qos) -> None:
        super().__init__('bench_receiver')
        self.ages_ms: dict[int, float] = {}
        self.last_s = time.monotonic()
        self.checksum = 0
        self.create_subscription(Image, topic, self.receive, qos_profile(qos))

    def receive(self, message: Image) -> None:
        """Take an image."""
        view = image_to_array(message)
        age_ns = time.monotonic_ns() - stamp_to_nanoseconds(message.header.stamp)
        self.checksum += int(view[0, 0, 0])
        self.ages_ms[int(message.header.frame_id)] = age_ns / 1e6
        self.last_s = time.monotonic()


def receive(topic: str, *, is_reliable: bool) -> dict[str, object]:
    """Receive images until none has arrived for two seconds."""
    node = Receiver(topic, Qos(1, is_reliable=is_reliable))
    executor = SingleThreadedExecutor()
    executor.add_node(node)
    start_cpu_s, start_s = time.process_time(), time.monotonic()
    while time.monotonic() - node.last_s < (2.0 if node.ages_ms else PATIENCE_S):
        executor.spin_once(timeout_sec=0.5)
    cpu_percent = 100.0 * (time.process_time() - start_cpu_s) / (time.monotonic() - start_s)
    executor.shutdown()
    node.destroy_node()
    return {'ages_ms': node.ages_ms, 'receiver_cpu_percent': cpu_percent}


def main() -> int:
    """Run one side and print its result as JSON."""
    parser = argparse.ArgumentParser()
    parser.add_argument('side', choices=('send', 'receive'))
    parser.add_argument('--topic', required=True)
    parser.add_argument('--duration-s', type=float, default=60.0)
    parser.add_argument('--rate-hz', type=float, default=20.0)
    parser.add_argument('--best-effort', action='store_true')
    options = parser.parse_args()
    keep_large_blocks()
    rclpy.init(args=[])
    try:
        if options.side == 'send':
            result = dict[str, object](send(options.topic, options.duration_s, options.rate_hz))
        else:
            result = receive(options.topic, is_reliable=not options.best_effort)
    finally:
        rclpy.try_shutdown()
    print(json.dumps(result), flush=True)
    return 0


if __name__ == '__main__':
    sys.exit(main())
