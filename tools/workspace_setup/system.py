# SPDX-License-Identifier: Apache-2.0
"""What the machine itself must have, and the Debian packages that bring it."""

import ctypes
import importlib.util
import os
import platform
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from workspace_setup.commands import SetupError, run

_VERSION = f'{sys.version_info[0]}.{sys.version_info[1]}'
_DRI_FOLDERS = ('/usr/lib/x86_64-linux-gnu/dri', '/usr/lib64/dri', '/usr/lib/dri')


@dataclass(frozen=True, kw_only=True)
class Need:
    """One thing the machine must have."""

    what: str
    debian_package: str
    is_met: Callable[[], bool]


def _has_program(name: str) -> Callable[[], bool]:
    return lambda: shutil.which(name) is not None


def _has_library(name: str) -> Callable[[], bool]:
    def probe() -> bool:
        try:
            ctypes.CDLL(name)
        except OSError:
            return False
        return True

    return probe


def _has_venv() -> bool:
    return importlib.util.find_spec('ensurepip') is not None


def _has_headers() -> bool:
    return Path(sysconfig.get_paths()['include'], 'Python.h').is_file()


def _has_software_renderer() -> bool:
    return any(list(Path(folder).glob('*swrast_dri.so')) for folder in _DRI_FOLDERS)


NEEDS = (
    Need(what='venv module', debian_package=f'python{_VERSION}-venv', is_met=_has_venv),
    Need(what='Python headers', debian_package=f'python{_VERSION}-dev', is_met=_has_headers),
    Need(what='C++ compiler', debian_package='g++', is_met=_has_program('g++')),
    Need(what='make', debian_package='make', is_met=_has_program('make')),
    Need(what='CMake', debian_package='cmake', is_met=_has_program('cmake')),
    # The traffic engine's wheel links against these though it never opens a window.
    *(
        Need(what=f'lib{name}', debian_package=package, is_met=_has_library(f'lib{library}'))
        for name, package, library in (
            ('X11', 'libx11-6', 'X11.so.6'),
            ('Xext', 'libxext6', 'Xext.so.6'),
            ('Xrender', 'libxrender1', 'Xrender.so.1'),
            ('expat', 'libexpat1', 'expat.so.1'),
        )
    ),
    Need(what='EGL', debian_package='libegl1', is_met=_has_library('libEGL.so.1')),
    Need(what='OpenGL', debian_package='libgl1', is_met=_has_library('libGL.so.1')),
    Need(
        what='Mesa software renderer',
        debian_package='libgl1-mesa-dri',
        is_met=_has_software_renderer,
    ),
)


def check_platform(system: str = sys.platform, machine: str = platform.machine()) -> None:
    """Refuse machines for which there are no ROS 2 wheels.

    Raises:
        SetupError: Unless this is Linux on x86-64.
    """
    if system != 'linux' or machine != 'x86_64':
        raise SetupError(
            f'This machine is {system} on {machine}; the ROS 2 wheels exist for linux on x86_64. '
            'Use a ROS 2 installation instead: docs/how-to/install-with-ros.md.'
        )


def missing_needs(needs: Sequence[Need] = NEEDS) -> list[Need]:
    """Return what the machine lacks."""
    return [need for need in needs if not need.is_met()]


def install_command(packages: Sequence[str]) -> list[str]:
    """Return the apt call that installs packages."""
    return ['apt-get', 'install', '-y', '--no-install-recommends', *packages]


def _privilege() -> list[str] | None:
    """Return the prefix that gives root's rights, or None where there is no way without asking."""
    if os.geteuid() == 0:
        return []
    sudo = shutil.which('sudo')
    if sudo and subprocess.run([sudo, '-n', 'true'], capture_output=True).returncode == 0:
        return [sudo, '-n']
    return None


def ensure_needs(needs: Sequence[Need] = NEEDS) -> None:
    """Install what the machine lacks where that is allowed.

    Raises:
        SetupError: If something is missing and cannot be installed from here.
    """
    missing = missing_needs(needs)
    if not missing:
        return
    packages = [need.debian_package for need in missing]
    lacks = ', '.join(need.what for need in missing)
    by_hand = f'sudo {" ".join(install_command(packages))}'
    privilege = _privilege()
    if privilege is None or shutil.which('apt-get') is None:
        raise SetupError(f'The machine lacks: {lacks}. Install it with\n  {by_hand}')
    print(f'installing Debian packages: {" ".join(packages)}', flush=True)
    env = {**os.environ, 'DEBIAN_FRONTEND': 'noninteractive'}
    remedy = f'Install by hand with\n  {by_hand}'
    run([*privilege, 'apt-get', 'update', '-q'], env=env, remedy=remedy)
    run([*privilege, *install_command(packages)], env=env, remedy=remedy)
    still = missing_needs(missing)
    if still:
        names = ', '.join(need.what for need in still)
        raise SetupError(f'Still missing after the installation: {names}. {remedy}')
