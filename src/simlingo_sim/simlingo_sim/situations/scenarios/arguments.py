# SPDX-License-Identifier: Apache-2.0
"""Arguments of scenarios as the ``<scenario>`` elements of route files give them.

``<distance value="40"/>`` is a number, ``<frequency from="20" to="80"/>`` a span, and
``<direction value="left"/>`` a word.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from simlingo_core.errors import WorldError

ArgumentTexts = Mapping[str, Mapping[str, str]]


@dataclass(frozen=True)
class Span:
    """A closed interval of numbers; both ends equal: one number."""

    low: float
    high: float

    def draw(self, rng: np.random.Generator) -> float:
        """Return a uniformly distributed number of the interval."""
        return float(rng.uniform(self.low, self.high))


ZERO = Span(0.0, 0.0)


@dataclass(frozen=True, kw_only=True)
class Argument:
    """A number or span that a route file may give.

    Attributes:
        name: name of the element, as in CARLA's route files.
        default: where the file says nothing; drawn anew with every seed.
        allowed: smallest and largest number.
        unit: of the file, such as ``km/h``.
        scale: factor from the file's unit to SI.
    """

    name: str
    default: Span
    allowed: Span
    unit: str = 'm'
    scale: float = 1.0

    def read(self, scenario: str, texts: Mapping[str, str]) -> Span:
        """Return what a route file says, in SI units.

        Raises:
            WorldError: it is no number, not allowed, or ends before it begins.
        """
        if 'from' in texts or 'to' in texts:
            low, high = (self._number(scenario, texts, key) for key in ('from', 'to'))
        else:
            low = high = self._number(scenario, texts, 'value')
        if low > high:
            raise WorldError(
                f'{scenario}: <{self.name} from="{low:g}" to="{high:g}"> ends before it begins; '
                'swap both'
            )
        for value in (low, high):
            if not self.allowed.low <= value <= self.allowed.high:
                raise WorldError(
                    f'{scenario}: {self.name} is {value:g} {self.unit}; expected '
                    f'{self.allowed.low:g} to {self.allowed.high:g} {self.unit}'
                )
        return Span(low * self.scale, high * self.scale)

    def _number(self, scenario: str, texts: Mapping[str, str], key: str) -> float:
        try:
            number = float(texts.get(key, ''))
        except ValueError:
            number = math.nan
        if not math.isfinite(number):
            raise WorldError(
                f'{scenario}: <{self.name} {key}="{texts.get(key, "")}">; expected a finite number'
            )
        return number


@dataclass(frozen=True, kw_only=True)
class Choice:
    """A word that a route file may give; the first one is the default."""

    name: str
    words: tuple[str, ...]

    def read(self, scenario: str, texts: Mapping[str, str]) -> str:
        """Return the word of a route file.

        Raises:
            WorldError: it is none of the words.
        """
        word = texts.get('value', '')
        if word not in self.words:
            raise WorldError(
                f'{scenario}: {self.name} is {word!r}; expected one of {", ".join(self.words)}'
            )
        return word


@dataclass(frozen=True, kw_only=True)
class Word:
    """Any word that CARLA's files give and that means nothing here, such as a model."""

    name: str

    def check(self, scenario: str, texts: Mapping[str, str]) -> None:
        """Check that there is one.

        Raises:
            WorldError: there is none.
        """
        if not texts.get('value'):
            raise WorldError(f'{scenario}: <{self.name}> has no value; expected a word')


@dataclass(frozen=True, kw_only=True)
class Location:
    """A place that CARLA's files give; here the streets decide it, so that it is only checked."""

    name: str

    def check(self, scenario: str, texts: Mapping[str, str]) -> None:
        """Check that it is a place.

        Raises:
            WorldError: a coordinate is missing or no finite number.
        """
        for key in ('x', 'y'):
            try:
                number = float(texts.get(key, ''))
            except ValueError:
                number = math.nan
            if not math.isfinite(number):
                raise WorldError(
                    f'{scenario}: <{self.name} {key}="{texts.get(key, "")}">; expected a finite '
                    'number'
                )


Declared = Argument | Choice | Location | Word


@dataclass(frozen=True, kw_only=True)
class Values:
    """Arguments of one scenario: spans in SI units, and words."""

    spans: Mapping[str, Span]
    words: Mapping[str, str]

    def side(self) -> float:
        """Return 1.0 where ``direction`` is left, else -1.0: the sign of y in ``base_link``."""
        return 1.0 if self.words.get('direction') == 'left' else -1.0


def read_arguments(scenario: str, declared: Sequence[Declared], given: ArgumentTexts) -> Values:
    """Return the values of all declared arguments.

    Args:
        scenario: name of the scenario, for messages.
        declared: what it knows.
        given: what the route file says, by the names of the elements.

    Raises:
        WorldError: the file gives an argument that the scenario does not know, or a bad value.
    """
    known = {argument.name: argument for argument in declared}
    for name in given:
        if name not in known:
            raise WorldError(
                f'{scenario} has no argument {name!r}; expected '
                f'{", ".join(known) or "none at all"}'
            )
    spans: dict[str, Span] = {}
    words: dict[str, str] = {}
    for name, argument in known.items():
        texts = given.get(name)
        if isinstance(argument, Location | Word):
            if texts is not None:
                argument.check(scenario, texts)
            continue
        if isinstance(argument, Choice):
            words[name] = argument.words[0] if texts is None else argument.read(scenario, texts)
            continue
        default = Span(
            argument.default.low * argument.scale, argument.default.high * argument.scale
        )
        spans[name] = default if texts is None else argument.read(scenario, texts)
    return Values(spans=spans, words=words)
