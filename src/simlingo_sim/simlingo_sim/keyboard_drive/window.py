# SPDX-License-Identifier: Apache-2.0
"""A window with the image, which reports keys."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from simlingo_core.errors import BackendError
from simlingo_sim.keyboard_drive.keys import LETTERS, Key
from simlingo_sim.keyboard_drive.stream import KeyEvent

NAMES = {
    'Up': Key.FORWARD,
    'Down': Key.BACK,
    'Left': Key.LEFT,
    'Right': Key.RIGHT,
    'space': Key.BRAKE,
}


class ImageWindow:
    """A window of the desktop.

    Raises:
        BackendError: there is no display, or Python has no Tk.
    """

    def __init__(self, title: str) -> None:
        try:
            import tkinter

            self._root = tkinter.Tk()
        except ImportError as error:
            raise BackendError(f'this Python has no Tk ({error}); use --image web') from error
        except tkinter.TclError as error:
            raise BackendError(f'no window: {error}; use --image web') from error
        self._root.title(title)
        self._label = tkinter.Label(self._root, borderwidth=0)
        self._label.pack()
        self._events: list[KeyEvent] = []
        self._down: set[Key] = set()
        self._photo: Any = None
        self._root.bind('<KeyPress>', lambda event: self._take(event.keysym, is_down=True))
        self._root.bind('<KeyRelease>', lambda event: self._take(event.keysym, is_down=False))
        self._root.bind('<FocusOut>', lambda event: self._down.clear())
        self._root.protocol('WM_DELETE_WINDOW', lambda: self._events.append((Key.QUIT, True)))

    def show(self, image_rgb: NDArray[np.uint8]) -> None:
        """Show an image, shape (height, width, 3)."""
        from PIL import Image, ImageTk

        self._photo = ImageTk.PhotoImage(Image.fromarray(image_rgb), master=self._root)
        self._label.configure(image=self._photo)

    def take_keys(self) -> list[KeyEvent]:
        """Return the keys pressed and released in the window since the last call.

        A key that is still down is reported as pressed at each call.
        """
        self._root.update()
        events, self._events = self._events, []
        return [*events, *((key, True) for key in sorted(self._down))]

    def close(self) -> None:
        """Close the window."""
        self._root.destroy()

    def _take(self, name: str, *, is_down: bool) -> None:
        key = key_named(name)
        if key is None:
            return
        self._events.append((key, is_down))
        if is_down and key.is_held:
            self._down.add(key)
        else:
            self._down.discard(key)


def key_named(name: str) -> Key | None:
    """Return the key with this name in Tk; None: it has no meaning here."""
    return NAMES.get(name) or LETTERS.get(name.lower())
