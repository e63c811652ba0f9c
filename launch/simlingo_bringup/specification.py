# SPDX-License-Identifier: Apache-2.0
"""How a graph of nodes is written down as data."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from simlingo_core.errors import ConfigError

Value = bool | int | float | str


class Restart(StrEnum):
    """What happens when a node ends by itself."""

    NEVER = 'never'
    ON_FAILURE = 'on_failure'


class Readiness(StrEnum):
    """When a node counts as started, so that the nodes after it may start."""

    ACTIVE = 'active'
    RUNNING = 'running'


@dataclass(frozen=True, kw_only=True)
class ArgumentSpec:
    """One argument of a graph, the same for ``ros2 launch`` and ``simlingo up``.

    Attributes:
        name: as in ``name:=value``.
        default: its type is the argument's type.
        description: one sentence.
        choices: allowed values, or empty for no such limit.
    """

    name: str
    default: Value
    description: str
    choices: tuple[str, ...] = ()

    @property
    def default_text(self) -> str:
        """The default as it is written after ``:=``."""
        is_flag = isinstance(self.default, bool)
        return str(self.default).lower() if is_flag else str(self.default)

    def parse(self, text: str) -> Value:
        """Turn the text after ``:=`` into a value.

        Raises:
            ConfigError: it is not of the argument's type or not among the choices.
        """
        if self.choices and text not in self.choices:
            near = difflib.get_close_matches(text, self.choices, n=1)
            hint = f'; did you mean {near[0]!r}?' if near else ''
            raise ConfigError(
                f'argument {self.name} is {text!r}; '
                f'expected one of {", ".join(self.choices)}{hint}'
            )
        if isinstance(self.default, bool):
            return self._parse_flag(text)
        try:
            return type(self.default)(text)
        except ValueError:
            wanted = type(self.default).__name__
            raise ConfigError(f'argument {self.name} is {text!r}; expected {wanted}') from None

    def _parse_flag(self, text: str) -> bool:
        if text.lower() not in {'true', 'false'}:
            raise ConfigError(f'argument {self.name} is {text!r}; expected true or false')
        return text.lower() == 'true'


@dataclass(frozen=True)
class Argument:
    """A parameter's value that is the value of an argument, in the argument's type."""

    name: str


@dataclass(frozen=True)
class Unless:
    """A flag that is an argument of the choices auto, true and false; auto: unless ``other``.

    Attributes:
        name: of the argument.
        other: a flag among the arguments.
    """

    name: str
    other: str

    def evaluate(self, arguments: Mapping[str, Value]) -> bool:
        """Return the flag."""
        text = arguments[self.name]
        return not arguments[self.other] if text == 'auto' else text == 'true'


@dataclass(frozen=True)
class Computed:
    """A parameter's value that a function makes from the values of all arguments."""

    compute: Callable[[Mapping[str, Any]], Any]

    def evaluate(self, arguments: Mapping[str, Value]) -> Any:
        """Return the value."""
        return self.compute(arguments)


@dataclass(frozen=True)
class Condition:
    """Holds when the argument has one of the values."""

    argument: str
    values: tuple[Value, ...]

    def holds(self, arguments: Mapping[str, Value]) -> bool:
        """Tell whether a node with this condition is started."""
        return arguments[self.argument] in self.values


@dataclass(frozen=True)
class Holds:
    """Holds when a function of the values of all arguments says so."""

    test: Callable[[Mapping[str, Any]], bool]

    def holds(self, arguments: Mapping[str, Value]) -> bool:
        """Tell whether a node with this condition is started."""
        return self.test(arguments)


@dataclass(frozen=True)
class All:
    """Holds when all its conditions hold."""

    conditions: tuple[Condition | Holds, ...]

    def holds(self, arguments: Mapping[str, Value]) -> bool:
        """Tell whether a node with this condition is started."""
        return all(condition.holds(arguments) for condition in self.conditions)


@dataclass(frozen=True, kw_only=True)
class NodeSpec:
    """One node.  Texts may hold ``{argument}`` placeholders.

    Attributes:
        package: ROS package that installs it.
        module: what ``python -m`` starts on machines without a ROS installation; empty: the
            node is another project's, and its program is started.
        executable: what ``ros2 run`` and ``ros2 launch`` start, below ``lib/<package>``.
        name, namespace: of the node.
        config_class: dataclass of its parameters as ``module:Class``; parameters are checked
            against it before anything starts.
        remaps: pairs of names, from and to.
        parameters: pairs of name and value.
        condition: None starts it always.
        required: the graph stops when this node has ended for good.
        restart: what happens when it fails; computed: by the values of all arguments.
        readiness: when the nodes that name it in ``after`` may start.
        after: names of nodes that must be ready first.
        publishes_images: needs the DDS profile with room for raw images.
        gives_way: where it holds, others have the processor first: for nodes that only watch
            and must not delay the car.
    """

    package: str
    module: str
    executable: str
    name: str
    config_class: str
    namespace: str = '/{namespace}'
    remaps: tuple[tuple[str, str], ...] = ()
    parameters: tuple[tuple[str, Value | Argument | Unless | Computed], ...] = ()
    condition: Condition | Holds | All | None = None
    required: bool = True
    restart: Restart | Computed = Restart.NEVER
    readiness: Readiness = Readiness.ACTIVE
    after: tuple[str, ...] = ()
    publishes_images: bool = False
    gives_way: Condition | None = None


@dataclass(frozen=True, kw_only=True)
class Graph:
    """A stack of nodes with its arguments.

    Attributes:
        name: as in ``simlingo up --graph NAME``.
        description: one sentence.
        arguments: every placeholder and condition names one of them.
        nodes: in start order.
        config_file: parameter file of the stack in ``share/simlingo_bringup/config``, or empty.

    Raises:
        ConfigError: a name is used twice, or a node waits for one that stands later.
    """

    name: str
    description: str
    arguments: tuple[ArgumentSpec, ...]
    nodes: tuple[NodeSpec, ...]
    config_file: str = ''

    def __post_init__(self) -> None:
        for kind, names in (
            ('argument', [argument.name for argument in self.arguments]),
            ('node', [node.name for node in self.nodes]),
        ):
            for name in names:
                if names.count(name) > 1:
                    raise ConfigError(f'graph {self.name} has two {kind}s named {name!r}')
        earlier: set[str] = set()
        for node in self.nodes:
            if missing := set(node.after) - earlier:
                raise ConfigError(
                    f'node {node.name!r} starts after {sorted(missing)}; '
                    'expected nodes that stand before it'
                )
            earlier.add(node.name)

    def parse_arguments(self, given: Mapping[str, str]) -> dict[str, Value]:
        """Return the value of every argument, from ``given`` or its default.

        Raises:
            ConfigError: a name is unknown or a value is refused.
        """
        known = {argument.name: argument for argument in self.arguments}
        for name in given:
            if name not in known:
                near = difflib.get_close_matches(name, known, n=1)
                hint = f'did you mean {near[0]!r}?' if near else f'expected {", ".join(known)}'
                raise ConfigError(f'graph {self.name} has no argument {name!r}; {hint}')
        return {
            name: argument.parse(given[name]) if name in given else argument.default
            for name, argument in known.items()
        }
