# SPDX-License-Identifier: Apache-2.0
"""Sound in, instruction out; replies and commentary in, speech out."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from std_msgs.msg import Bool, Int16MultiArray

from simlingo_core.errors import BackendError
from simlingo_core.instruction_ids import make_instruction_id
from simlingo_core.types import Instruction, InstructionSource
from simlingo_msgs.msg import Commentary, InstructionStatus
from simlingo_ros import interfaces
from simlingo_ros.call_queue import CallQueue
from simlingo_ros.conversions.language import instruction_to_message
from simlingo_ros.lifecycle import StackNode
from simlingo_ros.monitors import Level
from simlingo_ros.spin import run_node
from simlingo_voice.activity import HeldSound, VoiceActivity
from simlingo_voice.audio import Clip, write_wav
from simlingo_voice.config import VoiceNodeConfig
from simlingo_voice.detectors import make_detector
from simlingo_voice.devices import Loudspeaker, Microphone
from simlingo_voice.dialogue import Dialogue, DialogueLimits
from simlingo_voice.early import EarlyReading
from simlingo_voice.heard import Heard
from simlingo_voice.recognisers import make_recogniser
from simlingo_voice.speakers import make_speaker
from simlingo_voice.speech_queue import Speech, SpeechQueue
from simlingo_voice.synthesis import Synthesis

PERIOD_S = 0.1
HEARING, SPEAKING = 'hearing', 'speaking'


class VoiceNode(StackNode[VoiceNodeConfig]):
    """Recognises and speaks in threads of its own; the pure cores decide."""

    def __init__(self) -> None:
        super().__init__('voice', VoiceNodeConfig)

    # ---- lifecycle ---------------------------------------------------------------------------

    def configure(self) -> None:
        """Load the models, open the devices there are, create all endpoints."""
        config = self.config
        self._recogniser = make_recogniser(
            config.recogniser, config.recogniser_model, config.wake_word
        )
        self._speaker = make_speaker(config.speaker, config.voice, config.words_per_minute)
        self._activity = VoiceActivity(make_detector(config.activity))
        limits = DialogueLimits(
            confidence=config.confidence, careful_confidence=config.careful_confidence
        )
        self._dialogue = Dialogue(limits, config.wake_word)
        self._queue = SpeechQueue(config.commentary_period_s)
        self._microphone: Microphone | None = None
        self._loudspeaker: Loudspeaker | None = None
        self._count = 0
        self._held, self._early = HeldSound(), EarlyReading()
        self._calls = CallQueue(self, lambda: self.is_active)
        self._own_entities.append(self._calls.destroy)
        self._synthesis = Synthesis(self._speaker, self._calls.call_later)
        self._instructions = self.advertise(interfaces.INSTRUCTION)
        self._speech = self.advertise(interfaces.SPEECH)
        self.listen(interfaces.AUDIO, self._on_audio, watch=False)
        self.listen(interfaces.PUSH_TO_TALK, self._on_push, watch=False)
        self.listen(interfaces.COMMENTARY, self._on_commentary, watch=False)
        self.listen(interfaces.INSTRUCTION_STATUS, self._on_status, watch=False)
        self.every(PERIOD_S, self._work, is_wall_time=True)
        self._open_devices()

    def _open_devices(self) -> None:
        """Open microphone and loudspeaker; what is missing is reported once."""
        try:
            if self.config.source == 'microphone':
                self._microphone = Microphone()
            if self.config.plays:
                self._loudspeaker = Loudspeaker()
        except BackendError as error:
            self.get_logger().info(f'{error}; the topics audio and speech work without')
        if self._speaker is None:
            text = 'nothing speaks: neither hibari-tts nor espeak-ng is installed'
            self.diagnostics.report(SPEAKING, Level.OK, text)
        self.diagnostics.report(HEARING, Level.OK, f'{self._recogniser.name} listens')

    def cleanup(self) -> None:
        """Release the devices."""
        if self._microphone is not None:
            self._microphone.close()

    # ---- hearing -----------------------------------------------------------------------------

    def _on_audio(self, message: Int16MultiArray) -> None:
        self._hear(Clip.from_int16(message.data))

    def _on_push(self, message: Bool) -> None:
        """Hear while the button is held; what was spoken ends when it is let go."""
        if not self.config.push_to_talk:
            return
        if message.data:
            self._held.push()
            self._be_silent()
            return
        if (utterance := self._held.release()) is not None:
            self._begin_recognition(self._on_heard, utterance)

    def _be_silent(self) -> None:
        self._queue.interrupt(time.monotonic())
        if self._loudspeaker is not None:
            self._loudspeaker.stop()

    def _hear(self, clip: Clip) -> None:
        if self.config.push_to_talk:
            self._held.add(clip)
            return
        was_speech = self._activity.is_speech
        utterances = self._activity.add(clip)
        if self._activity.is_speech and not was_speech:
            self._be_silent()
        for utterance in utterances:
            if self._early.begins(utterance.number):
                note = partial(self._note_early, utterance.number)
                self._begin_recognition(note, utterance.clip)
            if utterance.has_ended:
                self._on_heard(self._early.end(utterance.number))

    def _note_early(self, number: int, heard: Heard) -> None:
        self._on_heard(self._early.note(number, heard))

    def _begin_recognition(self, take: Callable[[Heard], None], clip: Clip) -> None:
        run = partial(self._recognise, take, clip)
        threading.Thread(target=run, name='recognition', daemon=True).start()

    def _recognise(self, take: Callable[[Heard], None], clip: Clip) -> None:
        heard = self._recogniser.recognise(clip)
        self._calls.call_later(partial(take, heard))

    def _on_heard(self, heard: Heard | None) -> None:
        if heard is None:
            return
        turnout = self._dialogue.take(heard, time.monotonic())
        self.get_logger().info(f'heard: {turnout.note}')
        self.diagnostics.report(HEARING, Level.OK, turnout.note)
        self._queue.reply(turnout.reply)
        if turnout.text:
            self._count += 1
            instruction = Instruction(
                id=make_instruction_id('voice', self._count),
                text=turnout.text,
                kind=turnout.kind,
                source=InstructionSource.VOICE,
            )
            self._instructions.publish(instruction_to_message(instruction))

    # ---- speaking ----------------------------------------------------------------------------

    def _on_commentary(self, message: Commentary) -> None:
        if not message.is_growing:
            self._queue.comment(message.text)

    def _on_status(self, message: InstructionStatus) -> None:
        self._queue.reply(message.spoken_reply)

    def _work(self) -> None:
        """Listen to the microphone and speak what is due."""
        if self._microphone is not None:
            for clip in self._microphone.clips():
                self._hear(clip)
        if self._synthesis.is_busy:
            return
        if (speech := self._queue.next(time.monotonic())) is not None:
            self._synthesis.begin(speech, self._on_synthesised)

    def _on_synthesised(self, speech: Speech, clip: Clip | BackendError) -> None:
        if isinstance(clip, BackendError):
            self.diagnostics.report(SPEAKING, Level.WARN, str(clip))
        else:
            self.run_guarded(SPEAKING, self._speak, speech, clip)

    def _speak(self, speech: Speech, clip: Clip) -> None:
        self._queue.note_spoken(speech, clip.duration_s, time.monotonic())
        self._speech.publish(Int16MultiArray(data=clip.to_int16().tolist()))
        if self._loudspeaker is not None:
            self._loudspeaker.play(clip)
        if self.config.speech_folder:
            self._count += 1
            write_wav(Path(self.config.speech_folder) / f'speech_{self._count:04d}.wav', clip)
        self.diagnostics.report(SPEAKING, Level.OK, f'spoke {speech.text!r}')


def main(args: Sequence[str] | None = None) -> int:
    """Run the node."""
    return run_node(VoiceNode, args)
