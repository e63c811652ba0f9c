# SPDX-License-Identifier: Apache-2.0
"""Speech with less of the noise of driving: a high pass and a Wiener filter."""

from __future__ import annotations

import numpy as np
from scipy.signal import butter, istft, sosfilt, stft

from simlingo_voice.audio import RATE_HZ, Clip

CORNER_HZ = 220.0
_WINDOW, _OVERLAP = 512, 384
# So much of the clip is taken for noise; so much of that is taken away; so much is always left.
_QUIET_SHARE, _TAKEN, _LEAST_GAIN = 0.2, 1.5, 0.1
_SMOOTHED = 0.5


def denoised(clip: Clip) -> Clip:
    """Return a clip with less steady noise.

    The noise is learnt from the quietest fifth of the clip; speech must pause for that.
    """
    samples = clip.at_rate(RATE_HZ).samples
    if len(samples) < 4 * _WINDOW:
        return Clip(samples)
    high = sosfilt(butter(2, CORNER_HZ, 'highpass', fs=RATE_HZ, output='sos'), samples)
    _, _, spectrum = stft(high, RATE_HZ, nperseg=_WINDOW, noverlap=_OVERLAP)
    power = np.abs(spectrum) ** 2
    quietest = np.argsort(power.sum(axis=0))[: max(round(_QUIET_SHARE * power.shape[1]), 3)]
    noise = power[:, quietest].mean(axis=1, keepdims=True)
    smooth = power.copy()
    for number in range(1, power.shape[1]):
        smooth[:, number] += _SMOOTHED * (smooth[:, number - 1] - smooth[:, number])
    kept = 1.0 - _TAKEN * noise / np.maximum(smooth, 1e-12)
    _, cleaned = istft(
        spectrum * np.sqrt(np.maximum(kept, _LEAST_GAIN**2)),
        RATE_HZ,
        nperseg=_WINDOW,
        noverlap=_OVERLAP,
    )
    return Clip(cleaned[: len(samples)].astype(np.float32))
