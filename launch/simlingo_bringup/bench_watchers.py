# SPDX-License-Identifier: Apache-2.0
"""Watchers of the live page without a browser; arguments are its address and their number.

They say ``ready`` once all are connected, and at the end of their input how many camera images
each second brought to each of them.
"""

from __future__ import annotations

import asyncio
import contextlib
import sys
import time

import aiohttp

CAMERA = 0


async def watch(url: str, count: int) -> list[float]:
    """Watch until the input ends; return the images per second of each watcher."""
    async with aiohttp.ClientSession() as session:
        address = url.partition('?')[0] + 'live'
        sockets = [await session.ws_connect(address) for _ in range(count)]
        counts = [0] * count
        tasks = [
            asyncio.create_task(_count(socket, counts, index))
            for index, socket in enumerate(sockets)
        ]
        print('ready', flush=True)
        loop = asyncio.get_running_loop()
        await loop.run_in_executor(None, sys.stdin.readline)
        begin_s, counts[:] = time.monotonic(), [0] * count
        await loop.run_in_executor(None, sys.stdin.readline)
        watched_s = time.monotonic() - begin_s
        for task in tasks:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
        for socket in sockets:
            await socket.close()
    return [images / watched_s for images in counts]


async def _count(socket: aiohttp.ClientWebSocketResponse, counts: list[int], index: int) -> None:
    async for message in socket:
        if message.type is aiohttp.WSMsgType.BINARY and message.data[0] == CAMERA:
            counts[index] += 1


if __name__ == '__main__':
    print(*asyncio.run(watch(sys.argv[1], int(sys.argv[2]))), flush=True)
