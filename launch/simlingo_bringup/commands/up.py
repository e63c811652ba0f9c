# SPDX-License-Identifier: Apache-2.0
"""Start a graph of nodes and keep it running until Ctrl-C."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Annotated

import typer

from simlingo_bringup.environment import DiscoveryRange, prepare_environment
from simlingo_bringup.graph import DEFAULT_GRAPH, find_graph
from simlingo_bringup.programs import check_programs
from simlingo_bringup.resolution import resolve
from simlingo_bringup.route_check import check_routes
from simlingo_bringup.supervisor import supervise
from simlingo_core.errors import ConfigError

app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command()
def up(
    arguments: Annotated[
        list[str] | None,
        typer.Argument(metavar='[NAME:=VALUE]...', help='Arguments of the graph.'),
    ] = None,
    graph: Annotated[str, typer.Option(help='Which graph.')] = '',
    domain_id: Annotated[
        int | None, typer.Option(min=0, max=232, help='ROS domain; default: ROS_DOMAIN_ID.')
    ] = None,
    discovery: Annotated[
        DiscoveryRange | None, typer.Option(help='How far nodes look for each other.')
    ] = None,
    show_args: Annotated[bool, typer.Option('--show-args', help='List the arguments.')] = False,
    dry_run: Annotated[
        bool, typer.Option('--dry-run', help='Print what would be started, as JSON.')
    ] = False,
) -> None:
    """Start a graph of nodes and keep it running until Ctrl-C.

    Arguments are written as for 'ros2 launch': world:=sim lockstep:=true.
    """
    chosen = find_graph(graph or DEFAULT_GRAPH)
    if show_args:
        for argument in chosen.arguments:
            choices = f' ({", ".join(argument.choices)})' if argument.choices else ''
            text = f'{argument.name}:={argument.default_text}'
            print(f'{text:<28} {argument.description}{choices}')
        return
    nodes = resolve(chosen, split_arguments(arguments or []))
    if dry_run:
        print(json.dumps([asdict(node) for node in nodes], indent=2))
        return
    check_programs(nodes)
    check_routes(nodes)
    prepare_environment(domain_id=domain_id, discovery=discovery)
    raise typer.Exit(supervise(nodes))


def split_arguments(words: list[str]) -> dict[str, str]:
    """Split ``name:=value`` words.

    Raises:
        ConfigError: a word has another form.
    """
    pairs = {}
    for word in words:
        name, mark, value = word.partition(':=')
        if not mark or not name:
            raise ConfigError(f'argument {word!r} is not understood; expected name:=value')
        pairs[name] = value
    return pairs
