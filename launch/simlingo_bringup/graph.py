# SPDX-License-Identifier: Apache-2.0
"""The graphs that ``simlingo up`` and ``ros2 launch`` can start."""

import difflib

from simlingo_bringup.expert_graph import EXPERT_DRIVE
from simlingo_bringup.fixture.graph import FIXTURE
from simlingo_bringup.specification import Graph
from simlingo_bringup.stack_graph import STACK
from simlingo_core.errors import ConfigError

GRAPHS = {graph.name: graph for graph in (STACK, FIXTURE, EXPERT_DRIVE)}
DEFAULT_GRAPH = STACK.name


def find_graph(name: str) -> Graph:
    """Return a graph by its name.

    Raises:
        ConfigError: there is none of that name.
    """
    if name not in GRAPHS:
        near = difflib.get_close_matches(name, GRAPHS, n=1)
        hint = f'did you mean {near[0]!r}?' if near else f'expected one of {", ".join(GRAPHS)}'
        raise ConfigError(f'there is no graph {name!r}; {hint}')
    return GRAPHS[name]
