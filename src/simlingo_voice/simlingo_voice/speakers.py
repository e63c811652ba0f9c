# SPDX-License-Identifier: Apache-2.0
"""From words to sound: espeak-ng or flite of the system, or the neural voice of hibari-tts."""

from __future__ import annotations

import importlib
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from simlingo_core.errors import BackendError
from simlingo_voice.audio import Clip, read_wav

# On a busy machine a sentence takes its time; one that hangs must not hang the car's voice.
SPEAKING_S = 60.0
SPEAKERS = ('auto', 'espeak-ng', 'flite', 'hibari-tts', 'none')


class Speaker(Protocol):
    """Turns words into clips."""

    @property
    def name(self) -> str:
        """Name of the engine."""
        ...

    def synthesise(self, text: str) -> Clip:
        """Return the clip of a text.

        Raises:
            BackendError: the engine failed.
        """
        ...


class EspeakSpeaker:
    """espeak-ng, a program of the system (Debian package ``espeak-ng``).

    Args:
        voice: name of a voice, such as ``en-us`` or ``en-gb+f3``.
        words_per_minute: speed of speech.
    """

    name = 'espeak-ng'

    def __init__(self, voice: str = 'en-us', words_per_minute: int = 160) -> None:
        if shutil.which('espeak-ng') is None:
            raise BackendError('espeak-ng is not installed; apt-get install espeak-ng')
        self._voice, self._words_per_minute = voice, words_per_minute

    def synthesise(self, text: str) -> Clip:
        """Return the clip of a text."""
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / 'speech.wav'
            command = ['espeak-ng', '-v', self._voice, '-s', str(self._words_per_minute)]
            # The text goes through standard input: one that begins with a dash is no option.
            return _spoken([*command, '-w', str(path), '--stdin'], path, text)


class FliteSpeaker:
    """flite, a program of the system (Debian package ``flite``).

    Args:
        voice: one of ``flite -lv``, such as ``slt``, ``rms`` or ``awb``.
        words_per_minute: speed of speech; the voices' own is about 160.
    """

    name = 'flite'

    def __init__(self, voice: str = 'slt', words_per_minute: int = 160) -> None:
        if shutil.which('flite') is None:
            raise BackendError('flite is not installed; apt-get install flite')
        self._voice, self._stretch = voice, 160.0 / words_per_minute

    def synthesise(self, text: str) -> Clip:
        """Return the clip of a text."""
        with tempfile.TemporaryDirectory() as folder:
            path, words = Path(folder) / 'speech.wav', Path(folder) / 'speech.txt'
            words.write_text(text, encoding='utf-8')
            stretch = f'duration_stretch={self._stretch:.3f}'
            command = ['flite', '-voice', self._voice, '--setf', stretch]
            return _spoken([*command, '-f', str(words), '-o', str(path)], path)


class HibariSpeaker:
    """hibari-tts, a neural English voice inside its wheel."""

    name = 'hibari-tts'

    def __init__(self) -> None:
        try:
            module: Any = importlib.import_module('hibari')
        except ImportError as error:
            raise BackendError(
                f'hibari-tts is not installed ({error}); pip install -r requirements/voice.txt'
            ) from error
        self._voice = module.Hibari()

    def synthesise(self, text: str) -> Clip:
        """Return the clip of a text."""
        samples = np.asarray(self._voice(text), dtype=np.float32).reshape(-1)
        return Clip(samples, int(self._voice.sample_rate))


def make_speaker(name: str, voice: str = 'en-us', words_per_minute: int = 160) -> Speaker | None:
    """Return a speaker; None: none is wanted, or with ``auto`` none is there.

    Raises:
        BackendError: it is unknown or not installed.
    """
    if name == 'none':
        return None
    if name == 'espeak-ng':
        return EspeakSpeaker(voice, words_per_minute)
    if name == 'flite':
        return FliteSpeaker(voice if voice != 'en-us' else 'slt', words_per_minute)
    if name == 'hibari-tts':
        return HibariSpeaker()
    if name != 'auto':
        raise BackendError(f'speaker is {name!r}; expected one of {", ".join(SPEAKERS)}')
    for make in (HibariSpeaker, lambda: EspeakSpeaker(voice, words_per_minute)):
        try:
            return make()
        except BackendError:
            continue
    return None


def _spoken(command: list[str], path: Path, text: str = '') -> Clip:
    """Run a program that writes a WAV file; return the clip."""
    name = command[0]
    try:
        done = subprocess.run(
            command, input=text.encode(), capture_output=True, timeout=SPEAKING_S, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise BackendError(f'{name} has not spoken within {SPEAKING_S:g} s') from error
    if done.returncode or not path.exists():
        raise BackendError(f'{name} failed: {done.stderr.decode().strip()}')
    return read_wav(path)
