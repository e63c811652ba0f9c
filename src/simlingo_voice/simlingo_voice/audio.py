# SPDX-License-Identifier: Apache-2.0
"""Sound as numbers: clips, WAV files, another sampling rate, and noise of traffic."""

from __future__ import annotations

import wave
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np
import numpy.typing as npt
from scipy.signal import resample_poly, sosfilt

from simlingo_core.errors import ContractError

RATE_HZ = 16000
_FULL_SCALE = 32768.0


@dataclass(frozen=True, eq=False)
class Clip:
    """A piece of sound, one channel.

    Attributes:
        samples: -1 to 1, shape (n,).
        rate_hz: samples per second.
    """

    samples: npt.NDArray[np.float32]
    rate_hz: int = RATE_HZ

    @property
    def duration_s(self) -> float:
        """How long it lasts."""
        return len(self.samples) / self.rate_hz

    def at_rate(self, rate_hz: int) -> Clip:
        """Return the clip at another sampling rate."""
        if rate_hz == self.rate_hz:
            return self
        ratio = Fraction(rate_hz, self.rate_hz)
        samples = resample_poly(self.samples, ratio.numerator, ratio.denominator)
        return Clip(samples.astype(np.float32), rate_hz)

    def to_int16(self) -> npt.NDArray[np.int16]:
        """Return the samples as 16-bit integers."""
        scaled = np.clip(self.samples * _FULL_SCALE, -_FULL_SCALE, _FULL_SCALE - 1.0)
        integers: npt.NDArray[np.int16] = scaled.astype(np.int16)
        return integers

    @classmethod
    def from_int16(cls, samples: npt.ArrayLike, rate_hz: int = RATE_HZ) -> Clip:
        """Return a clip of 16-bit integers."""
        return cls((np.asarray(samples, dtype=np.float32) / _FULL_SCALE), rate_hz)


def read_wav(path: Path) -> Clip:
    """Read a WAV file of 16 bits; several channels are averaged.

    Raises:
        ContractError: it cannot be read, or has another format.
    """
    try:
        with wave.open(str(path), 'rb') as file:
            width, channels = file.getsampwidth(), file.getnchannels()
            rate_hz, data = file.getframerate(), file.readframes(file.getnframes())
    except (OSError, EOFError, wave.Error) as error:
        why = str(error) or 'it has no header'
        raise ContractError(f'{path} cannot be read as WAV: {why}') from error
    if width != 2:
        raise ContractError(f'{path} has {8 * width} bits per sample; expected 16')
    samples = np.frombuffer(data, dtype='<i2').reshape(-1, channels).mean(axis=1)
    return Clip.from_int16(samples, rate_hz)


def write_wav(path: Path, clip: Clip) -> None:
    """Write a clip as a WAV file of 16 bits; folders are created."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with wave.open(str(path), 'wb') as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(clip.rate_hz)
        file.writeframes(clip.to_int16().astype('<i2').tobytes())


def padded(clip: Clip, before_s: float, after_s: float) -> Clip:
    """Return a clip with silence around it."""
    counts = (round(before_s * clip.rate_hz), round(after_s * clip.rate_hz))
    return Clip(np.pad(clip.samples, counts), clip.rate_hz)


def traffic_noise(count: int, rng: np.random.Generator, rate_hz: int = RATE_HZ) -> Clip:
    """Return noise as inside a car: rolling noise that falls with frequency, and an engine.

    Args:
        count: number of samples.
        rng: source of chance.
        rate_hz: samples per second.
    """
    white = rng.standard_normal(count)
    # Two first-order low passes at 200 Hz and 1 kHz: about 12 dB less per octave above.
    sections = []
    for corner_hz in (200.0, 1000.0):
        pole = float(np.exp(-2.0 * np.pi * corner_hz / rate_hz))
        sections.append([1.0 - pole, 0.0, 0.0, 1.0, -pole, 0.0])
    rolling = sosfilt(np.array(sections), white)
    t_s = np.arange(count) / rate_hz
    swell = 1.0 + 0.3 * np.sin(2.0 * np.pi * 0.4 * t_s + rng.uniform(0.0, 6.28))
    engine = sum(
        np.sin(2.0 * np.pi * 28.0 * k * t_s + rng.uniform(0.0, 6.28)) / k for k in (1, 2, 4)
    )
    noise = rolling / rolling.std() * swell + 0.5 * engine
    return Clip((noise / noise.std()).astype(np.float32), rate_hz)


def with_noise(clip: Clip, snr_db: float, rng: np.random.Generator) -> Clip:
    """Return a clip with noise of traffic at a signal-to-noise ratio over its louder half."""
    loud = np.abs(clip.samples) > 0.1 * np.abs(clip.samples).max()
    level = float(np.sqrt(np.mean(clip.samples[loud] ** 2)))
    noise = traffic_noise(len(clip.samples), rng, clip.rate_hz).samples
    mixed = clip.samples + noise * np.float32(level * 10.0 ** (-snr_db / 20.0))
    return Clip((mixed / max(1.0, float(np.abs(mixed).max()))).astype(np.float32), clip.rate_hz)
