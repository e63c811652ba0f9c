# SPDX-License-Identifier: Apache-2.0
"""The live page while the world behind it dies and begins again."""

import asyncio
import itertools
import math
import re
import signal
import threading

import aiohttp
import pytest
from stack_run import wait_until

from simlingo_view.page.messages import CAMERA, IMAGE_HEADER

pytestmark = [pytest.mark.ros, pytest.mark.timeout(400)]


class Watcher:
    """One page that stays open: for each camera image its time and place, in a thread."""

    def __init__(self, url):
        self.images = []
        self._thread = threading.Thread(target=lambda: asyncio.run(self._watch(url)))
        self._thread.start()

    async def _watch(self, url):
        async with aiohttp.ClientSession() as session, session.ws_connect(url + 'live') as socket:
            async for message in socket:
                if message.type is aiohttp.WSMsgType.BINARY and message.data[0] == CAMERA:
                    self.images.append(IMAGE_HEADER.unpack_from(message.data)[1:4])

    @property
    def episodes(self):
        """Images of each episode; a new one begins where time runs backwards."""
        images = list(self.images)
        episodes = [images[:1]]
        for before, image in itertools.pairwise(images):
            if image[0] < before[0]:
                episodes.append([])
            episodes[-1].append(image)
        return episodes

    def has_driven(self, number):
        """Whether the car has moved by 3 m in an episode, counted from 1."""
        images = self.episodes[number - 1] if number <= len(self.episodes) else []
        return bool(images) and math.dist(images[0][1:], images[-1][1:]) > 3.0

    def join(self):
        """Wait until the page has closed."""
        self._thread.join(60.0)
        return not self._thread.is_alive()


def test_a_killed_world_begins_again_before_the_same_page(up):
    run = up(
        'policy:=route',
        'vehicles:=0',
        'pedestrians:=0',
        'page:=true',
        'page_port:=0',
        options=('--graph', 'stack'),
    )
    run.wait_for('live page is at')
    watcher = Watcher(re.search(r'live page is at (http://\S+/)', run.text)[1])
    wait_until(lambda: watcher.has_driven(1), f'driving; {run.text}')
    run.find_node('simlingo_sim').kill()

    run.wait_for('world was ended by SIGKILL; starting it again')
    wait_until(lambda: watcher.has_driven(2), f'driving again; {run.text}')
    assert len(watcher.episodes) == 2
    run.interrupt(signal.SIGINT)
    assert run.wait() == 0, run.text
    assert watcher.join()
