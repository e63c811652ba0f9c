# SPDX-License-Identifier: Apache-2.0
"""Install the pinned wheels and repair the paths that the ROS wheels carry."""

import os
import re
import subprocess
from pathlib import Path

from workspace_setup.commands import SetupError, run
from workspace_setup.layout import Layout, python_tag
from workspace_setup.stamps import Stamps, digest

TORCH_INDEX_VARIABLE = 'SIMLINGO_TORCH_INDEX'
_REMEDY = 'The message of pip above says why; "make setup" goes on where it stopped.'

# The ROS wheels were built in a container with its own Python; their exported CMake targets still
# name that Python's folders, and CMake refuses folders that do not exist.
_CONTAINER_NUMPY = re.compile(
    r'/opt/python/cp[^/"; ]+/lib/python[\d.]+/site-packages/numpy/[\w/]+'
)
_CONTAINER_PYTHON = re.compile(r'/opt/python/cp[^/"; ]+/include/python[\d.]+')


def pinned_version(constraints: Path, name: str) -> str:
    """Return the version that the constraints file pins for a package.

    Raises:
        SetupError: If the file does not pin it.
    """
    found = re.search(rf'^{re.escape(name)}==(\S+)$', constraints.read_text(), re.MULTILINE)
    if found is None:
        raise SetupError(f'{constraints.name} holds no line "{name}==<version>"; add one.')
    return found[1]


def install_wheels(layout: Layout, stamps: Stamps) -> None:
    """Install torch, then everything else, each only when its inputs changed.

    torch comes first and alone: it may come from an index that has nothing else.
    """
    _install_torch(layout, stamps)
    wanted = digest([python_tag()], [layout.constraints, *layout.requirements])
    if not stamps.is_current('wheels', wanted):
        files = [word for path in layout.requirements for word in ('-r', str(path))]
        _pip(layout, ['install', '-c', str(layout.constraints), *files])
        stamps.write('wheels', wanted)


def _install_torch(layout: Layout, stamps: Stamps) -> None:
    requirement = f'torch=={pinned_version(layout.constraints, "torch")}'
    index = os.environ.get(TORCH_INDEX_VARIABLE, '')
    # Without the variable any build that is there will do: unsetting it later reinstalls nothing.
    step, wanted = 'torch', digest([python_tag(), requirement], [])
    if index:
        step, wanted = 'torch-index', digest([python_tag(), requirement, index], [])
    if not stamps.is_current(step, wanted):
        _pip(layout, ['install', requirement, *(['--index-url', index] if index else [])])
        stamps.write(step, wanted)


def _pip(layout: Layout, arguments: list[str]) -> None:
    print(f'pip {" ".join(arguments)}', flush=True)
    quiet = ['--quiet', '--disable-pip-version-check']
    command = [str(layout.python), '-m', 'pip', arguments[0], *quiet, *arguments[1:]]
    run(command, env=layout.child_environment(), remedy=_REMEDY)


def patched_text(text: str, *, python_include: str, numpy_include: str) -> str:
    """Return a CMake file's text with the container's folders replaced by this machine's."""
    text = _CONTAINER_NUMPY.sub(lambda _: numpy_include, text)
    return _CONTAINER_PYTHON.sub(lambda _: python_include, text)


def patch_files(share: Path, *, python_include: str, numpy_include: str) -> int:
    """Repair every exported CMake file below ``share``; return how many were changed."""
    changed = 0
    for path in share.glob('*/cmake/*.cmake'):
        text = path.read_text()
        better = patched_text(text, python_include=python_include, numpy_include=numpy_include)
        if better != text:
            path.write_text(better)
            changed += 1
    return changed


def patch_paths(layout: Layout) -> None:
    """Repair the wheels' CMake files; does nothing when they are in order.

    Raises:
        SetupError: If the environment has no NumPy to ask for its headers.
    """
    ask = 'import sysconfig, numpy; print(sysconfig.get_paths()["include"], numpy.get_include())'
    answer = subprocess.run(
        [layout.python, '-c', ask],
        env=layout.child_environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    if answer.returncode != 0:
        raise SetupError(f'NumPy cannot be imported in .venv: {answer.stderr.strip()}. {_REMEDY}')
    python_include, numpy_include = answer.stdout.split()
    changed = patch_files(
        layout.venv / 'share', python_include=python_include, numpy_include=numpy_include
    )
    if changed:
        print(f'repaired the include paths of {changed} CMake files', flush=True)
