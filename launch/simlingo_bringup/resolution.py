# SPDX-License-Identifier: Apache-2.0
"""From a graph and its arguments to the nodes to start: the one translation of both front ends."""

from __future__ import annotations

import importlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from simlingo_bringup.environment import user_environment
from simlingo_bringup.parameter_files import Section, read_sections, refuse_unmatched, select
from simlingo_bringup.share import find_share
from simlingo_bringup.specification import (
    Argument,
    Computed,
    Graph,
    NodeSpec,
    Readiness,
    Restart,
    Unless,
    Value,
)
from simlingo_core.errors import ConfigError
from simlingo_ros.qos_overrides import PREFIX as QOS_PREFIX
from simlingo_ros.settings import build, check_value, list_settings, refuse_unknown

# Read by rclpy itself or by the base of our nodes; no dataclass of theirs holds them.
ROS_PARAMETERS = ('use_sim_time', 'start_type_description_service', 'autostart')
ROS_PREFIXES = (QOS_PREFIX,)
# A node that crashes in compiled code prints its Python stack as its last lines.
NODE_ENVIRONMENT = {'PYTHONFAULTHANDLER': '1'}
# Before the command of a node that only watches and must not delay the car.
GIVE_WAY = ('nice', '-n', '10')


@dataclass(frozen=True, kw_only=True)
class ResolvedNode:
    """One node, ready to be started; see ``NodeSpec`` for the fields.

    ``prefix`` stands before its command.
    """

    package: str
    module: str
    executable: str
    name: str
    namespace: str
    remaps: tuple[tuple[str, str], ...]
    parameters: Mapping[str, Any]
    log_level: str
    required: bool
    restart: Restart
    readiness: Readiness
    after: tuple[str, ...]
    environment: Mapping[str, str]
    prefix: tuple[str, ...] = ()

    @property
    def full_name(self) -> str:
        """Namespace and name."""
        return join_name(self.namespace, self.name)

    def ros_arguments(self) -> list[str]:
        """Return the arguments after the program: name, namespace, remaps, parameters."""
        words = ['--ros-args', '-r', f'__node:={self.name}', '-r', f'__ns:={self.namespace}']
        for source, target in self.remaps:
            words += ['-r', f'{source}:={target}']
        for key, value in self.parameters.items():
            words += ['-p', f'{key}:={to_yaml(value)}']
        return [*words, '--log-level', self.log_level]


def join_name(namespace: str, name: str) -> str:
    """Return the full name of a node or topic."""
    return f'{namespace.rstrip("/")}/{name}'


def to_yaml(value: Any) -> str:
    """Write a parameter value so that ROS reads it back in the same type."""
    if isinstance(value, float) and value in (float('inf'), float('-inf')):
        return '.inf' if value > 0 else '-.inf'
    if isinstance(value, list | tuple):
        return f'[{", ".join(to_yaml(element) for element in value)}]'
    return json.dumps(value, ensure_ascii=False)


def resolve(graph: Graph, arguments: Mapping[str, str]) -> tuple[ResolvedNode, ...]:
    """Turn a graph and the given arguments into the nodes to start.

    A parameter comes from, the later the stronger: the dataclass, the graph's parameter file,
    the graph's arguments, the file named by ``params_file``.

    Raises:
        ConfigError: an argument, a section, a key or a value is refused; nothing was started.
    """
    values = graph.parse_arguments(arguments)
    base = read_sections(find_share('config', graph.config_file)) if graph.config_file else []
    user_file = str(values.get('params_file', ''))
    user = read_sections(Path(user_file)) if user_file else []
    names = {node.name: _full_name(node, values) for node in graph.nodes}
    refuse_unmatched([*base, *user], names.values())
    started = [n for n in graph.nodes if n.condition is None or n.condition.holds(values)]
    present = {node.name for node in started}
    return tuple(_resolve_node(node, values, base, user, present) for node in started)


def _resolve_node(
    node: NodeSpec,
    values: Mapping[str, Value],
    base: list[Section],
    user: list[Section],
    present: set[str],
) -> ResolvedNode:
    full_name = _full_name(node, values)
    return ResolvedNode(
        package=node.package,
        module=node.module,
        executable=node.executable,
        name=_fill(node.name, values),
        namespace=_fill(node.namespace, values),
        remaps=tuple((source, _fill(target, values)) for source, target in node.remaps),
        parameters=_merge_parameters(node, full_name, values, base, user),
        log_level=str(values.get('log_level', 'info')),
        required=node.required,
        restart=(
            node.restart.evaluate(values) if isinstance(node.restart, Computed) else node.restart
        ),
        readiness=node.readiness,
        after=tuple(name for name in node.after if name in present),
        environment=NODE_ENVIRONMENT | (_image_environment() if node.publishes_images else {}),
        prefix=GIVE_WAY if node.gives_way is not None and node.gives_way.holds(values) else (),
    )


def _merge_parameters(
    node: NodeSpec,
    full_name: str,
    values: Mapping[str, Value],
    base: list[Section],
    user: list[Section],
) -> dict[str, Any]:
    """Merge and check the parameters of one node."""
    config_class = _load(node.config_class)
    settings = list_settings(config_class)
    own: dict[str, Any] = (
        {'use_sim_time': values['use_sim_time']} if 'use_sim_time' in values else {}
    )
    own.update((key, _evaluate(value, values)) for key, value in node.parameters)
    graph = Section(full_name, own, 'graph')
    merged: dict[str, Any] = {}
    for section in (*select(base, full_name), graph, *select(user, full_name)):
        where = f'node {full_name}, {section.origin}'
        for key, value in section.parameters.items():
            if _belongs_to_ros(key):
                merged[key] = value
                continue
            refuse_unknown([key], settings, where=where)
            merged[key] = check_value(settings[key], value, where=where)
    mine = {key: value for key, value in merged.items() if not _belongs_to_ros(key)}
    build(config_class, mine, where=f'node {full_name}')
    return merged


def _full_name(node: NodeSpec, values: Mapping[str, Value]) -> str:
    return join_name(_fill(node.namespace, values), _fill(node.name, values))


def _belongs_to_ros(key: str) -> bool:
    return key in ROS_PARAMETERS or key.startswith(ROS_PREFIXES)


def _evaluate(value: Value | Argument | Unless | Computed, values: Mapping[str, Value]) -> Any:
    if isinstance(value, Argument):
        return values[value.name]
    if isinstance(value, Unless | Computed):
        return value.evaluate(values)
    return _fill(value, values) if isinstance(value, str) else value


def _fill(text: str, values: Mapping[str, Value]) -> str:
    try:
        return text.format_map(values)
    except KeyError as error:
        raise ConfigError(f'{text!r} names the argument {error}, which the graph lacks') from None


def _load(reference: str) -> type[Any]:
    """Import ``module:Class``."""
    module, _, name = reference.partition(':')
    loaded: type[Any] = getattr(importlib.import_module(module), name)
    return loaded


def _image_environment() -> dict[str, str]:
    from simlingo_ros.dds import dds_environment

    return dds_environment(user_environment())
