# SPDX-License-Identifier: Apache-2.0
"""Watchers of the live page without a browser; arguments are its address and their number.

They say ``ready`` once each has got an image.  At the end of their input they say how many seconds
of the world each second of theirs was, then for each of them how many camera images it brought.
"""

from __future__ import annotations

import asyncio
import contextlib
import sys
import time
from dataclasses import dataclass, field

import aiohttp

from simlingo_view.page.messages import CAMERA, IMAGE_HEADER

START_LIMIT_S = 60.0


@dataclass
class Watcher:
    """What one watcher has got: how many images, and the world's time of the newest."""

    images: int = 0
    stamp_s: float = 0.0
    has_image: asyncio.Event = field(default_factory=asyncio.Event)

    async def watch(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        """Count images until the socket closes."""
        async for message in socket:
            if message.type is aiohttp.WSMsgType.BINARY and message.data[0] == CAMERA:
                self.images += 1
                self.stamp_s = IMAGE_HEADER.unpack_from(message.data)[1]
                self.has_image.set()


async def watch(url: str, count: int) -> list[float]:
    """Watch until the input ends; return the world's speed and the images per second of each.

    Raises:
        TimeoutError: no image came to one of them.
    """
    async with aiohttp.ClientSession() as session:
        address = url.partition('?')[0] + 'live'
        sockets = [await session.ws_connect(address) for _ in range(count)]
        watchers = [Watcher() for _ in sockets]
        tasks = [
            asyncio.create_task(watcher.watch(socket))
            for watcher, socket in zip(watchers, sockets, strict=True)
        ]
        first_images = asyncio.gather(*(watcher.has_image.wait() for watcher in watchers))
        await asyncio.wait_for(first_images, START_LIMIT_S)
        print('ready', flush=True)
        loop = asyncio.get_running_loop()
        await loop.run_in_executor(None, sys.stdin.readline)
        begin_s, begin_stamp_s = time.monotonic(), watchers[0].stamp_s
        before = [watcher.images for watcher in watchers]
        await loop.run_in_executor(None, sys.stdin.readline)
        watched_s = time.monotonic() - begin_s
        driven_s = watchers[0].stamp_s - begin_stamp_s
        for task in tasks:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
        for socket in sockets:
            await socket.close()
    got = [watcher.images - images for watcher, images in zip(watchers, before, strict=True)]
    return [driven_s / watched_s, *(images / watched_s for images in got)]


if __name__ == '__main__':
    print(*asyncio.run(watch(sys.argv[1], int(sys.argv[2]))), flush=True)
