# SPDX-License-Identifier: Apache-2.0
"""A headless Chromium that looks at the page as a person would: for tests and screenshots.

It is driven by the DevTools protocol over a web socket; nothing but the browser is needed.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import itertools
import os
import shutil
import subprocess
import tempfile
import time
from pathlib import Path
from types import TracebackType
from typing import Any

import aiohttp

from simlingo_core.errors import BackendError

PROGRAMS = ('chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable')
START_LIMIT_S, CALL_LIMIT_S, POLL_S = 60.0, 60.0, 0.1
KEYS = {'Enter': (13, '\r'), 'Tab': (9, ''), 'Escape': (27, '')}


def find_browser() -> str | None:
    """Return the path of a Chromium, that of ``$CHROMIUM`` first; None: there is none."""
    for name in (os.environ.get('CHROMIUM', ''), *PROGRAMS):
        if name and (path := shutil.which(name)):
            return path
    return None


class Browser:
    """One page in a headless browser; closed at the end of a ``with`` block.

    Args:
        width_px: of the window.
        height_px: of the window.

    Raises:
        BackendError: no Chromium is installed, or it does not start.
    """

    def __init__(self, width_px: int = 1280, height_px: int = 900) -> None:
        program = find_browser()
        if program is None:
            raise BackendError(f'no browser is installed; expected one of {", ".join(PROGRAMS)}')
        self._folder = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        self._process = subprocess.Popen(
            [
                program,
                '--headless=new',
                '--no-sandbox',
                '--disable-gpu',
                '--disable-dev-shm-usage',
                '--hide-scrollbars',
                # A microphone that beeps.
                '--use-fake-device-for-media-stream',
                '--use-fake-ui-for-media-stream',
                '--remote-debugging-port=0',
                '--remote-allow-origins=*',
                f'--user-data-dir={self._folder.name}',
                f'--window-size={width_px},{height_px}',
                'about:blank',
            ],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        self._loop = asyncio.new_event_loop()
        self._numbers = itertools.count(1)
        self._session: aiohttp.ClientSession | None = None
        try:
            self._loop.run_until_complete(self._connect())
            self.call('Page.enable')
            self.resize(width_px, height_px)
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Browser:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the browser."""
        if self._session is not None:
            with contextlib.suppress(Exception):
                self._loop.run_until_complete(self._session.close())
        self._loop.close()
        self._process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(5.0)
        self._process.kill()
        self._process.wait()
        self._folder.cleanup()

    def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        """Call a method of the DevTools protocol and return its result.

        Raises:
            BackendError: the browser reports an error, or does not answer.
        """
        work = asyncio.wait_for(self._call(method, parameters), CALL_LIMIT_S)
        try:
            return self._loop.run_until_complete(work)
        except (TimeoutError, aiohttp.ClientError) as error:
            raise BackendError(f'{method}: the browser does not answer: {error}') from error

    def open(self, url: str) -> None:
        """Open an address."""
        self.call('Page.navigate', url=url)
        self.wait_for("document.readyState === 'complete'")

    def resize(self, width_px: int, height_px: int, *, is_phone: bool = False) -> None:
        """Set the size of the page."""
        self.call(
            'Emulation.setDeviceMetricsOverride',
            width=width_px,
            height=height_px,
            deviceScaleFactor=1,
            mobile=is_phone,
        )

    def evaluate(self, script: str) -> Any:
        """Return the value of a JavaScript expression.

        Raises:
            BackendError: it raised.
        """
        result = self.call(
            'Runtime.evaluate', expression=script, returnByValue=True, awaitPromise=True
        )
        if 'exceptionDetails' in result:
            raise BackendError(f'{script}: {result["exceptionDetails"]}')
        return result['result'].get('value')

    def text(self, selector: str) -> str:
        """Return the text of an element."""
        return str(self.evaluate(f'document.querySelector({selector!r}).textContent'))

    def wait_for(self, script: str, limit_s: float = CALL_LIMIT_S) -> Any:
        """Wait until an expression is true and return its value.

        Raises:
            BackendError: it does not become true in time.
        """
        end_s = time.monotonic() + limit_s
        while not (value := self.evaluate(script)):
            if time.monotonic() > end_s:
                raise BackendError(f'{script} has not become true within {limit_s:g} s')
            time.sleep(POLL_S)
        return value

    def click(self, selector: str) -> None:
        """Click the middle of an element with the mouse."""
        place = self.evaluate(
            f'(() => {{ const e = document.querySelector({selector!r}); '
            "e.scrollIntoView({block: 'center'}); const r = e.getBoundingClientRect(); "
            'return [r.x + r.width / 2, r.y + r.height / 2]; })()'
        )
        for kind in ('mousePressed', 'mouseReleased'):
            self.call(
                'Input.dispatchMouseEvent',
                type=kind,
                x=place[0],
                y=place[1],
                button='left',
                clickCount=1,
            )

    def type_text(self, text: str) -> None:
        """Type into the element that has the focus, key by key."""
        for character in text:
            self.call('Input.dispatchKeyEvent', type='keyDown', text=character, key=character)
            self.call('Input.dispatchKeyEvent', type='keyUp', key=character)

    def press(self, key: str) -> None:
        """Press Enter, Tab or Escape."""
        code, text = KEYS[key]
        fields = {'key': key, 'code': key, 'windowsVirtualKeyCode': code}
        self.call('Input.dispatchKeyEvent', type='keyDown', text=text, **fields)
        self.call('Input.dispatchKeyEvent', type='keyUp', **fields)

    def screenshot(self, path: Path) -> None:
        """Write what is visible as PNG."""
        data = self.call('Page.captureScreenshot', format='png')['data']
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(base64.b64decode(data))

    # ---- connection --------------------------------------------------------------------------

    async def _connect(self) -> None:
        port_file = Path(self._folder.name) / 'DevToolsActivePort'
        end_s = time.monotonic() + START_LIMIT_S
        while not (port_file.is_file() and port_file.read_text().strip()):
            if self._process.poll() is not None or time.monotonic() > end_s:
                raise BackendError('the browser does not start')
            await asyncio.sleep(POLL_S)
        port = port_file.read_text().split()[0]
        self._session = aiohttp.ClientSession()
        async with self._session.get(f'http://127.0.0.1:{port}/json') as response:
            targets = await response.json()
        address = next(t['webSocketDebuggerUrl'] for t in targets if t['type'] == 'page')
        self._socket = await self._session.ws_connect(address, max_msg_size=0)

    async def _call(self, method: str, parameters: dict[str, Any]) -> dict[str, Any]:
        number = next(self._numbers)
        await self._socket.send_json({'id': number, 'method': method, 'params': parameters})
        while True:
            answer = await self._socket.receive_json()
            if answer.get('id') != number:
                continue  # an event
            if 'error' in answer:
                raise BackendError(f'{method}: {answer["error"]["message"]}')
            result: dict[str, Any] = answer['result']
            return result
