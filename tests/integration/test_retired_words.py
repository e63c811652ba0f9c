# SPDX-License-Identifier: Apache-2.0
"""The check of retired words finds each form of a word and reads its list from the changelog."""

import shutil
import subprocess

import pytest
import retired_words

CHANGELOG = """# Changelog

## [1.0.0]

### Retired words

Use these no more.

| retired | write instead |
|---|---|
| gizmo, gizmos | device |
| GreenBox | Case |
| last call | end |

### Fixed

| other | table |
|---|---|
| fine | word |
"""


@pytest.fixture
def tree(tmp_path):
    (tmp_path / 'CHANGELOG.md').write_text(CHANGELOG)
    subprocess.run(['git', 'init', '-q', tmp_path], check=True)
    return tmp_path


def found_in(text: str) -> list[tuple[int, str]]:
    words = retired_words.read_list(CHANGELOG)
    return [(line, ' '.join(word)) for line, word in retired_words.find_in_text(text, words)]


@pytest.mark.parametrize(
    'text',
    [
        'gizmo',
        'A Gizmo.',
        'GIZMOS = 1',
        'my_gizmo_m = 1',
        'class TopGizmo:',
        'readGizmoFile',
        '_gizmo',
    ],
)
def test_every_form_of_a_word_is_found(text):
    assert len(found_in(text)) == 1


@pytest.mark.parametrize('text', ['gizmotron', 'agizmo', 'box, green', 'the last. A call', 'fine'])
def test_parts_of_longer_words_and_other_tables_are_not(text):
    assert found_in(text) == []


def test_phrases_and_compound_names_are_found_across_lines():
    text = 'GreenBox\n# the last\n# call comes\n'
    assert found_in(text) == [(1, 'green box'), (2, 'last call')]


def test_contents_and_names_of_files_are_checked(tree):
    (tree / 'gizmo.py').write_text('x = 1\nread_gizmo(x)\n')
    (tree / 'gizmo.bin').write_bytes(b'\xff gizmo')
    assert retired_words.check_tree(tree) == [
        'gizmo.bin:0: "gizmo" is retired; write: device',
        'gizmo.py:0: "gizmo" is retired; write: device',
        'gizmo.py:2: "gizmo" is retired; write: device',
    ]


@pytest.mark.parametrize('is_clone', [True, False])
def test_the_list_foreign_interfaces_and_ignored_files_are_left_out(tree, is_clone):
    if not is_clone:
        shutil.rmtree(tree / '.git')
    (tree / 'interfaces').mkdir()
    (tree / 'interfaces' / 'a.msg').write_text('string gizmo\n')
    (tree / '.gitignore').write_text('/out/\n*.info/\n')
    (tree / 'out').mkdir()
    (tree / 'out' / 'a.py').write_text('gizmo\n')
    (tree / 'src' / 'a.info').mkdir(parents=True)
    (tree / 'src' / 'a.info' / 'a.py').write_text('gizmo\n')
    assert retired_words.check_tree(tree) == []
    (tree / 'src' / 'b.py').write_text('gizmo\n')
    assert len(retired_words.check_tree(tree)) == 1


def test_a_changelog_without_the_list_is_an_error():
    with pytest.raises(ValueError, match='Retired words'):
        retired_words.read_list('# Changelog\n')
