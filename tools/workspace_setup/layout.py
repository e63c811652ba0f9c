# SPDX-License-Identifier: Apache-2.0
"""Where things are in the tree, and which environment the set-up's children get."""

import os
import sys
from dataclasses import dataclass
from pathlib import Path

# A sourced ROS installation, or the start-up hook of another environment with ROS wheels, leaves
# these behind; with any of them set, programs of this environment may load foreign libraries.
FOREIGN_VARIABLES = (
    '_ROS_WHEELS_BOOTSTRAP_COMPLETE',
    'AMENT_CURRENT_PREFIX',
    'AMENT_PREFIX_PATH',
    'CMAKE_PREFIX_PATH',
    'COLCON_PREFIX_PATH',
    'LD_LIBRARY_PATH',
    'PYTHONHOME',
    'PYTHONPATH',
    'ROS_DISTRO',
    'ROS_PYTHON_VERSION',
    'ROS_VERSION',
)


@dataclass(frozen=True, kw_only=True)
class Layout:
    """The folders of one clone."""

    root: Path

    @property
    def venv(self) -> Path:
        """The virtual environment, which is the ROS prefix at the same time."""
        return self.root / '.venv'

    @property
    def python(self) -> Path:
        """The interpreter of the virtual environment."""
        return self.venv / 'bin' / 'python'

    @property
    def constraints(self) -> Path:
        """The file with every pinned version."""
        return self.root / 'constraints.txt'

    @property
    def requirements(self) -> list[Path]:
        """The files that say what is installed and why."""
        names = ('ros', 'build', 'run', 'dev', 'export')
        return [self.root / 'requirements' / f'{name}.txt' for name in names]

    def python_packages(self) -> list[Path]:
        """Return the folders of our Python packages, sorted."""
        folders = [*self.root.glob('src/*/setup.py'), *self.root.glob('*/setup.py')]
        return sorted(setup.parent for setup in folders)

    def own_interfaces(self) -> list[Path]:
        """Return the folders of interface packages that only this project has."""
        return sorted(path.parent for path in self.root.glob('src/*/CMakeLists.txt'))

    def stand_ins(self) -> list[Path]:
        """Return the folders of interface packages that a ROS installation has of its own."""
        return sorted(path.parent for path in self.root.glob('interfaces/*/CMakeLists.txt'))

    def child_environment(self) -> dict[str, str]:
        """Return the environment for child processes: ours, and nothing of another ROS."""
        environment = {
            name: value for name, value in os.environ.items() if name not in FOREIGN_VARIABLES
        }
        environment['VIRTUAL_ENV'] = str(self.venv)
        environment['PATH'] = f'{self.venv}/bin{os.pathsep}{environment.get("PATH", os.defpath)}'
        return environment


def python_tag() -> str:
    """Return what makes compiled files of one interpreter useless to another."""
    return f'{sys.implementation.cache_tag}-{sys.platform}'
