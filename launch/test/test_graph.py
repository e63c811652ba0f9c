# SPDX-License-Identifier: Apache-2.0
import dataclasses
from importlib.metadata import entry_points
from importlib.util import find_spec

import pytest

from simlingo_bringup.graph import GRAPHS, find_graph
from simlingo_bringup.resolution import resolve
from simlingo_bringup.specification import ArgumentSpec, Graph, NodeSpec
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


def test_only_the_embedded_world_is_started():
    graph = find_graph('fixture')
    choices = next(a for a in graph.arguments if a.name == 'world').choices

    assert choices == ('sim', 'carla', 'carla_native', 'bag')
    for world in choices:
        names = [node.name for node in resolve(graph, {'world': world})]
        assert ('world' in names) == (world == 'sim')


def test_arguments_reach_names_and_parameters_in_their_type():
    nodes = resolve(
        find_graph('fixture'),
        {'namespace': 'car7', 'role_name': 'hero', 'lockstep': 'true', 'planning_time_s': '1'},
    )

    planner = find(nodes, 'planner')
    assert planner.full_name == '/car7/planner'
    assert planner.parameters['role_name'] == 'hero'
    assert planner.parameters['lockstep'] is True
    assert planner.parameters['planning_time_s'] == 1.0
    assert find(nodes, 'world').parameters['use_sim_time'] is False
    assert planner.parameters['use_sim_time'] is True


def test_only_image_publishers_get_the_large_shared_memory(monkeypatch):
    for name in ('FASTDDS_DEFAULT_PROFILES_FILE', 'FASTRTPS_DEFAULT_PROFILES_FILE'):
        monkeypatch.delenv(name, raising=False)

    nodes = resolve(find_graph('fixture'), {})

    assert [node.name for node in nodes if node.environment] == ['world']


def test_the_users_file_beats_graph_and_defaults(tmp_path):
    path = tmp_path / 'p.yaml'
    path.write_text('/**/planner: {ros__parameters: {target_speed_mps: 3, lockstep: true}}\n')

    nodes = resolve(find_graph('fixture'), {'params_file': str(path), 'lockstep': 'false'})

    assert find(resolve(find_graph('fixture'), {}), 'planner').parameters[
        'target_speed_mps'
    ] == pytest.approx(7.0)
    assert find(nodes, 'planner').parameters['target_speed_mps'] == pytest.approx(3.0)
    assert find(nodes, 'planner').parameters['lockstep'] is True
    assert find(nodes, 'control').parameters['lockstep'] is False


@pytest.mark.parametrize(
    ('text', 'words'),
    [
        ('/**/planner: {ros__parameters: {target_sped_mps: 3}}', 'target_sped_mps.*did you mean'),
        ('/**/planner: {ros__parameters: {target_speed_mps: fast}}', 'target_speed_mps.*fast'),
        ('/**/planner: {ros__parameters: {target_speed_mps: -1.0}}', 'target_speed_mps.*-1'),
        ('/**/planer: {ros__parameters: {target_speed_mps: 1.0}}', 'matches no node'),
    ],
)
def test_a_bad_parameter_file_is_refused_by_name_before_anything_starts(tmp_path, text, words):
    path = tmp_path / 'mine.yaml'
    path.write_text(text)

    with pytest.raises(ConfigError, match=words) as caught:
        resolve(find_graph('fixture'), {'params_file': str(path)})

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
        resolve(find_graph('fixture'), given)


def test_an_unknown_graph_is_refused_with_the_nearest():
    with pytest.raises(ConfigError, match="did you mean 'fixture'"):
        find_graph('fixtur')


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
