# SPDX-License-Identifier: Apache-2.0
"""Microphone and loudspeaker through PortAudio, where there are any."""

from __future__ import annotations

import importlib
import queue
from collections.abc import Iterator
from typing import Any

import numpy as np

from simlingo_core.errors import BackendError
from simlingo_voice.audio import RATE_HZ, Clip


def open_portaudio() -> Any:
    """Return the module ``sounddevice``.

    Raises:
        BackendError: it or the library PortAudio is missing.
    """
    try:
        return importlib.import_module('sounddevice')
    except (ImportError, OSError) as error:
        raise BackendError(
            f'no audio device can be used ({error}); apt-get install libportaudio2'
        ) from error


def describe_devices() -> tuple[str, str]:
    """Return the names of the default input and output; empty: there is none."""
    try:
        module = open_portaudio()
    except BackendError:
        return '', ''
    names = []
    for kind in ('input', 'output'):
        try:
            names.append(str(module.query_devices(kind=kind)['name']))
        except (ValueError, module.PortAudioError):
            names.append('')
    return names[0], names[1]


class Microphone:
    """The default microphone at 16 kHz.

    Raises:
        BackendError: there is none.
    """

    def __init__(self) -> None:
        module = open_portaudio()
        self._blocks: queue.SimpleQueue[Any] = queue.SimpleQueue()
        try:
            self._stream = module.InputStream(
                samplerate=RATE_HZ,
                channels=1,
                dtype='int16',
                callback=lambda block, *_: self._blocks.put(block[:, 0].copy()),
            )
            self._stream.start()
        except (ValueError, module.PortAudioError) as error:
            raise BackendError(f'no microphone can be opened: {error}') from error

    def clips(self) -> Iterator[Clip]:
        """Yield what has come since the last call."""
        while not self._blocks.empty():
            yield Clip.from_int16(self._blocks.get())

    def close(self) -> None:
        """Stop to listen."""
        self._stream.close()


class Loudspeaker:
    """The default output.

    Raises:
        BackendError: there is none.
    """

    def __init__(self) -> None:
        self._module = open_portaudio()
        try:
            self._module.query_devices(kind='output')
        except (ValueError, self._module.PortAudioError) as error:
            raise BackendError(f'no loudspeaker can be opened: {error}') from error

    def play(self, clip: Clip) -> None:
        """Begin to play a clip; what is being played ends."""
        self._module.play(np.asarray(clip.samples), clip.rate_hz)

    def stop(self) -> None:
        """Be silent."""
        self._module.stop()
