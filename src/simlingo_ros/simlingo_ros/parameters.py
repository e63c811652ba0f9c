# SPDX-License-Identifier: Apache-2.0
"""ROS parameters declared from a configuration dataclass.

The dataclass is the only place that states default, unit, range and meaning of a parameter.
Parameters are read-only: a configuration is fixed when the node is made, so a later set through
the parameter service is refused rather than accepted without effect.
"""

from __future__ import annotations

import sys
from array import array
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

import yaml
from rcl_interfaces.msg import FloatingPointRange, IntegerRange, ParameterDescriptor
from rclpy.node import Node
from rclpy.parameter import Parameter

from simlingo_core.errors import ConfigError
from simlingo_ros.qos_overrides import PREFIX, check_overrides
from simlingo_ros.settings import Setting, build, check_value, list_settings, refuse_unknown

T = TypeVar('T')

# Names that rclpy itself declares or reads.
ROS_PARAMETERS = ('use_sim_time', 'start_type_description_service')
ROS_PREFIXES = (PREFIX,)

_TYPES = {
    (bool, False): Parameter.Type.BOOL,
    (int, False): Parameter.Type.INTEGER,
    (float, False): Parameter.Type.DOUBLE,
    (str, False): Parameter.Type.STRING,
    (bool, True): Parameter.Type.BOOL_ARRAY,
    (int, True): Parameter.Type.INTEGER_ARRAY,
    (float, True): Parameter.Type.DOUBLE_ARRAY,
    (str, True): Parameter.Type.STRING_ARRAY,
}


def declare(
    node: Node,
    config_class: type[T],
    *,
    args: Sequence[str] | None = None,
    also: Iterable[str] = (),
) -> T:
    """Declare each field of ``config_class`` as a parameter and return the configured instance.

    Args:
        node: a new node; its parameter file and command line are applied.
        config_class: frozen dataclass, see ``simlingo_core.config.parameter``.
        args: command line the node was started with, to name the file in errors.
        also: further names that the node declares itself.

    Raises:
        ConfigError: a key is unknown, of the wrong type or out of range; the message names the
            key, the node and the file.
    """
    settings = list_settings(config_class)
    overrides = read_overrides(node)
    check_overrides(overrides)
    files = parameter_files(sys.argv if args is None else args)
    name = node.get_fully_qualified_name()
    known = {*settings, *also, *ROS_PARAMETERS, *(n for n in overrides if node.has_parameter(n))}
    for key in overrides:
        if not key.startswith(ROS_PREFIXES):
            refuse_unknown([key], known, where=_origin(name, key, files))
    values = {key: value for key, value in overrides.items() if key in settings}
    for key, value in values.items():
        check_value(settings[key], value, where=_origin(name, key, files))
    config = build(config_class, values, where=f'node {name}')
    for setting in settings.values():
        value = _value_of(config, setting.name)
        _declare_one(node, setting, value)
    return config


def read_overrides(node: Node) -> dict[str, Any]:
    """Return what the parameter file and the command line set for this node."""
    # rclpy offers no public view of the overrides before the parameters are declared, and
    # declaring first would refuse whole numbers for floats.
    overrides: Mapping[str, Parameter[Any]] = node._parameter_overrides
    return {key: _plain(parameter.value) for key, parameter in overrides.items()}


def describe(setting: Setting) -> ParameterDescriptor:
    """Return the descriptor of a setting: meaning with unit, range, read-only."""
    unit = f' [{setting.unit}]' if setting.unit else ''
    descriptor = ParameterDescriptor(
        description=setting.description + unit,
        additional_constraints=setting.range_text,
        read_only=True,
    )
    if setting.is_array or (setting.low is None and setting.high is None):
        return descriptor
    if setting.kind is float:
        low = -sys.float_info.max if setting.low is None else float(setting.low)
        high = sys.float_info.max if setting.high is None else float(setting.high)
        descriptor.floating_point_range = [FloatingPointRange(from_value=low, to_value=high)]
    elif setting.kind is int:
        low_int = -(2**63) if setting.low is None else int(setting.low)
        high_int = 2**63 - 1 if setting.high is None else int(setting.high)
        descriptor.integer_range = [IntegerRange(from_value=low_int, to_value=high_int, step=1)]
    return descriptor


def parameter_files(args: Sequence[str]) -> list[Path]:
    """Return the files named by ``--params-file`` on a command line."""
    pairs = zip(args, [*args[1:], ''], strict=True)
    return [Path(value) for flag, value in pairs if flag == '--params-file']


def _declare_one(node: Node, setting: Setting, value: Any) -> None:
    """Declare one parameter with a value that was checked before."""
    kind = _TYPES[setting.kind, setting.is_array]
    parameter = Parameter(setting.name, kind, list(value) if setting.is_array else value)
    node.declare_parameter(
        setting.name, parameter.value, descriptor=describe(setting), ignore_override=True
    )


def _value_of(config: Any, name: str) -> Any:
    """Follow a dotted name into nested dataclasses."""
    for part in name.split('.'):
        config = getattr(config, part)
    return config


def _plain(value: Any) -> Any:
    """Turn the array types of rclpy into lists."""
    return list(value) if isinstance(value, array | tuple) else value


def _origin(node_name: str, key: str, files: Sequence[Path]) -> str:
    """Return the node that a key is for and, if known, the file that it is in."""
    for path in reversed(files):
        try:
            content = yaml.safe_load(path.read_text(encoding='utf-8'))
        except (OSError, yaml.YAMLError) as error:
            raise ConfigError(f'cannot read parameter file {path}: {error}') from error
        if key in _keys(content):
            return f'node {node_name}, file {path}'
    return f'node {node_name}, command line'


def _keys(content: Any) -> set[str]:
    """Return the dotted keys of every section of a parameter file."""
    found: set[str] = set()

    def collect(tree: Any, prefix: str) -> None:
        for key, value in tree.items() if isinstance(tree, dict) else ():
            found.add(f'{prefix}{key}')
            collect(value, f'{prefix}{key}.')

    def sections(tree: Any) -> None:
        for key, value in tree.items() if isinstance(tree, dict) else ():
            if key == 'ros__parameters':
                collect(value, '')
            else:
                sections(value)

    sections(content)
    return found
