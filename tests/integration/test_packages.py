# SPDX-License-Identifier: Apache-2.0
"""Every package has what the architecture page promises: a README that runs, guessable files."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = sorted(
    path.parent
    for folder in ('src/*', 'launch', 'training')
    for path in ROOT.glob(f'{folder}/package.xml')
)
NODES = sorted(
    path.parent
    for folder in ('src/*/simlingo_*', 'launch/simlingo_*')
    for path in ROOT.glob(f'{folder}/**/node.py')
)
LONGEST_NODE_LINES = 200
LONGEST_EXAMPLE_LINES = 20


def name_of(path: Path) -> str:
    return path.name


@pytest.mark.parametrize('package', PACKAGES, ids=name_of)
def test_the_examples_of_a_readme_run(package, tmp_path, monkeypatch):
    readme = package / 'README.md'
    text = readme.read_text() if readme.is_file() else ''
    examples = re.findall(r'^```python\n(.*?)^```$', text, re.MULTILINE | re.DOTALL)
    assert examples, f'{readme.relative_to(ROOT)} needs a block that begins with ```python'
    assert len(examples[0].splitlines()) <= LONGEST_EXAMPLE_LINES
    monkeypatch.chdir(tmp_path)
    for example in examples:
        exec(compile(example, str(readme), 'exec'), {'__name__': '__main__'})


@pytest.mark.parametrize('folder', NODES, ids=name_of)
def test_a_node_has_its_parameters_in_config_and_the_rest_in_cores(folder):
    names = {path.name for path in folder.glob('*.py')}
    assert {'config.py', 'node.py', '__main__.py'} <= names
    assert 'node_config.py' not in names
    assert len((folder / 'node.py').read_text().splitlines()) < LONGEST_NODE_LINES
    tree = ast.parse((folder / 'config.py').read_text())
    frozen = [
        node.name
        for node in tree.body
        if isinstance(node, ast.ClassDef)
        and any('frozen=True' in ast.unparse(decorator) for decorator in node.decorator_list)
    ]
    assert frozen, f'{folder.name}/config.py has no frozen dataclass'
