# SPDX-License-Identifier: Apache-2.0
import pytest

from simlingo_bringup.parameter_files import read_sections, refuse_unmatched, select
from simlingo_core.errors import ConfigError

NODES = ['/simlingo/planner', '/simlingo/control', '/world']


@pytest.mark.parametrize(
    ('pattern', 'matched'),
    [
        ('/**', NODES),
        ('/**/planner', ['/simlingo/planner']),
        ('/**/world', ['/world']),
        ('/simlingo/*', ['/simlingo/planner', '/simlingo/control']),
        ('/*', ['/world']),
        ('/*/control', ['/simlingo/control']),
        ('world', ['/world']),
        ('planner', []),
        ('/simlingo/planner', ['/simlingo/planner']),
    ],
)
def test_a_section_is_meant_for_the_nodes_ros_says(tmp_path, pattern, matched):
    path = tmp_path / 'p.yaml'
    path.write_text(f'{pattern}:\n  ros__parameters:\n    speed: 1.0\n')

    (section,) = read_sections(path)

    assert [name for name in NODES if section.matches(name)] == matched


def test_the_exact_name_beats_wildcards_and_later_beats_earlier(tmp_path):
    path = tmp_path / 'p.yaml'
    path.write_text(
        '/simlingo/planner: {ros__parameters: {speed: 3}}\n'
        '/**: {ros__parameters: {speed: 1}}\n'
        '/**/planner: {ros__parameters: {speed: 2, gate.limit: 5}}\n'
    )

    values = [dict(s.parameters) for s in select(read_sections(path), '/simlingo/planner')]

    assert values == [{'speed': 1}, {'speed': 2, 'gate.limit': 5}, {'speed': 3}]


def test_nested_names_and_groups_are_joined(tmp_path):
    path = tmp_path / 'p.yaml'
    path.write_text('simlingo:\n  planner:\n    ros__parameters:\n      gate: {limit: {s: 1}}\n')

    (section,) = read_sections(path)

    assert section.pattern == '/simlingo/planner'
    assert section.parameters == {'gate.limit.s': 1}


def test_an_unmatched_section_is_refused_with_the_nearest_name(tmp_path):
    path = tmp_path / 'p.yaml'
    path.write_text('/simlingo/planer:\n  ros__parameters: {speed: 1}\n')

    with pytest.raises(ConfigError, match=r'planer matches no node; did you mean .*/planner'):
        refuse_unmatched(read_sections(path), NODES)


@pytest.mark.parametrize(
    ('text', 'words'),
    [
        ('planner: [', 'is not YAML'),
        ('- 1', 'expected a node name'),
        ('planner: 3', 'expected a node name'),
        ('planner: {ros__parameters: 3}', 'expected keys'),
    ],
)
def test_a_malformed_file_is_refused(tmp_path, text, words):
    path = tmp_path / 'p.yaml'
    path.write_text(text)

    with pytest.raises(ConfigError, match=words):
        read_sections(path)


def test_a_missing_file_is_refused(tmp_path):
    with pytest.raises(ConfigError, match='No such file'):
        read_sections(tmp_path / 'none.yaml')


def test_an_empty_file_sets_nothing(tmp_path):
    path = tmp_path / 'p.yaml'
    path.write_text('# nothing\n')

    assert read_sections(path) == []
