# SPDX-License-Identifier: Apache-2.0
"""Start a graph of nodes and keep it running until Ctrl-C."""

from __future__ import annotations

import json
import os
import sys
from dataclasses import asdict
from enum import StrEnum
from typing import Annotated

import typer

from simlingo_core.errors import ConfigError

app = typer.Typer(add_completion=False, rich_markup_mode=None)


class DiscoveryRange(StrEnum):
    """How far nodes look for each other."""

    LOCALHOST = 'localhost'
    SUBNET = 'subnet'
    OFF = 'off'


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
    from simlingo_bringup.graph import DEFAULT_GRAPH, find_graph
    from simlingo_bringup.resolution import resolve

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
    set_ros_environment(domain_id, discovery)
    # Imported only now, for the same reason: --show-args and errors come at once.
    from simlingo_bringup.log_view import LogView
    from simlingo_bringup.supervisor import Supervisor

    view = LogView([node.name for node in nodes], sys.stdout)
    raise typer.Exit(Supervisor(nodes, environment=node_environment(), view=view).run())


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


def set_ros_environment(domain_id: int | None, discovery: DiscoveryRange | None) -> None:
    """Set domain, discovery range and discovery profile of this process and of the nodes."""
    from simlingo_bringup.share import find_share
    from simlingo_ros.dds import PROFILE_VARIABLES

    if not any(os.environ.get(name) for name in PROFILE_VARIABLES):
        os.environ[PROFILE_VARIABLES[0]] = str(find_share('config', 'fastdds_discovery.xml'))
    if domain_id is not None:
        os.environ['ROS_DOMAIN_ID'] = str(domain_id)
    if discovery is not None:
        os.environ['ROS_AUTOMATIC_DISCOVERY_RANGE'] = discovery.upper()
        if os.environ.get('ROS_DISTRO') == 'humble':
            # Humble knows this one only; newer releases warn about it.
            os.environ['ROS_LOCALHOST_ONLY'] = str(int(discovery is DiscoveryRange.LOCALHOST))


def node_environment() -> dict[str, str]:
    """Return the environment of the nodes: line-wise output, short log lines."""
    defaults = {
        'PYTHONUNBUFFERED': '1',
        'RCUTILS_CONSOLE_OUTPUT_FORMAT': '[{severity}] {message}',
        'RCUTILS_COLORIZED_OUTPUT': '0',
    }
    return {**defaults, **os.environ}
