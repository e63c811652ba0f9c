# SPDX-License-Identifier: Apache-2.0
"""What a model is, what it learned from and what it may be used for."""

from __future__ import annotations

from dataclasses import dataclass, field

from simlingo_model.config import Section

SIMULATION_ONLY = (
    'Weights released by the SimLingo authors were trained on data whose licence bars their use '
    'in the operation of a vehicle or robot: they are for simulation and research only.'
)


@dataclass(frozen=True, kw_only=True)
class ModelCard(Section):
    """A model card.

    Attributes:
        title: name for people.
        trained_on: data, by name and size; empty: random weights.
        licence: of the weights.
        render_preset: how images of data, evaluation and demo were made.
        is_upstream: the weights come from the SimLingo authors.
        notes: anything else, one sentence each.
        numbers: measured results by name.
    """

    title: str = 'SimLingo'
    trained_on: str = ''
    licence: str = 'Apache-2.0'
    render_preset: str = ''
    is_upstream: bool = False
    notes: tuple[str, ...] = ()
    numbers: dict[str, float] = field(default_factory=dict)

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
