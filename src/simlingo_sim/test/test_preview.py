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


class Wall:
    now_s = 100.0

    def __call__(self):
        return self.now_s


def drive(preview, wall, ticks, tick_s=0.05):
    for tick in ticks:
        wall.now_s += tick_s
        preview.publish_image(array_to_image(PIXELS, 'bgra8', stamp=tick_to_stamp(tick)))
        preview.end_tick()


def test_a_copy_is_half_as_wide_and_comes_after_the_image():
    copies, images = Publisher(), []
    preview = Preview(copies, images.append, Wall())
    preview.publish_image(array_to_image(PIXELS, 'bgra8', stamp=tick_to_stamp(7), frame_id='cam'))
    assert (len(images), len(copies)) == (1, 0)
    preview.end_tick()
    assert len(copies) == 1
    assert copies[0].header.stamp == tick_to_stamp(7)
    assert copies[0].header.frame_id == 'cam'
    assert decode_bgr(copies[0].data.tobytes()).shape == (256, 512, 3)


@pytest.mark.parametrize('tick_s', [0.05, 0.055, 0.08])
def test_twelve_copies_a_second_are_made_whether_the_world_keeps_up_or_not(tick_s):
    copies, images, wall = Publisher(), [], Wall()
    drive(Preview(copies, images.append, wall), wall, range(200), tick_s)
    assert len(images) == 200
    assert len(copies) == pytest.approx(12.0 * 200 * tick_s, abs=2)


def test_nothing_is_made_for_nobody_nor_twice_of_one_image():
    copies, wall = Publisher(), Wall()
    preview = Preview(copies, lambda message: None, wall)
    copies.listeners = 0
    drive(preview, wall, range(4))
    assert not copies
    copies.listeners = 1
    preview.end_tick()
    assert not copies
    # A repeated frame, and an episode that begins anew.
    drive(preview, wall, (8, 8, 0), 1.0)
    assert [copy.header.stamp for copy in copies] == [tick_to_stamp(8), tick_to_stamp(0)]
