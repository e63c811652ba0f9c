# SPDX-License-Identifier: Apache-2.0
import inspect

import pytest

from simlingo_bringup.commands.demo import demo, graph_of, table
from simlingo_bringup.commands.up import up
from simlingo_bringup.demo_folder import clear
from simlingo_bringup.graph import find_graph
from simlingo_bringup.resolution import resolve
from simlingo_core.errors import CheckpointError, ConfigError
from simlingo_evaluation import commands as evaluation
from simlingo_evaluation.policies import BUILT_IN as EVALUATED
from simlingo_model import model_names
from simlingo_planner.policies import BUILT_IN


def test_the_expert_drives_alone_and_a_model_through_the_stack(tmp_path, monkeypatch):
    monkeypatch.setattr(model_names, 'ASSETS', tmp_path)
    assert graph_of('expert') == ('expert_drive', {})
    name, arguments = graph_of('route')
    assert name == 'stack'
    nodes = {node.name: node for node in resolve(find_graph(name), arguments)}
    assert {'world', 'perception', 'planner', 'control', 'observer'} <= set(nodes)
    assert 'observer' in nodes['world'].after
    with pytest.raises(CheckpointError, match='not part of this installation'):
        graph_of('mini')
    folder = tmp_path / 'mini'
    folder.mkdir()
    (folder / 'model.safetensors').write_bytes(b'1')
    assert graph_of('mini')[1]['policy'] == str(folder)
    assert graph_of('blind=mini')[1]['policy'] == 'blind=mini'
    with pytest.raises(ConfigError, match="policy is 'nobody'"):
        graph_of('nobody')


def test_without_being_asked_nobody_observes():
    names = [node.name for node in resolve(find_graph('stack'), {'policy': 'route'})]
    assert 'observer' not in names


def test_what_is_printed_at_the_end():
    rows = table(
        {
            'arrived': True,
            'control_hz': 20.0,
            'infractions': [],
            'plan_age_ms': {'median': 150.0, 'p99': 199.9},
            'plan_latency_ms': {'median': None, 'p99': None},
            'instructions': [{'text': 'Stop.', 'outcome': 'obeyed', 'measured': '0.1 m/s'}],
        }
    )
    assert rows == [
        ('arrived', 'True'),
        ('control_hz', '20.00'),
        ('plan_age_ms', 'median 150, p99 200'),
        ('"Stop."', 'obeyed: 0.1 m/s'),
    ]


def test_a_folder_with_files_of_others_is_refused_and_left_as_it_is(tmp_path):
    for name in ('summary.json', 'thesis.tex', 'bag/notes.txt'):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text('mine')
    for foreign in ('bag/notes.txt', 'thesis.tex'):
        with pytest.raises(ConfigError, match=f'holds {foreign}.*name a new or an empty folder'):
            clear(tmp_path)
        assert (tmp_path / 'summary.json').exists()
        (tmp_path / foreign).unlink()
    (tmp_path / 'bag' / 'bag_0.mcap').write_text('left by a demo that was killed')
    clear(tmp_path)
    assert list(tmp_path.iterdir()) == []
    clear(tmp_path / 'new')
    assert (tmp_path / 'new').is_dir()


@pytest.mark.parametrize(
    ('route', 'message'),
    [('test:999', "no route '999'"), ('tset:1', "no route file 'tset'"), ('8', 'such as test:3')],
)
def test_a_wrong_route_is_refused_before_anything_starts_or_is_deleted(tmp_path, route, message):
    old = tmp_path / 'summary.json'
    old.write_text('{}')
    with pytest.raises(ConfigError, match=message):
        demo(policy='route', route=route, seed=0, instruction='', out=tmp_path)
    assert old.exists()
    with pytest.raises(ConfigError, match=message):
        up([f'route:={route}', 'policy:=route'], graph='', domain_id=None, discovery=None)


def test_a_wrong_situation_is_refused_before_anything_starts():
    with pytest.raises(ConfigError, match="did you mean 'red_light'"):
        up(['situation:=red_ligth', 'policy:=route'], graph='', domain_id=None, discovery=None)


def test_help_names_every_policy_of_the_tables():
    arguments = {argument.name: argument for argument in find_graph('stack').arguments}
    policy = inspect.signature(demo, eval_str=True).parameters['policy']
    for text, names in (
        (arguments['policy'].description, BUILT_IN),
        (evaluation.Policies.__metadata__[0].help, EVALUATED),
        (policy.annotation.__metadata__[0].help, BUILT_IN),
    ):
        words = set(text.replace(',', ' ').split())
        assert {*names, *model_names.COMMITTED} <= words


def test_a_demo_records_no_drawings():
    from simlingo_bringup.commands.demo import graph_of
    from simlingo_bringup.graph import find_graph
    from simlingo_bringup.resolution import resolve

    graph, arguments = graph_of('route')
    names = {node.name for node in resolve(find_graph(graph), arguments)}
    assert 'observer' in names
    assert 'display' not in names
