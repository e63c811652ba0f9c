# SPDX-License-Identifier: Apache-2.0
"""Settings of the voice node."""

from __future__ import annotations

from dataclasses import dataclass

from simlingo_core.config import parameter, validate
from simlingo_voice.detectors import DETECTORS
from simlingo_voice.recognisers import RECOGNISERS
from simlingo_voice.speakers import SPEAKERS


@dataclass(frozen=True, kw_only=True)
class VoiceNodeConfig:
    """Every setting of the voice node.

    Raises:
        ConfigError: a value is out of range.
    """

    source: str = parameter(
        'topic',
        choices=('topic', 'microphone'),
        description='Where sound comes from: the topic audio only, or a microphone as well.',
    )
    activity: str = parameter(
        'auto', choices=DETECTORS, description='What tells speech from noise.'
    )
    recogniser: str = parameter('auto', choices=RECOGNISERS, description='What recognises speech.')
    recogniser_model: str = parameter(
        '', description='Folder of its model; empty: the one in the wheel.'
    )
    push_to_talk: bool = parameter(
        False, description='Hear only while the topic push_to_talk says true.'
    )
    wake_word: str = parameter('', description='With which orders must begin; empty: none.')
    confidence: float = parameter(
        0.5, low=0.0, high=1.0, description='Less sure orders must be repeated.'
    )
    careful_confidence: float = parameter(
        0.25, low=0.0, high=1.0, description='The same for stop and slower.'
    )
    speaker: str = parameter('auto', choices=SPEAKERS, description='What speaks.')
    voice: str = parameter('en-us', description='Voice of espeak-ng or flite.')
    words_per_minute: int = parameter(160, low=80, high=400, description='Speed of speech.')
    plays: bool = parameter(True, description='Play speech on the default output device.')
    speech_folder: str = parameter(
        '', description='Folder for a WAV file of every speech; empty: none.'
    )
    commentary_period_s: float = parameter(
        5.0, unit='s', low=0.0, high=600.0, description='Between commentaries; 0: none.'
    )

    def __post_init__(self) -> None:
        validate(self)
