# SPDX-License-Identifier: Apache-2.0
import dataclasses
from importlib.metadata import entry_points
from importlib.util import find_spec

import pytest

from simlingo_bringup.environment import prepare_environment
from simlingo_bringup.graph import GRAPHS, find_graph
from simlingo_bringup.resolution import resolve
from simlingo_bringup.specification import ArgumentSpec, Graph, NodeSpec, Restart
from simlingo_core.errors import ConfigError

NODE = NodeSpec(package='p', module='m', executable='e', name='n', config_class='c:C')


def find(nodes, name):
    return next(node for node in nodes if node.name == name)


@pytest.mark.parametrize('graph', GRAPHS.values(), ids=lambda graph: graph.name)
def test_every_default_resolves_and_every_program_exists(graph):
    scripts = {point.name: point for point in entry_points(group='console_scripts')}

    for node in resolve(graph, {}):
        assert find_spec(f'{node.module}.__main__') is not None
        assert scripts[node.executable].value.startswith(node.module + '.')


def test_only_a_world_driven_from_here_and_a_recording_are_started():
    graph = find_graph('stack')
    choices = next(a for a in graph.arguments if a.name == 'world').choices

    assert choices == ('sim', 'carla', 'carla_direct', 'carla_native', 'bag')
    for world in choices:
        names = [node.name for node in resolve(graph, {'world': world, 'bag': 'out/drive'})]
        assert ('world' in names) == (world == 'sim')
        assert ('carla_world' in names) == (world == 'carla_direct')
        assert ('bag_world' in names) == (world == 'bag')


def test_arguments_reach_names_and_parameters_in_their_type():
    nodes = resolve(
        find_graph('stack'),
        {'namespace': 'car7', 'role_name': 'hero', 'lockstep': 'true', 'rate_limit_hz': '5'},
    )

    perception = find(nodes, 'perception')
    assert perception.full_name == '/car7/perception'
    assert perception.parameters['role_name'] == 'hero'
    assert perception.parameters['lockstep'] is True
    assert perception.parameters['rate_limit_hz'] == 5.0
    assert find(nodes, 'world').parameters['use_sim_time'] is False
    assert perception.parameters['use_sim_time'] is True


@pytest.mark.parametrize(
    ('given', 'restart'),
    [
        ({}, Restart.NEVER),
        ({'page': 'true'}, Restart.ON_FAILURE),
        ({'page': 'true', 'ends_when_done': 'true'}, Restart.NEVER),
        ({'ends_when_done': 'false'}, Restart.ON_FAILURE),
    ],
)
def test_a_world_that_died_begins_again_where_another_episode_can_be_begun(given, restart):
    assert find(resolve(find_graph('stack'), given), 'world').restart is restart


def test_address_of_the_server_reaches_the_world():
    given = {'world': 'carla_direct', 'carla_host': '10.0.0.5', 'carla_timeout': '3'}
    nodes = resolve(find_graph('stack'), {**given, 'carla_vehicles': '12'})

    server = 'carla://10.0.0.5:2000?timeout=3.0&vehicles=12&walkers=0'
    assert find(nodes, 'carla_world').parameters['world'] == server
    assert 'vehicles' not in find(nodes, 'carla_world').parameters


@pytest.mark.parametrize('is_prepared', [False, True])
def test_only_image_publishers_get_the_large_shared_memory(monkeypatch, is_prepared):
    for name in ('FASTDDS_DEFAULT_PROFILES_FILE', 'FASTRTPS_DEFAULT_PROFILES_FILE'):
        monkeypatch.delenv(name, raising=False)
    if is_prepared:  # by a command of ours that starts the stack
        monkeypatch.setenv('FASTDDS_DEFAULT_PROFILES_FILE', '')
        prepare_environment()

    nodes = resolve(find_graph('stack'), {})

    names = [node.name for node in nodes if 'FASTDDS_DEFAULT_PROFILES_FILE' in node.environment]
    assert names == ['perception', 'world']
    assert all(node.environment['PYTHONFAULTHANDLER'] == '1' for node in nodes)


def test_the_users_file_beats_graph_and_defaults(tmp_path):
    path = tmp_path / 'p.yaml'
    path.write_text('/**/planner: {ros__parameters: {speaks: false, lockstep: true}}\n')

    nodes = resolve(find_graph('stack'), {'params_file': str(path), 'lockstep': 'false'})

    before = find(resolve(find_graph('stack'), {}), 'planner')
    assert before.parameters['speaks'] is True
    assert find(nodes, 'planner').parameters['speaks'] is False
    assert find(nodes, 'planner').parameters['lockstep'] is True
    assert find(nodes, 'control').parameters['lockstep'] is False


@pytest.mark.parametrize(
    ('text', 'words'),
    [
        ('/**/perception: {ros__parameters: {rate_limit_hx: 3}}', 'rate_limit_hx.*did you mean'),
        ('/**/perception: {ros__parameters: {rate_limit_hz: fast}}', 'rate_limit_hz.*fast'),
        ('/**/perception: {ros__parameters: {rate_limit_hz: -1.0}}', 'rate_limit_hz.*-1'),
        ('/**/perzeption: {ros__parameters: {rate_limit_hz: 1.0}}', 'matches no node'),
    ],
)
def test_a_bad_parameter_file_is_refused_by_name_before_anything_starts(tmp_path, text, words):
    path = tmp_path / 'mine.yaml'
    path.write_text(text)

    with pytest.raises(ConfigError, match=words) as caught:
        resolve(find_graph('stack'), {'params_file': str(path)})

    assert 'mine.yaml' in str(caught.value)


@pytest.mark.parametrize(
    ('given', 'words'),
    [
        ({'wurld': 'sim'}, "did you mean 'world'"),
        ({'world': 'karla'}, "did you mean 'carla'"),
        ({'lockstep': 'yes'}, 'expected true or false'),
        ({'seed': 'one'}, 'expected int'),
        ({'plan_period_ticks': '0'}, 'plan_period_ticks'),
    ],
)
def test_bad_arguments_are_refused(given, words):
    with pytest.raises(ConfigError, match=words):
        resolve(find_graph('stack'), given)


def test_an_unknown_graph_is_refused_with_the_nearest():
    with pytest.raises(ConfigError, match="did you mean 'expert_drive'"):
        find_graph('expert_driv')


def test_a_graph_of_ones_own_is_named_by_its_module():
    assert find_graph('simlingo_bringup.stack_graph:STACK') is find_graph('stack')
    for name, words in (
        ('no_such_package.graph:GRAPH', 'cannot be loaded'),
        ('simlingo_bringup.stack_graph:NOTHING', 'cannot be loaded'),
        (':', 'cannot be loaded'),
        ('simlingo_bringup.stack_graph:PLANNER', 'is NodeSpec; expected a Graph'),
    ):
        with pytest.raises(ConfigError, match=words):
            find_graph(name)


def test_a_graph_that_contradicts_itself_is_refused():
    argument = ArgumentSpec(name='a', default=1, description='')
    make = {'name': 'g', 'description': '', 'arguments': ()}
    with pytest.raises(ConfigError, match='two nodes'):
        Graph(**make, nodes=(NODE, NODE))
    with pytest.raises(ConfigError, match='two arguments'):
        Graph(**make | {'arguments': (argument, argument)}, nodes=())
    with pytest.raises(ConfigError, match='starts after'):
        Graph(**make, nodes=(dataclasses.replace(NODE, after=('later',)),))
    with pytest.raises(ConfigError, match='namespace'):
        resolve(Graph(**make, nodes=(NODE,)), {})
