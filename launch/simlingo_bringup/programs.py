# SPDX-License-Identifier: Apache-2.0
"""Where the programs of other packages lie, such as those of the CARLA bridge."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Protocol

from simlingo_core.errors import ConfigError


class Program(Protocol):
    """A node as far as this module cares."""

    @property
    def package(self) -> str:
        """ROS package."""
        ...

    @property
    def executable(self) -> str:
        """Program below ``lib/<package>``."""
        ...

    @property
    def module(self) -> str:
        """Python module; empty: the node is another project's and has only its program."""
        ...


def find_program(package: str, executable: str) -> Path | None:
    """Return a program of a ROS package, as ``ros2 run`` finds it; None: it is not installed."""
    for prefix in os.environ.get('AMENT_PREFIX_PATH', '').split(os.pathsep):
        path = Path(prefix, 'lib', package, executable)
        if prefix and path.is_file():
            return path
    return None


def check_programs(nodes: Iterable[Program]) -> None:
    """Check that the programs of other projects are installed.

    Raises:
        ConfigError: one is not.
    """
    for node in nodes:
        if not node.module and find_program(node.package, node.executable) is None:
            raise ConfigError(
                f'nothing was started: lib/{node.package}/{node.executable} is in no prefix of '
                f'AMENT_PREFIX_PATH; source the workspace that {node.package} was built in, or '
                'start it elsewhere and give bridge:=none here'
            )
