# SPDX-License-Identifier: Apache-2.0
"""The driving policy: observations and instructions in, plans and text out.

Several threads may use one policy.  ``plan`` waits for no lock that language holds while it
computes, and language pauses between two tokens while a plan is computed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import torch
from torch import Tensor

from simlingo_core.capabilities import PolicyCapabilities
from simlingo_core.errors import ConfigError, ContractError
from simlingo_core.types import DrivingPlan, Instruction, InstructionKind, Observation
from simlingo_model import prompts
from simlingo_model.engines.loading import load_for_driving
from simlingo_model.frame_memory import FrameContext, FrameMemory
from simlingo_model.image import ImageArray
from simlingo_model.language_stream import LanguageStream, StreamKind, StreamRegistry
from simlingo_model.mean_image import read_mean_image
from simlingo_model.network import SimLingoNetwork
from simlingo_model.passes import EagerPasses, Passes
from simlingo_model.plan_priority import PlanPriority
from simlingo_model.policy_config import Order, PolicyConfig
from simlingo_model.policy_prompts import PolicyPrompts
from simlingo_model.processor import Processor
from simlingo_model.prompts import Prompt
from simlingo_model.token_sequence import TokenSequence

# The reply in safety mode decides what is driven, so that the plan waits for it, but not long.
REPLY_TOKENS = 32


class SimLingoPolicy:
    """``simlingo_core.protocols.LanguagePolicy`` with the SimLingo network.

    Args:
        network: with merged adapters; set to eval mode here.
        processor: of the network.
        config: settings.
        passes: how the network is run; None: eagerly.
        clock: measures ``inference_time_s`` of a plan; None: it stays 0.
        mean_image: given to the network of a blind policy, uint8 (tiles, side, side, 3).
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
        self.processor = processor
        self.config = config or PolicyConfig()
        if self.config.is_blind and mean_image is None:
            raise ConfigError('a blind policy needs the mean image of its training')
        self._passes = passes or EagerPasses(self.network)
        self._mean_image = mean_image if self.config.is_blind else None
        self._clock = clock
        self._capabilities = capabilities or PolicyCapabilities.everything()
        self._prompts = PolicyPrompts(self.config, self._capabilities)
        self._memory = FrameMemory()
        self._streams = StreamRegistry()
        self._priority = PlanPriority()
        self._answer_tokens = network.config.max_answer_tokens

    @classmethod
    def load(
        cls,
        path: Path,
        config: PolicyConfig | None = None,
        *,
        tokenizer_folder: Path | None = None,
        device: str = 'auto',
        engine: str = 'auto',
        precision: str = 'auto',
        falls_back: bool = False,
        clock: Callable[[], float] | None = None,
    ) -> SimLingoPolicy:
        """Load a model for driving (see ``engines.loading.load_for_driving``).

        Raises:
            BackendError: the engine or the device is not available.
            CheckpointError: the model cannot be read.
            ConfigError: there is no such engine or precision.
        """
        model, passes = load_for_driving(
            path,
            tokenizer_folder=tokenizer_folder,
            device=device,
            engine=engine,
            precision=precision,
            falls_back=falls_back,
        )
        is_blind = config is not None and config.is_blind
        mean_image = read_mean_image(path, model.network.config) if is_blind else None
        return cls(
            model.network,
            model.processor,
            config,
            passes=passes,
            clock=clock,
            mean_image=mean_image,
            capabilities=model.card.tasks.capabilities,
        )

    @property
    def name(self) -> str:
        """Name of the network and, for a blind policy, a suffix."""
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
        """Drop all frames and end all running language."""
        self.cancel_language()
        self._memory.clear()

    def plan(
        self, observation: Observation, instruction: Instruction | None = None
    ) -> DrivingPlan:
        """Make a plan from one observation.

        An instruction of kind ASK or CANCEL does not change the plan.  In safety mode the plan
        waits for the model's reply in every order (at most ``REPLY_TOKENS``), because the reply
        decides whether the instruction is followed; ``reply`` returns it.

        Raises:
            ContractError: image, target points or text break their contract.
            NonFiniteError: the output of the network is not finite.
        """
        start = self._clock() if self._clock else 0.0
        is_instructed = instruction is not None and instruction.kind is InstructionKind.INSTRUCT
        active = instruction if is_instructed else None
        if active is not None:
            self.check_instruction(active)
        with self._priority.plan():
            points_m = self._act(observation, active)
            # The copy from the device waits for the end of the computation.
            path_base_m, speed_waypoints_base_m = self.processor.plan_from_network(points_m)
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
        """Return the text generated before the plan of this observation; None: there was none."""
        text = self._context(observation).text
        return None if text is None else prompts.without_markers(text)

    def describe(self, observation: Observation) -> Iterator[str]:
        """Yield the commentary on one observation in pieces; a newer commentary ends this one."""
        context = self._context(observation)
        if context.text is not None:
            return iter((prompts.without_markers(context.text),))
        return self._stream(
            observation, self._prompts.commentary(observation), StreamKind.COMMENTARY
        )

    def answer(self, observation: Observation, question: str) -> Iterator[str]:
        """Yield the answer to a question about one observation; a running commentary ends.

        Raises:
            ContractError: the question is empty or too long.
        """
        self._check_length(question)
        prompt = self._prompts.question(observation, question)
        return self._stream(observation, prompt, StreamKind.ANSWER)

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

    def _stream(
        self, observation: Observation, prompt: Prompt, kind: StreamKind
    ) -> LanguageStream:
        token = self._streams.open(kind)
        encoder = self.processor.encoder

        def generate() -> Iterator[int]:
            self._priority.wait_for_plans()
            sequence = self._sequence_for(observation, encoder.question(prompt))
            for token_id in sequence.generate(encoder.end_id, self._answer_tokens):
                yield token_id
                self._priority.wait_for_plans()

        return LanguageStream(generate, self.processor.tokenizer, encoder.end_id, token)

    def _sequence_for(self, observation: Observation, ids: tuple[int, ...]) -> TokenSequence:
        """Return a sequence of the tokens ``ids`` that shares the action's cache if it can."""
        context = self._context(observation)
        capacity = len(ids) + self._answer_tokens
        finished = context.sequence
        sequence = finished.fork(ids, capacity) if finished is not None else None
        if sequence is None:
            features = self._features(observation, context)
            sequence = self._passes.begin(features, context.target_points_m, capacity)
        sequence.prefill(ids[len(sequence.ids) :])
        return sequence

    def _act(self, observation: Observation, instruction: Instruction | None) -> Tensor:
        context = self._context(observation)
        encoder = self.processor.encoder
        request = self._prompts.action(observation, instruction)
        question = encoder.question(request.prompt)
        features = self._features(observation, context)
        if request.answer is not None:
            points_m, sequence = self._passes.act(
                features, context.target_points_m, question, encoder.answer(request.answer)
            )
        else:
            capacity = len(question) + self._answer_tokens + self.network.config.action.queries
            sequence = self._passes.begin(features, context.target_points_m, capacity)
            points_m = self._generate_and_act(sequence, question, context, instruction)
        if self.config.order is not Order.ACTION_ONLY:
            context.sequence = sequence
        return points_m

    def _generate_and_act(
        self,
        sequence: TokenSequence,
        question: tuple[int, ...],
        context: FrameContext,
        instruction: Instruction | None,
    ) -> Tensor:
        is_exact = self.config.order is Order.EXACT
        most = self._answer_tokens if is_exact else min(REPLY_TOKENS, self._answer_tokens)
        sequence.prefill(question)
        generated = list(sequence.generate(self.processor.encoder.end_id, most))
        points_m = sequence.prefill_and_act((), generated[-1:])
        context.text = self.processor.tokenizer.decode(generated)
        return points_m

    def _context(self, observation: Observation) -> FrameContext:
        return self._memory.get(
            observation, lambda: FrameContext(self.processor.target_points(observation))
        )

    def _features(self, observation: Observation, context: FrameContext) -> Tensor:
        return context.features(lambda: self._encode(observation))

    def _encode(self, observation: Observation) -> Tensor:
        tiles = self._mean_image
        if tiles is None:
            tiles = self.processor.tiles(observation.image_jpeg)
        return self._passes.encode(torch.from_numpy(tiles)[None])
