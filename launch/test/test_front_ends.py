# SPDX-License-Identifier: Apache-2.0
"""``ros2 launch`` and ``simlingo up`` start the same nodes.

Where the launch library is installed the launch files run through it; elsewhere through a double
that takes exactly the arguments the library takes and records them.
"""

import importlib
import runpy
import sys
import types
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import yaml

from simlingo_bringup.child import Child
from simlingo_bringup.graph import GRAPHS
from simlingo_bringup.graph_parts import ARGUMENTS
from simlingo_bringup.programs import find_program
from simlingo_bringup.resolution import resolve
from simlingo_bringup.share import find_share
from simlingo_bringup.specification import Graph, NodeSpec
from simlingo_bringup.stack_graph import PERCEPTION, STACK

REAL_LAUNCH = hasattr(importlib.import_module('launch'), 'LaunchDescription')


@dataclass(frozen=True)
class Started:
    """What a front end starts, in plain values."""

    package: str
    executable: str
    full_name: str
    parameters: dict
    remaps: list
    environment: dict
    log_level: str
    prefix: list


# ---- simlingo up -----------------------------------------------------------------------------


def start_with_supervisor(graph, arguments):
    return [read_command_line(node) for node in resolve(graph, arguments)]


def read_command_line(node):
    """Read the words that the supervisor would start, as ROS reads them."""
    words = Child(node).command()
    program = [sys.executable, '-m', node.module]
    if not node.module:
        program = [str(find_program(node.package, node.executable))]
    prefix = words[: words.index(program[0])]
    words = words[len(prefix) :]
    assert words[: len(program)] == program
    words = words[len(program) :]
    assert words[0] == '--ros-args'
    pairs = list(zip(words[1::2], words[2::2], strict=True))
    rules = [tuple(value.split(':=', 1)) for flag, value in pairs if flag == '-r']
    values = [value.split(':=', 1) for flag, value in pairs if flag == '-p']
    special = {source: target for source, target in rules if source.startswith('__')}
    return Started(
        package=node.package,
        executable=node.executable,
        full_name=f'{special["__ns"]}/{special["__node"]}',
        parameters={key: yaml.safe_load(text) for key, text in values},
        remaps=[rule for rule in rules if not rule[0].startswith('__')],
        environment=dict(node.environment),
        log_level=dict(pairs)['--log-level'],
        prefix=prefix,
    )


# ---- ros2 launch -----------------------------------------------------------------------------


@dataclass
class Context:
    launch_configurations: dict = field(default_factory=dict)


class Declare:
    def __init__(self, name, *, default_value, description, choices=None):
        assert description
        assert choices is None or default_value in choices
        self.name, self.default_value = name, default_value

    def visit(self, context):
        context.launch_configurations.setdefault(self.name, self.default_value)
        return []


class Opaque:
    def __init__(self, *, function, args=None):
        self.function, self.args = function, args or []

    def visit(self, context):
        return self.function(context, *self.args)


class Configuration:
    def __init__(self, name):
        self.name = name

    def perform(self, context):
        return context.launch_configurations[self.name]


@dataclass
class Value:
    value: object
    value_type: type | None = None

    def __init__(self, value, *, value_type=None):
        self.value, self.value_type = value, value_type


class Description:
    def __init__(self, entities):
        self.entities = entities


@dataclass
class Shutdown:
    reason: str = ''


@dataclass(kw_only=True)
class Node:
    package: str
    executable: str
    name: str
    namespace: str
    parameters: list
    remappings: list
    ros_arguments: list
    additional_env: dict
    prefix: str | None
    output: str
    respawn: bool
    respawn_delay: float
    on_exit: list | None


DOUBLE = {
    'launch': {'LaunchDescription': Description},
    'launch.actions': {
        'DeclareLaunchArgument': Declare,
        'OpaqueFunction': Opaque,
        'Shutdown': Shutdown,
    },
    'launch.launch_context': {'LaunchContext': Context},
    'launch.launch_description': {'LaunchDescription': Description},
    'launch.substitutions': {'LaunchConfiguration': Configuration},
    'launch_ros': {},
    'launch_ros.actions': {'Node': Node},
    'launch_ros.parameter_descriptions': {'ParameterValue': Value},
}


@pytest.fixture
def launch_library(monkeypatch):
    """Put the double in the place of the library where the library is not installed."""
    monkeypatch.delitem(sys.modules, 'simlingo_bringup.launch_actions', raising=False)
    if REAL_LAUNCH:
        return
    for name, content in DOUBLE.items():
        module = types.ModuleType(name)
        vars(module).update(content)
        monkeypatch.setitem(sys.modules, name, module)


def read_launch_file(name):
    path = find_share('launch', f'{name}.launch.py')
    return runpy.run_path(str(path))['generate_launch_description']()


def start_with_launch(description, arguments):
    context = importlib.import_module('launch.launch_context').LaunchContext()
    context.launch_configurations.update(arguments)
    actions = [a for entity in description.entities for a in (entity.visit(context) or [])]
    return [(read_real_action if REAL_LAUNCH else read_action)(a, context) for a in actions]


def read_action(node, _context):
    """Read a node of the double."""
    (parameters,) = node.parameters
    assert node.on_exit is None or not node.respawn
    # The library would read a bare text as YAML and so change its type.
    assert not any(isinstance(value, str) for value in parameters.values())
    return Started(
        package=node.package,
        executable=node.executable,
        full_name=f'{node.namespace}/{node.name}',
        parameters={k: v.value if isinstance(v, Value) else v for k, v in parameters.items()},
        remaps=node.remappings,
        environment=node.additional_env,
        log_level=node.ros_arguments[node.ros_arguments.index('--log-level') + 1],
        prefix=(node.prefix or '').split(),
    )


def read_real_action(node, context):
    """Read a node of the library, after its substitutions."""
    from launch.substitutions import LocalSubstitution
    from launch.utilities import perform_substitutions

    node._perform_substitutions(context)
    words = [
        perform_substitutions(context, word)
        for word in node.cmd[1:]
        if not any(isinstance(part, LocalSubstitution) for part in word)
    ]
    (file,) = [words[i + 1] for i, word in enumerate(words) if word == '--params-file']
    ((_, section),) = yaml.safe_load(Path(file).read_text()).items()
    return Started(
        package=node.node_package,
        executable=node.node_executable,
        full_name=node.node_name,
        parameters={
            key: list(value) if isinstance(value, tuple) else value
            for key, value in section['ros__parameters'].items()
        },
        remaps=list(node.expanded_remapping_rules or []),
        environment={
            perform_substitutions(context, key): perform_substitutions(context, value)
            for key, value in node.additional_env or []
        },
        log_level=words[words.index('--log-level') + 1],
        prefix=perform_substitutions(context, node.process_description.prefix).split(),
    )


# ---- the comparison --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ('name', 'arguments'),
    [
        *((name, {}) for name in GRAPHS),
        ('stack', {'lockstep': 'true', 'role_name': 'hero', 'namespace': 'car/one'}),
        ('stack', {'world': 'carla', 'use_sim_time': 'false', 'log_level': 'debug'}),
        ('stack', {'result_path': '12', 'rate_limit_hz': '1', 'seed': '7'}),
    ],
    ids=str,
)
def test_both_front_ends_start_the_same(launch_library, name, arguments):
    by_launch = start_with_launch(read_launch_file(name), arguments)

    assert by_launch == start_with_supervisor(GRAPHS[name], arguments)
    assert len(by_launch) >= 3


@pytest.mark.parametrize(
    ('name', 'arguments'),
    [
        ('carla', {}),
        ('carla', {'bridge': 'passive', 'town': 'Town05', 'carla_host': 'car', 'rviz': 'true'}),
        ('stack', {'world': 'carla', 'role_name': 'hero', 'spawn_point': '1,2,0.5,0,0,90'}),
        ('carla_native', {'localisation': 'true'}),
    ],
    ids=str,
)
def test_both_front_ends_start_the_nodes_of_carla(launch_library, bridge, name, arguments):
    by_launch = start_with_launch(read_launch_file(name), arguments)

    assert by_launch == start_with_supervisor(GRAPHS[name], arguments)
    packages = {node.package for node in by_launch}
    assert ('carla_ros_bridge' in packages) == (name != 'carla_native')


@pytest.mark.parametrize(('lockstep', 'prefix'), [('false', ['nice', '-n', '10']), ('true', [])])
def test_who_only_watches_gives_way_unless_nobody_can_be_late(launch_library, lockstep, prefix):
    arguments = {'lockstep': lockstep, 'observe': 'true'}

    by_launch = start_with_launch(read_launch_file('stack'), arguments)

    prefixes = {node.full_name: node.prefix for node in by_launch}
    assert prefixes.pop('/simlingo/observer') == prefix
    assert prefixes.pop('/simlingo/display') == prefix
    assert not any(prefixes.values())
    assert by_launch == start_with_supervisor(GRAPHS['stack'], arguments)


def test_every_argument_is_declared_with_default_and_description(launch_library):
    description = read_launch_file('stack')

    names = [entity.name for entity in description.entities if hasattr(entity, 'default_value')]

    assert names == [argument.name for argument in STACK.arguments]
    assert {'role_name', 'namespace', 'params_file', 'use_sim_time', 'log_level', 'world'} <= {
        *names
    }


def test_both_front_ends_take_the_parameter_file_and_remaps(launch_library, tmp_path):
    path = tmp_path / 'p.yaml'
    path.write_text('/**: {ros__parameters: {rate_limit_hz: 2}}\n')
    perception = NodeSpec(
        **{
            **vars(PERCEPTION),
            'remaps': (('plan', '/other/plan'), ('odometry', '{role_name}/odom')),
        }
    )
    graph = Graph(name='g', description='', arguments=ARGUMENTS, nodes=(perception,))
    graph = Graph(**{**vars(graph), 'arguments': STACK.arguments})
    arguments = {'params_file': str(path), 'role_name': 'hero'}
    describe = importlib.import_module('simlingo_bringup.launch_actions').describe

    (node,) = start_with_launch(describe(graph), arguments)

    assert [node] == start_with_supervisor(graph, arguments)
    assert node.parameters['rate_limit_hz'] == pytest.approx(2.0)
    assert node.remaps == [('plan', '/other/plan'), ('odometry', 'hero/odom')]
