# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest

from simlingo_core.images import decode_bgr
from simlingo_ros.conversions.time import tick_to_stamp
from simlingo_ros.images import array_to_image
from simlingo_sim.preview import Preview

pytestmark = pytest.mark.ros
PIXELS = np.full((512, 1024, 4), 90, np.uint8)


class Publisher(list):
    listeners = 1

    def get_subscription_count(self):
        return self.listeners

    def publish(self, message):
        self.append(message)


def drive(preview, ticks):
    for tick in ticks:
        preview.publish_image(array_to_image(PIXELS, 'bgra8', stamp=tick_to_stamp(tick)))
        preview.end_tick()


def test_every_second_image_is_half_as_wide_and_comes_after_the_image():
    copies, images = Publisher(), []
    preview = Preview(copies, images.append)
    preview.publish_image(array_to_image(PIXELS, 'bgra8', stamp=tick_to_stamp(7), frame_id='cam'))
    assert (len(images), len(copies)) == (1, 0)
    preview.end_tick()
    drive(preview, range(8, 17))

    assert [copy.header.stamp for copy in copies] == [tick_to_stamp(t) for t in (7, 9, 11, 13, 15)]
    assert len(images) == 10
    assert copies[0].header.frame_id == 'cam'
    assert decode_bgr(copies[0].data.tobytes()).shape == (256, 512, 3)


def test_nothing_is_made_for_nobody_nor_twice_of_one_image():
    copies = Publisher()
    preview = Preview(copies, lambda message: None)
    copies.listeners = 0
    drive(preview, range(4))
    assert not copies
    copies.listeners = 1
    preview.end_tick()
    assert not copies
    # A repeated frame, and an episode that begins anew.
    drive(preview, (8, 8, 0))
    assert [copy.header.stamp for copy in copies] == [tick_to_stamp(8), tick_to_stamp(0)]
