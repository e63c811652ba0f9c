# SPDX-License-Identifier: Apache-2.0
"""The graphs that ``simlingo up`` and ``ros2 launch`` can start."""

import difflib
import importlib

from simlingo_bringup.expert_graph import EXPERT_DRIVE
from simlingo_bringup.specification import Graph
from simlingo_bringup.stack_graph import CARLA, CARLA_NATIVE, STACK
from simlingo_core.errors import ConfigError

GRAPHS = {graph.name: graph for graph in (STACK, CARLA, CARLA_NATIVE, EXPERT_DRIVE)}
DEFAULT_GRAPH = STACK.name


def find_graph(name: str) -> Graph:
    """Return a graph by its name, or one of your own as ``package.module:GRAPH``.

    Raises:
        ConfigError: there is none of that name.
    """
    if ':' in name:
        return _load(name)
    if name not in GRAPHS:
        near = difflib.get_close_matches(name, GRAPHS, n=1)
        hint = f'did you mean {near[0]!r}?' if near else f'expected one of {", ".join(GRAPHS)}'
        raise ConfigError(f'there is no graph {name!r}; {hint}, or package.module:GRAPH')
    return GRAPHS[name]


def _load(reference: str) -> Graph:
    """Import a graph from a module."""
    module, _, name = reference.partition(':')
    try:
        graph = getattr(importlib.import_module(module), name)
    except (ImportError, AttributeError, ValueError) as error:
        raise ConfigError(f'graph {reference!r} cannot be loaded: {error}') from error
    if not isinstance(graph, Graph):
        raise ConfigError(f'{reference!r} is {type(graph).__name__}; expected a Graph')
    return graph
