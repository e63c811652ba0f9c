# SPDX-License-Identifier: Apache-2.0
"""The documents against the tree: links lead somewhere, every dependency has its licence."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / 'README.md', *sorted(ROOT.glob('docs/**/*.md'))]

PAGES_WITH_EXAMPLES = [ROOT / 'src/simlingo_perception/README.md', ROOT / 'launch/README.md']


@pytest.mark.parametrize('page', PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_to_a_file(page):
    targets = re.findall(r'\]\(([^)#]+)', page.read_text())
    local = [target for target in targets if '://' not in target]
    assert [target for target in local if not (page.parent / target).exists()] == []


@pytest.mark.parametrize('page', PAGES_WITH_EXAMPLES, ids=lambda page: page.parent.name)
def test_the_example_of_a_package_runs(page):
    examples = re.findall(r'^```python\n(.*?)^```', page.read_text(), re.MULTILINE | re.DOTALL)
    for example in examples:
        done = subprocess.run([sys.executable, '-c', example], capture_output=True, text=True)
        assert done.returncode == 0, done.stderr


def test_every_requirement_has_its_licence():
    page = (ROOT / 'docs/reference/licences.md').read_text()
    rows = re.findall(r'^\| ([^|]+) \| [^|]*\w[^|]* \|', page, re.MULTILINE)
    listed = {name.strip() for row in rows for name in row.split(',')}
    required = set()
    for path in ROOT.glob('requirements/*.txt'):
        required |= set(re.findall(r'^([\w.-]+)', path.read_text(), re.MULTILINE))
    assert required - listed == set()
    assert listed - required - {'package'} == set()


def test_every_folder_of_a_package_is_in_the_readme():
    readme = (ROOT / 'README.md').read_text()
    folders = {path.parent.relative_to(ROOT).as_posix() for path in ROOT.glob('src/*/package.xml')}
    assert [folder for folder in sorted(folders) if folder not in readme] == []


def test_every_make_target_in_the_documents_exists():
    makefile = (ROOT / 'Makefile').read_text()
    targets = set(re.findall(r'^([a-z][a-z-]*):', makefile, re.MULTILINE))
    named = {
        name
        for page in PAGES
        for name in re.findall(r'(?:`|^)make ([a-z][a-z-]*)', page.read_text(), re.MULTILINE)
    }
    assert named - targets == set()
