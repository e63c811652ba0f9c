# SPDX-License-Identifier: Apache-2.0
"""The documents against the tree: links lead somewhere, every dependency has its licence."""

import re
from pathlib import Path

import pytest
import site_pages
import yaml

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted(
    path
    for pattern in ('*.md', '.github/*.md', 'docs/**/*.md', 'src/*/README.md', '*/README.md')
    for path in ROOT.glob(pattern)
)


@pytest.mark.parametrize('page', PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_to_a_file(page):
    targets = re.findall(r'\]\(([^)#]+)', page.read_text())
    local = [target for target in targets if '://' not in target]
    assert [target for target in local if not (page.parent / target).exists()] == []


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


def test_every_page_has_its_place_in_the_navigation():
    sections = yaml.safe_load((ROOT / 'mkdocs.yml').read_text())['nav']
    named = [page for section in sections for pages in section.values() for page in pages]
    pages = {path.relative_to(ROOT / 'docs').as_posix() for path in ROOT.glob('docs/**/*.md')}
    assert len(named) == len(set(named))
    assert set(named) == pages | set(site_pages.NAMES.values())


def test_the_site_has_the_readme_of_each_package_and_every_module():
    pages = site_pages.repository_pages()
    assert pages['README.md'] == 'index.md'
    assert pages['launch/README.md'] == 'packages/simlingo_bringup.md'
    api = site_pages.api_pages()
    assert '\n::: simlingo_core.geometry\n' in api['api/simlingo_core.md']
    assert '\n::: simlingo_sim.camera.specs\n' in api['api/simlingo_sim.camera.md']
    assert '### DrivingPlan' in api['api/simlingo_msgs.md']


@pytest.mark.parametrize(
    ('source', 'link', 'expected'),
    [
        ('README.md', '[a](docs/world.md#towns)', '[a](world.md#towns)'),
        ('README.md', '![a](docs/images/demo.jpg)', '![a](images/demo.jpg)'),
        ('README.md', '[a](CONTRIBUTING.md)', '[a](contributing.md)'),
        ('README.md', '[a](src/simlingo_core/setup.py)', 'a'),
        ('README.md', '[a](#here), [b](https://b.org/c)', '[a](#here), [b](https://b.org/c)'),
        ('docs/reference/scores.md', '[a](../../README.md#b)', '[a](../index.md#b)'),
        ('docs/reference/scores.md', '[a](../world.md)', '[a](../world.md)'),
        ('src/simlingo_model/README.md', '[a](../../docs/world.md)', '[a](../world.md)'),
    ],
)
def test_links_are_turned_for_the_site(source, link, expected):
    assert site_pages.relink(link, source) == expected
