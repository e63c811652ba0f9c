# SPDX-License-Identifier: Apache-2.0
"""The driving policy: images and words in, plans and words out.

Several threads may use one policy.  ``plan`` takes no lock that language holds while it computes,
and running language steps aside between two tokens while a plan is being made.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from simlingo_core.capabilities import PolicyCapabilities
from simlingo_core.errors import ConfigError, ContractError
from simlingo_core.memory import keep_large_blocks
from simlingo_core.types import (
    DrivingPlan,
    Instruction,
    InstructionKind,
    Observation,
    SafetyMode,
)
from simlingo_model import prompts
from simlingo_model.checkpoint import load_model
from simlingo_model.frame_memory import FrameContext, FrameMemory
from simlingo_model.image import ImageArray
from simlingo_model.language_stream import LanguageStream, StreamKind, StreamRegistry
from simlingo_model.mean_image import read_mean_image
from simlingo_model.network import SimLingoNetwork
from simlingo_model.packed import can_pack, pack_weights
from simlingo_model.passes import Passes, PlainPasses, RecordedPasses
from simlingo_model.precision import choose_device, choose_dtype
from simlingo_model.processor import Processor
from simlingo_model.prompts import Piece, Prompt
from simlingo_model.reading import Reading

# The reply to a safety-mode instruction decides what is driven, so it is waited for, but not long.
REPLY_TOKENS = 32


class Order(Enum):
    """How text and action follow each other.

    EXACT: upstream's: the text is spoken first and the action depends on it.
    PARALLEL: the action comes at once; text streams beside it from the same reading.
    ACTION_ONLY: as PARALLEL, but nothing is kept for language.
    """

    EXACT = 'exact'
    PARALLEL = 'parallel'
    ACTION_ONLY = 'action_only'


@dataclass(frozen=True, kw_only=True)
class PolicyConfig:
    """Settings of the policy.

    Attributes:
        order: of text and action.
        uses_command: navigate by the command in words instead of by target points.
        is_blind: show the mean image of the training instead (a baseline, not for driving).
    """

    order: Order = Order.PARALLEL
    uses_command: bool = False
    is_blind: bool = False


class SimLingoPolicy:
    """``simlingo_core.protocols.LanguagePolicy`` around the network.

    Args:
        network: its adapters merged; put into eval mode here.
        processor: belongs to it.
        config: settings.
        passes: how the network is run; None: as it comes.
        clock: where ``inference_time_s`` of a plan comes from; None: it stays 0.
        mean_image: what a blind policy is shown, uint8 (tiles, side, side, 3).
        capabilities: what the network was trained in; None: everything.

    Raises:
        ConfigError: a blind policy has no mean image.
    """

    def __init__(
        self,
        network: SimLingoNetwork,
        processor: Processor,
        config: PolicyConfig | None = None,
        *,
        passes: Passes | None = None,
        clock: Callable[[], float] | None = None,
        mean_image: ImageArray | None = None,
        capabilities: PolicyCapabilities | None = None,
    ) -> None:
        self.network = network.eval()
        self._passes = passes or PlainPasses(self.network)
        self.processor = processor
        self.config = config or PolicyConfig()
        if self.config.is_blind and mean_image is None:
            raise ConfigError('a blind policy needs the mean image it is shown')
        self._mean_image = mean_image if self.config.is_blind else None
        self._clock = clock
        self._capabilities = capabilities or PolicyCapabilities.everything()
        self._memory = FrameMemory()
        self._streams = StreamRegistry()
        self._answer_tokens = network.config.max_answer_tokens
        self._acting = threading.Condition()
        self._plans_running = 0

    @classmethod
    def load(
        cls,
        path: Path,
        config: PolicyConfig | None = None,
        *,
        tokenizer_folder: Path | None = None,
        device: str = 'auto',
        clock: Callable[[], float] | None = None,
    ) -> SimLingoPolicy:
        """Load a model for driving: adapters merged, precision fit for the device.

        Raises:
            CheckpointError: the model cannot be read.
        """
        where = choose_device(device)
        model = load_model(
            path,
            tokenizer_folder=tokenizer_folder,
            dtype=choose_dtype(where, path),
            device=where,
        )
        keep_large_blocks()
        if can_pack(model.network):
            pack_weights(model.network)
        is_blind = config is not None and config.is_blind
        mean_image = read_mean_image(path, model.network.config) if is_blind else None
        return cls(
            model.network,
            model.processor,
            config,
            passes=passes_for(model.network.eval(), model.processor),
            clock=clock,
            mean_image=mean_image,
            capabilities=model.card.tasks.capabilities,
        )

    @property
    def name(self) -> str:
        """Name of the network, with what sets this policy apart."""
        suffix = '_blind' if self.config.is_blind else ''
        return f'simlingo_{self.network.config.name}{suffix}'

    @property
    def capabilities(self) -> PolicyCapabilities:
        """What the network was trained in, by its card."""
        return self._capabilities

    def check_instruction(self, instruction: Instruction) -> None:
        """Check the text of an instruction or a question before it is in force.

        Raises:
            ContractError: it is empty, or longer than ``ModelConfig.max_instruction_tokens``.
        """
        if instruction.kind is not InstructionKind.CANCEL:
            self._check_length(instruction.text)

    def reset(self) -> None:
        """Forget all frames and stop speaking."""
        self.cancel_language()
        self._memory.clear()

    def plan(
        self, observation: Observation, instruction: Instruction | None = None
    ) -> DrivingPlan:
        """Make a plan from one frame.

        An instruction of kind ASK or CANCEL does not change the plan.  In safety mode the model's
        reply is waited for in every order (at most ``REPLY_TOKENS``), since it decides whether the
        instruction is driven; ``reply`` returns it.

        Raises:
            ContractError: image, target points or text break their contract.
            NonFiniteError: the network's answer is not finite.
        """
        start = self._clock() if self._clock else 0.0
        is_instructed = instruction is not None and instruction.kind is InstructionKind.INSTRUCT
        active = instruction if is_instructed else None
        if active is not None:
            self.check_instruction(active)
        with self._plan_running():
            points_m = self._act(observation, active)
            # Points are copied from the device here, so this is where the work has been done.
            points_base_m = self.processor.points_from_network(points_m)
        path_points = self.network.config.action.path_points
        path_base_m, speed_waypoints_base_m = np.split(points_base_m, [path_points])
        return DrivingPlan(
            t_s=observation.t_s,
            pose_map=observation.pose_map,
            path_base_m=path_base_m,
            speed_waypoints_base_m=speed_waypoints_base_m,
            policy=self.name,
            instruction_id=active.id if active else '',
            inference_time_s=max(0.0, self._clock() - start) if self._clock else 0.0,
        )

    def reply(self, observation: Observation) -> str | None:
        """Return what was said before the plan of this frame, if its order had that."""
        text = self._context(observation).text
        return None if text is None else prompts.spoken_part(text)

    def describe(self, observation: Observation) -> Iterator[str]:
        """Yield the commentary on one frame, piece by piece; a newer commentary ends this one."""
        context = self._context(observation)
        if context.text is not None:
            return iter((prompts.spoken_part(context.text),))
        prompt = prompts.commentary_prompt(observation.speed_mps, self._navigation(observation))
        return self._speak(observation, prompt, StreamKind.COMMENTARY)

    def answer(self, observation: Observation, question: str) -> Iterator[str]:
        """Yield the answer to a question about one frame; running commentary ends.

        Raises:
            ContractError: the question is empty or too long.
        """
        self._check_length(question)
        prompt = prompts.question_prompt(
            observation.speed_mps, self._navigation(observation), question
        )
        return self._speak(observation, prompt, StreamKind.ANSWER)

    def cancel_language(self) -> None:
        """End all running language within one token."""
        self._streams.cancel_all()

    def _check_length(self, text: str) -> None:
        tokens = len(self.processor.tokenizer.encode(prompts.clean_text(text)))
        most = self.network.config.max_instruction_tokens
        if tokens > most:
            raise ContractError(
                f'the text has {tokens} tokens for this model; expected at most {most}, because '
                'each one makes a plan slower; use fewer words, in English'
            )

    def _speak(self, observation: Observation, prompt: Prompt, kind: StreamKind) -> LanguageStream:
        ticket = self._streams.open(kind)
        encoder = self.processor.encoder

        def tokens() -> Iterator[int]:
            self._step_aside()
            reading = self._reading_for(observation, encoder.question(prompt))
            for token in reading.generate(encoder.end_id, self._answer_tokens):
                yield token
                self._step_aside()

        return LanguageStream(tokens, self.processor.tokenizer, encoder.end_id, ticket)

    def _reading_for(self, observation: Observation, ids: tuple[int, ...]) -> Reading:
        """Return a reading that has read ``ids``, continuing the action's where it can."""
        context = self._context(observation)
        capacity = len(ids) + self._answer_tokens
        finished = context.reading
        reading = finished.fork(ids, capacity) if finished is not None else None
        if reading is None:
            features = self._features(observation, context)
            reading = self._passes.begin(features, context.target_points_m, capacity)
        reading.read(ids[len(reading.ids) :])
        return reading

    def _act(self, observation: Observation, instruction: Instruction | None) -> Tensor:
        context = self._context(observation)
        encoder = self.processor.encoder
        prompt, answer = self._request(observation, instruction)
        question = encoder.question(prompt)
        features = self._features(observation, context)
        if answer is not None:
            points_m, reading = self._passes.act(
                features, context.target_points_m, question, encoder.answer(answer)
            )
        else:
            capacity = len(question) + self._answer_tokens + self.network.config.action.queries
            reading = self._passes.begin(features, context.target_points_m, capacity)
            points_m = self._speak_and_act(reading, question, context, instruction)
        if self.config.order is not Order.ACTION_ONLY:
            context.reading = reading
        return points_m

    def _speak_and_act(
        self,
        reading: Reading,
        question: tuple[int, ...],
        context: FrameContext,
        instruction: Instruction | None,
    ) -> Tensor:
        is_exact = self.config.order is Order.EXACT
        most = self._answer_tokens if is_exact else min(REPLY_TOKENS, self._answer_tokens)
        reading.read(question)
        said = list(reading.generate(self.processor.encoder.end_id, most))
        points_m = reading.read_and_act((), said[-1:])
        context.text = self.processor.tokenizer.decode(said)
        return points_m

    def _request(
        self, observation: Observation, instruction: Instruction | None
    ) -> tuple[Prompt, str | None]:
        """Return the prompt and the answer to assume; None: the model has to say it first."""
        navigation = self._navigation(observation)
        speed_mps = observation.speed_mps
        is_exact = self.config.order is Order.EXACT
        if instruction is None:
            if is_exact:
                return prompts.commentary_prompt(speed_mps, navigation), None
            return prompts.driving_prompt(speed_mps, navigation), prompts.WAYPOINTS_ANSWER
        # A prefix from outside the training data would make the model less reliable, not safer.
        mode = instruction.safety_mode if self._capabilities.refuses else SafetyMode.FOLLOW
        prompt = prompts.instruction_prompt(speed_mps, navigation, instruction.text, mode)
        if is_exact or mode is SafetyMode.REFUSE_UNSAFE:
            return prompt, None
        return prompt, prompts.FOLLOWING_ANSWER

    def _navigation(self, observation: Observation) -> tuple[Piece, ...]:
        if self.config.uses_command:
            return prompts.command_clause(
                observation.command, observation.next_command, observation.command_distance_m
            )
        return prompts.target_point_clause()

    def _context(self, observation: Observation) -> FrameContext:
        return self._memory.get(
            observation, lambda: FrameContext(self.processor.target_points(observation))
        )

    def _features(self, observation: Observation, context: FrameContext) -> Tensor:
        return context.features(lambda: self._encode(observation))

    def _encode(self, observation: Observation) -> Tensor:
        seen = self._mean_image
        if seen is None:
            seen = self.processor.tiles(observation.image_jpeg)
        return self._passes.encode(torch.from_numpy(seen)[None])

    @contextmanager
    def _plan_running(self) -> Iterator[None]:
        with self._acting:
            self._plans_running += 1
        try:
            yield
        finally:
            with self._acting:
                self._plans_running -= 1
                self._acting.notify_all()

    def _step_aside(self) -> None:
        """Let a running plan have the processor; language goes on after it."""
        with self._acting:
            self._acting.wait_for(lambda: self._plans_running == 0, timeout=1.0)


def passes_for(network: SimLingoNetwork, processor: Processor) -> Passes:
    """Return the fastest way to run a network on its device."""
    if network.device.type != 'cuda':
        return PlainPasses(network)
    encoder = processor.encoder
    shortest = prompts.driving_prompt(0.0, prompts.target_point_clause())
    tokens = len(encoder.question(shortest)) + len(encoder.answer(prompts.WAYPOINTS_ANSWER))
    tokens += network.config.action.queries
    return RecordedPasses(
        network,
        shortest=tokens,
        longest=tokens + network.config.max_instruction_tokens,
        text_tokens=network.config.max_answer_tokens,
    )
