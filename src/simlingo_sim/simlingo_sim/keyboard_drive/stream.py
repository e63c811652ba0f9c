# SPDX-License-Identifier: Apache-2.0
"""Web server for images and keys, for browsers on this machine."""

from __future__ import annotations

import json
import queue
import threading
from collections.abc import Callable
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from simlingo_core.errors import BackendError
from simlingo_sim.keyboard_drive.keys import Key
from simlingo_sim.keyboard_drive.page import PAGE

HOST = '127.0.0.1'
BOUNDARY = 'image'
LONGEST_BODY_BYTES = 200
NEXT_IMAGE_WITHIN_S = 2.0
STREAM_WAIT_S = 60.0

KeyEvent = tuple[Key, bool]
"""A key, and whether it was pressed (or repeated) rather than released."""


class NewestImage:
    """The newest JPEG; any number of readers can wait for the next one."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._jpeg, self._number, self._is_closed = b'', 0, False

    def put(self, jpeg: bytes) -> None:
        """Replace the image."""
        with self._changed:
            self._jpeg, self._number = jpeg, self._number + 1
            self._changed.notify_all()

    def close(self) -> None:
        """End the waiting of all readers."""
        with self._changed:
            self._is_closed = True
            self._changed.notify_all()

    def wait(self, after: int, timeout_s: float) -> tuple[int, bytes] | None:
        """Return number and bytes of an image later than ``after``; None: closed or timed out."""
        with self._changed:
            self._changed.wait_for(lambda: self._is_closed or self._number > after, timeout_s)
            if self._is_closed or self._number <= after:
                return None
            return self._number, self._jpeg


class ImageStream:
    """A small web server: a page, an image stream (MJPEG), a single image, and keys.

    It listens on this machine only.  Keys are accepted from its own page and not from other web
    sites: browsers let those send JSON only after a preflight request, which is not answered.

    Args:
        port: 1 to 65535, or 0 for any free port.

    Raises:
        BackendError: the port is in use or not permitted.
    """

    def __init__(self, port: int = 0) -> None:
        self.image = NewestImage()
        self._keys: queue.SimpleQueue[KeyEvent] = queue.SimpleQueue()
        try:
            self._server = _Server((HOST, port), self.image, self._keys.put)
        except (OSError, OverflowError) as error:
            raise BackendError(
                f'cannot listen on {HOST}:{port}: {error}; choose another --port, 0 for a free one'
            ) from error
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.1,))
        self._thread.daemon = True
        self._thread.start()

    @property
    def url(self) -> str:
        """Address of the page."""
        return f'http://{HOST}:{self._server.server_address[1]}/'

    def show(self, jpeg: bytes) -> None:
        """Show an image."""
        self.image.put(jpeg)

    def take_keys(self) -> list[KeyEvent]:
        """Return the keys pressed and released in pages since the last call."""
        events: list[KeyEvent] = []
        while not self._keys.empty():
            events.append(self._keys.get())
        return events

    def close(self) -> None:
        """Stop the server."""
        self.image.close()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    # A second program on the same port must fail, not share it.
    allow_reuse_port = False

    def __init__(
        self, address: tuple[str, int], image: NewestImage, on_key: Callable[[KeyEvent], None]
    ) -> None:
        self.image, self.on_key = image, on_key
        super().__init__(address, _Handler)

    def handle_error(self, request: object, client_address: object) -> None:
        """Ignore it: a browser that leaves in the middle of an image is no error."""


class _Handler(BaseHTTPRequestHandler):
    """Answers one request."""

    server: _Server

    def do_GET(self) -> None:
        if self.path == '/':
            self._answer('text/html; charset=utf-8', PAGE.encode())
        elif self.path == '/frame.jpg':
            newest = self.server.image.wait(0, NEXT_IMAGE_WITHIN_S)
            if newest is None:
                self.send_error(HTTPStatus.SERVICE_UNAVAILABLE, 'no image yet')
            else:
                self._answer('image/jpeg', newest[1])
        elif self.path == '/stream.mjpg':
            self._stream()
        else:
            self.send_error(HTTPStatus.NOT_FOUND)

    def do_POST(self) -> None:
        event = self._read_key() if self.path == '/key' else None
        if event is None:
            self.send_error(HTTPStatus.BAD_REQUEST, 'expected {"key": name, "down": bool}')
            return
        self.server.on_key(event)
        self.send_response(HTTPStatus.NO_CONTENT)
        self.end_headers()

    def _read_key(self) -> KeyEvent | None:
        length = self.headers.get('Content-Length', '')
        if self.headers.get_content_type() != 'application/json' or not length.isdecimal():
            return None
        try:
            body = json.loads(self.rfile.read(min(int(length), LONGEST_BODY_BYTES)))
            return Key(body['key']), bool(body['down'])
        except (ValueError, KeyError, TypeError):
            return None

    def _answer(self, content_type: str, body: bytes) -> None:
        self.send_response(HTTPStatus.OK)
        self.send_header('Content-Type', content_type)
        self.send_header('Content-Length', str(len(body)))
        self.send_header('Cache-Control', 'no-store')
        self.end_headers()
        self.wfile.write(body)

    def _stream(self) -> None:
        self.send_response(HTTPStatus.OK)
        self.send_header('Content-Type', f'multipart/x-mixed-replace; boundary={BOUNDARY}')
        self.send_header('Cache-Control', 'no-store')
        self.end_headers()
        number = 0
        while (newest := self.server.image.wait(number, STREAM_WAIT_S)) is not None:
            number, jpeg = newest
            head = f'--{BOUNDARY}\r\nContent-Type: image/jpeg\r\n'
            head += f'Content-Length: {len(jpeg)}\r\n\r\n'
            self.wfile.write(head.encode() + jpeg + b'\r\n')

    def log_message(self, format: str, *args: object) -> None:
        """Write nothing: the terminal shows the episode."""
