# SPDX-License-Identifier: Apache-2.0
import pytest

from simlingo_bringup.commands.demo import graph_of, table
from simlingo_bringup.graph import find_graph
from simlingo_bringup.resolution import resolve
from simlingo_core.errors import CheckpointError, ConfigError
from simlingo_model import model_names


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
