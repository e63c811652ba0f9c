# SPDX-License-Identifier: Apache-2.0
"""The model card: what a model is, what it was trained on and what it may be used for."""

from __future__ import annotations

from dataclasses import dataclass, field

from simlingo_core.capabilities import PolicyCapabilities
from simlingo_core.errors import ConfigError
from simlingo_core.wordings import ManoeuvreKind
from simlingo_model.section import Section

SIMULATION_ONLY = (
    'Weights released by the SimLingo authors were trained on data whose licence bars their use '
    'in the operation of a vehicle or robot: they are for simulation and research only.'
)


@dataclass(frozen=True, kw_only=True)
class TrainedIn(Section):
    """Which tasks besides driving along the route were in the training data.

    The defaults are what ``simlingo train`` teaches.

    Attributes:
        commentary: describing what the car does.
        questions: answering questions about the image.
        instructions: kinds of manoeuvre, values of ``ManoeuvreKind``.
        free_instructions: instructions of other kinds.
        refusals: refusing unsafe instructions.
    """

    commentary: bool = True
    questions: bool = False
    instructions: tuple[str, ...] = tuple(kind.value for kind in ManoeuvreKind)
    free_instructions: bool = False
    refusals: bool = False

    def __post_init__(self) -> None:
        known = {kind.value for kind in ManoeuvreKind}
        unknown = sorted(set(self.instructions) - known)
        if unknown:
            raise ConfigError(
                f'TrainedIn.instructions has {unknown}; expected some of {sorted(known)}'
            )

    @property
    def capabilities(self) -> PolicyCapabilities:
        """The tasks as capabilities of a policy."""
        return PolicyCapabilities(
            comments=self.commentary,
            answers=self.questions,
            manoeuvres=frozenset(ManoeuvreKind(kind) for kind in self.instructions),
            follows_free_text=self.free_instructions,
            refuses=self.refusals,
        )

    def sentence(self) -> str:
        """Return what was trained and what was not, for the card."""
        tasks = {
            'commentary': self.commentary,
            f'instructions ({", ".join(self.instructions)})': bool(self.instructions),
            'instructions in free text': self.free_instructions,
            'questions': self.questions,
            'refusing unsafe instructions': self.refusals,
        }
        trained = [task for task, is_trained in tasks.items() if is_trained]
        missing = [task for task, is_trained in tasks.items() if not is_trained]
        parts = [f'Trained in: {"; ".join(trained) or "driving only"}.']
        if missing:
            parts.append(f'Not trained in: {"; ".join(missing)}.')
        return ' '.join(parts)


ALL_TASKS = TrainedIn(questions=True, free_instructions=True, refusals=True)
"""What the released SimLingo was trained in."""


@dataclass(frozen=True, kw_only=True)
class ModelCard(Section):
    """A model card.

    Attributes:
        title: name of the model.
        trained_on: data, by name and size; empty: random weights.
        trained_in: tasks; None: a card of an older version (see ``tasks``).
        licence: of the weights.
        render_preset: how the images of data, evaluation and demo were rendered.
        is_upstream: the weights come from the SimLingo authors.
        notes: further facts, one sentence each.
        numbers: measured results by name.
    """

    title: str = 'SimLingo'
    trained_on: str = ''
    trained_in: TrainedIn | None = None
    licence: str = 'Apache-2.0'
    render_preset: str = ''
    is_upstream: bool = False
    notes: tuple[str, ...] = ()
    numbers: dict[str, float] = field(default_factory=dict)

    @property
    def tasks(self) -> TrainedIn:
        """What the model was trained in.

        Cards written before this was recorded are of two kinds: the released weights, which were
        trained in everything, and results of ``simlingo train``.
        """
        if self.trained_in is not None:
            return self.trained_in
        return ALL_TASKS if self.is_upstream else TrainedIn()

    def markdown(self, *, parameters: int, config_name: str) -> str:
        """Return the card as a README."""
        lines = [
            '---',
            f'license: {self.licence.lower()}',
            'library_name: simlingo_model',
            'tags: [autonomous-driving, vision-language-action]',
            '---',
            '',
            f'# {self.title}',
            '',
            f'- Network: `{config_name}`, {parameters / 1e6:.1f} M parameters.',
            f'- Trained on: {self.trained_on or "nothing; the weights are random"}.',
            f'- {self.tasks.sentence()}',
            f'- Licence of the weights: {self.licence}.',
        ]
        if self.render_preset:
            lines.append(f'- Images: {self.render_preset}.')
        lines += [f'- {note}' for note in self.notes]
        if self.is_upstream:
            lines += ['', f'**{SIMULATION_ONLY}**']
        if self.numbers:
            lines += ['', '| result | value |', '|---|---|']
            lines += [f'| {name} | {value:g} |' for name, value in self.numbers.items()]
        lines += [
            '',
            'Input: one 1024 x 512 front camera frame, speed, two target points or a command, '
            'text. Output: 20 path points 1 m apart, 10 speed waypoints 0.25 s apart, text. '
            'Points inside the network are x forward, y right; the processor turns them.',
            '',
        ]
        return '\n'.join(lines)
