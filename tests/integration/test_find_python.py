# SPDX-License-Identifier: Apache-2.0
"""The search for a Python that the set-up can use."""

import shutil
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def fake_python(folder: Path, name: str, version: str) -> None:
    """Write a program that answers as a Python of some version would."""
    supported = version in {'3.11', '3.12'}
    script = f"""#!/bin/sh
case "$*" in
    *-V*) echo "Python {version}.1" ;;
    *print*) echo "{folder}/{name}" ;;
    *) exit {0 if supported else 1} ;;
esac
"""
    program = folder / name
    program.write_text(script)
    program.chmod(0o755)


def find_python(path: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    for tool in ('cat', 'head'):
        if not (path / tool).exists():
            (path / tool).symlink_to(shutil.which(tool))
    return subprocess.run(
        ['/bin/sh', ROOT / 'tools' / 'find_python.sh'],
        env={'PATH': str(path), **variables},
        capture_output=True,
        text=True,
        timeout=20,
    )


def test_the_first_supported_python_is_taken(tmp_path):
    fake_python(tmp_path, 'python3', '3.13')
    fake_python(tmp_path, 'python3.12', '3.12')
    found = find_python(tmp_path)
    assert (found.returncode, found.stdout) == (0, f'{tmp_path}/python3.12\n')


def test_a_name_that_does_not_run_is_passed_over(tmp_path):
    broken = tmp_path / 'python3.11'
    broken.write_text('#!/bin/sh\nexit 127\n')
    broken.chmod(0o755)
    fake_python(tmp_path, 'python3', '3.11')
    assert find_python(tmp_path).stdout == f'{tmp_path}/python3\n'


def test_without_a_supported_python_the_way_to_one_is_shown(tmp_path):
    fake_python(tmp_path, 'python3', '3.13')
    found = find_python(tmp_path)
    assert found.returncode == 1
    assert found.stdout == ''
    assert 'Python 3.13.1' in found.stderr
    assert 'uv python install' in found.stderr


def test_a_named_python_is_the_only_candidate(tmp_path):
    fake_python(tmp_path, 'python3.11', '3.11')
    fake_python(tmp_path, 'mine', '3.10')
    assert find_python(tmp_path, SIMLINGO_PYTHON=f'{tmp_path}/mine').returncode == 1
