# SPDX-License-Identifier: Apache-2.0
"""Views for images: a window, a web page, or none."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from simlingo_core.errors import BackendError, ConfigError
from simlingo_core.images import PREVIEW_JPEG_QUALITY, encode_jpeg, to_rgb
from simlingo_sim.keyboard_drive.stream import ImageStream, KeyEvent
from simlingo_sim.keyboard_drive.window import ImageWindow

KINDS = ('auto', 'window', 'web', 'none')
TITLE = 'simlingo drive'


class View(Protocol):
    """Shows images and may report keys."""

    @property
    def place(self) -> str:
        """Where the image is shown, for the panel."""
        ...

    def show(self, image_bgra: NDArray[np.uint8]) -> None:
        """Show an image, shape (height, width, 4)."""
        ...

    def take_keys(self) -> list[KeyEvent]:
        """Return the keys pressed and released in the view since the last call."""
        ...

    def close(self) -> None:
        """Close it."""
        ...


class NoView:
    """A view that shows nothing."""

    place = 'no image'

    def show(self, image_bgra: NDArray[np.uint8]) -> None:
        """Ignore the image."""

    def take_keys(self) -> list[KeyEvent]:
        """Return no keys."""
        return []

    def close(self) -> None:
        """Do nothing."""


class WebView:
    """A view on a web page."""

    def __init__(self, port: int) -> None:
        self._stream = ImageStream(port)

    @property
    def place(self) -> str:
        """Address of the page."""
        return f'image: {self._stream.url}'

    def show(self, image_bgra: NDArray[np.uint8]) -> None:
        """Send the image to all connected browsers."""
        self._stream.show(encode_jpeg(image_bgra, 'bgra8', PREVIEW_JPEG_QUALITY))

    def take_keys(self) -> list[KeyEvent]:
        """Return the keys of all pages."""
        return self._stream.take_keys()

    def close(self) -> None:
        """Stop the server."""
        self._stream.close()


class WindowView:
    """A view in a window of the desktop."""

    place = 'image: in the window'

    def __init__(self) -> None:
        self._window = ImageWindow(TITLE)

    def show(self, image_bgra: NDArray[np.uint8]) -> None:
        """Show it in the window."""
        self._window.show(to_rgb(image_bgra))

    def take_keys(self) -> list[KeyEvent]:
        """Return the keys of the window."""
        return self._window.take_keys()

    def close(self) -> None:
        """Close the window."""
        self._window.close()


def open_view(kind: str, port: int, environment: Mapping[str, str] | None = None) -> View:
    """Return a view.

    Args:
        kind: one of ``KINDS``; ``auto`` is a window where there is a display, else the web page.
        port: port of the web server, 0 for any free port.
        environment: environment variables; None: those of this process.

    Raises:
        ConfigError: there is no such kind.
        BackendError: the view cannot be opened.
    """
    if kind not in KINDS:
        raise ConfigError(f'--image is {kind!r}; expected one of {", ".join(KINDS)}')
    if kind == 'none':
        return NoView()
    if kind == 'window':
        return WindowView()
    has_display = bool((os.environ if environment is None else environment).get('DISPLAY'))
    if kind == 'auto' and has_display:
        try:
            return WindowView()
        except BackendError:
            return WebView(port)
    return WebView(port)
