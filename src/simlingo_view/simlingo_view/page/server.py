# SPDX-License-Identifier: Apache-2.0
"""The web server of the live page, in a thread of its own."""

from __future__ import annotations

import asyncio
import contextlib
import json
import threading
from collections.abc import Awaitable, Callable
from concurrent.futures import Future
from pathlib import Path
from typing import Any

from aiohttp import WSMsgType, web

from simlingo_core.errors import BackendError, SimlingoError
from simlingo_view.page.access import Access
from simlingo_view.page.hub import Hub, Outbox
from simlingo_view.page.messages import Payload
from simlingo_view.page.requests import Hold, Request, read_button, read_request, read_sound

STATIC = Path(__file__).parent / 'static'
FILES = {
    '/': ('page.html', 'text/html'),
    '/page.css': ('page.css', 'text/css'),
    '/page.js': ('page.js', 'text/javascript'),
    '/drawing.js': ('drawing.js', 'text/javascript'),
    '/talk.js': ('talk.js', 'text/javascript'),
    '/microphone.js': ('microphone.js', 'text/javascript'),
    '/pieces.js': ('pieces.js', 'text/javascript'),
}
COOKIE = 'simlingo_token'
HEADERS = {
    'Content-Security-Policy': "default-src 'none'; script-src 'self'; style-src 'self'; "
    "img-src 'self' blob: data:; connect-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'",
    'X-Content-Type-Options': 'nosniff',
    'Referrer-Policy': 'no-referrer',
    'Cache-Control': 'no-store',
}
LARGEST_BODY_BYTES = 8192
MOST_WATCHERS = 20
ANSWER_LIMIT_S = 60.0
START_LIMIT_S = 20.0
HEARTBEAT_S = 10.0
Answer = dict[str, Any]
Submit = Callable[[Request], 'Future[Answer]']


class PageServer:
    """Serves the page, sends what is published, hands requests over.

    Args:
        access: who may open it.
        host: address to listen on.
        port: 0: any free one.
        submit: takes a request in the server's thread; the future gets the answer, or a
            ``SimlingoError`` with the reason why not.
        on_count: called in the server's thread with the number of watchers.

    Raises:
        BackendError: the address or the port cannot be used.
    """

    def __init__(
        self,
        access: Access,
        host: str,
        port: int,
        submit: Submit,
        on_count: Callable[[int], None],
    ) -> None:
        self._access, self._submit = access, submit
        self._hub = Hub(on_count)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name='page', daemon=True)
        self._thread.start()
        self._runner: web.AppRunner | None = None
        try:
            self._address = self._run(self._open(host, port), START_LIMIT_S)
        except OSError as error:
            self.close()
            raise BackendError(
                f'the page cannot listen on {host}:{port}: {error.strerror or error}; choose '
                'another page_port, 0 for any free one'
            ) from error

    @property
    def url(self) -> str:
        """Address of the page, with the token if one is needed."""
        host, port = self._address[:2]
        name = f'[{host}]' if ':' in host else host
        token = f'?token={self._access.token}' if self._access.token else ''
        return f'http://{name}:{port}/{token}'

    def publish(self, payload: Payload, *, key: str = '', is_kept: bool = False) -> None:
        """Send something to every watcher; any thread may call this."""
        self._loop.call_soon_threadsafe(self._hub.publish, payload, key, is_kept)

    def close(self) -> None:
        """End all connections and the thread."""
        if self._runner is not None:
            self._run(self._runner.cleanup(), START_LIMIT_S)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _run(self, work: Any, limit_s: float) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(limit_s)

    # ---- in the server's loop ----------------------------------------------------------------

    async def _open(self, host: str, port: int) -> tuple[str, int]:
        application = web.Application(
            middlewares=[self._guard], client_max_size=LARGEST_BODY_BYTES
        )
        for path in FILES:
            application.router.add_get(path, self._send_file)
        application.router.add_get('/live', self._live)
        application.router.add_post('/api/{name}', self._take_request)
        self._runner = web.AppRunner(application, access_log=None, shutdown_timeout=1.0)
        await self._runner.setup()
        site = web.TCPSite(self._runner, host, port)
        await site.start()
        host_in_use, port_in_use = self._runner.addresses[0][:2]
        return host_in_use, port_in_use

    @web.middleware
    async def _guard(
        self,
        request: web.Request,
        handler: Callable[[web.Request], Awaitable[web.StreamResponse]],
    ) -> web.StreamResponse:
        """Refuse strangers; answer errors as JSON."""
        given = request.query.get('token', '')
        bearer = request.headers.get('Authorization', '').removeprefix('Bearer ')
        token = given or bearer or request.cookies.get(COOKIE, '')
        reason = self._access.refusal(request.host, request.headers.get('Origin', ''), token)
        if reason:
            return _error(403, reason)
        if given and request.method == 'GET' and request.path == '/':
            # Out of the address, so that it stays in no history.
            response = web.Response(status=303, headers={'Location': '/', **HEADERS})
            response.set_cookie(COOKIE, given, httponly=True, samesite='Strict')
            return response
        try:
            return await handler(request)
        except web.HTTPRequestEntityTooLarge:
            return _error(413, f'the request is longer than {LARGEST_BODY_BYTES} bytes')
        except web.HTTPException as error:
            return _error(error.status, error.reason)

    async def _send_file(self, request: web.Request) -> web.StreamResponse:
        name, content_type = FILES[request.path]
        text = (STATIC / name).read_text(encoding='utf-8')
        return web.Response(text=text, content_type=content_type, headers=HEADERS)

    async def _take_request(self, request: web.Request) -> web.StreamResponse:
        if request.content_type != 'application/json':
            return _error(415, 'expected Content-Type application/json')
        try:
            body = await request.json()
            asked = read_request(request.match_info['name'], body)
            future = asyncio.wrap_future(self._submit(asked))
            answer = await asyncio.wait_for(future, ANSWER_LIMIT_S)
        except (json.JSONDecodeError, UnicodeDecodeError, RecursionError):
            return _error(400, 'the request is no JSON')
        except TimeoutError:
            return _error(504, f'no answer within {ANSWER_LIMIT_S:g} s')
        except BackendError as error:
            return _error(503, str(error))
        except SimlingoError as error:
            return _error(400, str(error))
        return web.json_response(answer, headers=HEADERS)

    async def _live(self, request: web.Request) -> web.StreamResponse:
        """Send what is published until the watcher leaves; what it sends is sound."""
        if self._hub.count >= MOST_WATCHERS:
            return _error(503, f'{MOST_WATCHERS} pages are open already')
        socket = web.WebSocketResponse(
            heartbeat=HEARTBEAT_S, max_msg_size=LARGEST_BODY_BYTES, compress=False
        )
        await socket.prepare(request)
        outbox = self._hub.join()
        sender = asyncio.ensure_future(_send_all(socket, outbox))
        button = Hold(False)
        try:
            async for message in socket:
                if message.type is WSMsgType.ERROR:
                    break
                # The button for sound is there only while somebody listens to it.
                with contextlib.suppress(SimlingoError):
                    if message.type is WSMsgType.BINARY:
                        self._submit(read_sound(message.data))
                    elif message.type is WSMsgType.TEXT:
                        button = read_button(message.data)
                        self._submit(button)
        finally:
            if button.is_held:
                # Who closes the page lets the button go.
                self._submit(Hold(False))
            self._hub.leave(outbox)
            sender.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await sender
        return socket


async def _send_all(socket: web.WebSocketResponse, outbox: Outbox) -> None:
    with contextlib.suppress(ConnectionError):
        while not socket.closed:
            payload = await outbox.take()
            if isinstance(payload, str):
                await socket.send_str(payload)
            else:
                await socket.send_bytes(payload)


def _error(status: int, reason: str) -> web.Response:
    return web.json_response({'error': reason}, status=status, headers=HEADERS)
