# SPDX-License-Identifier: Apache-2.0
"""Check devices and speech engines; measure the loop from text over speech to an intent."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from simlingo_core.errors import BackendError
from simlingo_voice.audio import RATE_HZ, Clip, padded, write_wav
from simlingo_voice.devices import describe_devices
from simlingo_voice.loop import run_loop
from simlingo_voice.recognisers import RECOGNISERS, make_recogniser
from simlingo_voice.speakers import SPEAKERS, Speaker, make_speaker

app = typer.Typer(add_completion=False, rich_markup_mode=None, help=__doc__)
PHRASE = 'Please turn left at the next junction.'


@app.command()
def check() -> None:
    """Show devices, recognisers and speakers, and make a round trip."""
    microphone, loudspeaker = describe_devices()
    print(f'microphone:  {microphone or "none; the topic audio and WAV files work without"}')
    print(f'loudspeaker: {loudspeaker or "none; the topic speech and WAV files work without"}')
    speakers: list[Speaker] = []
    for name in SPEAKERS[1:-1]:
        try:
            speaker = make_speaker(name)
        except BackendError as error:
            print(f'{name}: {error}')
            continue
        if speaker is not None:
            speakers.append(speaker)
            print(f'{name}: speaks')
    for name in RECOGNISERS[1:]:
        try:
            make_recogniser(name)
            print(f'{name}: recognises')
        except BackendError as error:
            print(f'{name}: {error}')
    recogniser = make_recogniser()
    recogniser.recognise(padded(Clip(np.zeros(RATE_HZ, dtype=np.float32)), 0.0, 0.0))  # warm-up
    for speaker in speakers:
        clip = padded(speaker.synthesise(PHRASE), 0.3, 0.3)
        began_s = time.monotonic()
        heard = recogniser.recognise(clip)
        took_s = time.monotonic() - began_s
        print(
            f'round trip {speaker.name}, {recogniser.name}: {heard.text!r}, '
            f'confidence {heard.confidence:.2f}, '
            f'{took_s:.2f} s'
        )
    if not speakers:
        print('no round trip: nothing speaks; apt-get install espeak-ng')
        raise typer.Exit(1)


@app.command()
def loop(
    sentences: Annotated[Path, typer.Argument(help='JSON: label to sentences.')],
    snr_db: Annotated[
        list[float] | None, typer.Option(help='Signal to noise; none: clean.')
    ] = None,
    every: Annotated[int, typer.Option(min=1, help='Take every n-th sentence.')] = 1,
    out: Annotated[Path | None, typer.Option(help='Folder for results as JSON.')] = None,
) -> None:
    """Speak sentences, add noise, recognise and understand them; print the rates."""
    levels: list[float | None] = [None, *(snr_db or [])]
    run_loop(sentences, levels, every=every, out=out)


@app.command()
def speak(
    text: Annotated[str, typer.Argument(help='What to speak.')],
    file: Annotated[Path, typer.Argument(help='WAV file to write.')],
    speaker: Annotated[str, typer.Option(help='auto, espeak-ng, flite or hibari-tts.')] = 'auto',
) -> None:
    """Write a text as speech into a WAV file."""
    made = make_speaker(speaker)
    if made is None:
        raise BackendError('nothing speaks; apt-get install espeak-ng, or pip install hibari-tts')
    clip = padded(made.synthesise(text), 0.3, 0.5)
    write_wav(file, clip)
    print(f'{file}: {clip.duration_s:.1f} s, {np.abs(clip.samples).max():.2f} of full scale')
