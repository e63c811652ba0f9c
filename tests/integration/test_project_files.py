# SPDX-License-Identifier: Apache-2.0
"""The files around the code agree with it: one version everywhere, CI calls the make targets."""

import re
import shlex
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
MANIFESTS = sorted(
    path
    for folder in ('src/*', 'launch', 'training')
    for name in ('package.xml', 'setup.py')
    for path in ROOT.glob(f'{folder}/{name}')
)
MAKE_TARGETS = set(re.findall(r'^([a-z][a-z-]*):', (ROOT / 'Makefile').read_text(), re.MULTILINE))


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def released_version() -> str:
    """Return the newest version that the changelog describes."""
    changelog = (ROOT / 'CHANGELOG.md').read_text()
    return re.findall(r'^## \[(\d+\.\d+\.\d+)\] - \d{4}-\d\d-\d\d$', changelog, re.MULTILINE)[0]


@pytest.mark.parametrize('path', MANIFESTS, ids=name_of)
def test_every_manifest_has_the_version_of_the_changelog(path):
    found = re.findall(r'(?:<version>|version=\')([\d.]+)', path.read_text())
    assert found == [released_version()]


def test_the_citation_has_the_version_of_the_changelog():
    citation = yaml.safe_load((ROOT / 'CITATION.cff').read_text())
    assert citation['version'] == released_version()
    release = f'## [{citation["version"]}] - {citation["date-released"]}\n'
    assert release in (ROOT / 'CHANGELOG.md').read_text()


@pytest.mark.parametrize('path', sorted(ROOT.glob('.github/workflows/*.yml')), ids=name_of)
def test_a_workflow_runs_make_targets_and_nothing_else(path):
    jobs = yaml.safe_load(path.read_text())['jobs']
    commands = [step['run'] for job in jobs.values() for step in job['steps'] if 'run' in step]
    allowed = {f'make {target}' for target in MAKE_TARGETS} | {'bash .ci/run'}
    assert commands
    assert set(commands) <= allowed


def test_ci_ends_with_make_test_and_make_test_begins_with_the_linters():
    assert (ROOT / '.ci' / 'run').read_text().endswith('\nexec make test\n')
    assert re.search(r'^test: lint\b', (ROOT / 'Makefile').read_text(), re.MULTILINE)


def test_the_hooks_before_a_commit_call_tools_of_the_set_up():
    config = yaml.safe_load((ROOT / '.pre-commit-config.yaml').read_text())
    hooks = [hook for repo in config['repos'] for hook in repo['hooks']]
    assert [repo['repo'] for repo in config['repos']] == ['local']
    for hook in hooks:
        program, *words = shlex.split(hook['entry'])
        if program == 'make':
            assert set(words) <= MAKE_TARGETS
        else:
            assert (ROOT / program).is_file()
            assert all((ROOT / word).is_file() for word in words if word.startswith('tools/'))


@pytest.mark.parametrize('path', sorted(ROOT.glob('.github/ISSUE_TEMPLATE/*.yml')), ids=name_of)
def test_an_issue_form_has_what_the_host_asks_for(path):
    form = yaml.safe_load(path.read_text())
    if path.name == 'config.yml':
        assert set(form) <= {'blank_issues_enabled', 'contact_links'}
        return
    assert {'name', 'description', 'body'} <= set(form)
    names = [part['id'] for part in form['body'] if part['type'] != 'markdown']
    assert len(names) == len(set(names))
    assert all(part['attributes']['label'] for part in form['body'])
