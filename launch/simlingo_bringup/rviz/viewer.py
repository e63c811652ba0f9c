# SPDX-License-Identifier: Apache-2.0
"""Finds rviz2 and becomes it."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Sequence

from simlingo_bringup.share import find_share

PROGRAM = 'rviz2'
FILE = 'simlingo.rviz'
MISSING = (
    f'{PROGRAM} is not on the path; it comes with a ROS installation (ros-<distro>-rviz2). '
    'Without one: page:=true shows the same in a browser, foxglove:=true in Foxglove'
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Replace this process by rviz2; return 1 where there is none."""
    program = shutil.which(PROGRAM)
    if program is not None:
        words = list(sys.argv[1:] if arguments is None else arguments)
        os.execv(program, [program, '-d', str(find_share('config', FILE)), *words])
    print(f'rviz: error: {MISSING}', file=sys.stderr, flush=True)
    return 1
