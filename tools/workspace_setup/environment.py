# SPDX-License-Identifier: Apache-2.0
"""Create the virtual environment, or refuse one that was made for something else."""

import os
import subprocess
import sys

from workspace_setup.commands import SetupError, run
from workspace_setup.layout import Layout

_REMAKE = 'Delete the folder .venv and call "make setup" again.'


def ensure_environment(layout: Layout) -> None:
    """Make ``.venv`` with this interpreter's version, or check the one that is there.

    Raises:
        SetupError: If the environment there cannot be used.
    """
    if not layout.venv.exists():
        print(f'creating .venv with Python {sys.version.split()[0]}', flush=True)
        run(
            [sys.executable, '-I', '-m', 'venv', layout.venv],
            env=layout.child_environment(),
            remedy=_REMAKE,
        )
    _check_version(layout)
    _check_place(layout)


def _check_version(layout: Layout) -> None:
    wanted = f'{sys.version_info[0]}.{sys.version_info[1]}'
    ask = 'import sys; print("%d.%d" % sys.version_info[:2])'
    try:
        answer = subprocess.run(
            [layout.python, '-I', '-c', ask],
            env=layout.child_environment(),
            capture_output=True,
            text=True,
            check=False,
        )
    except OSError as error:
        raise SetupError(f'.venv holds no working Python ({error}). {_REMAKE}') from error
    found = answer.stdout.strip()
    if found != wanted:
        raise SetupError(
            f'.venv holds Python {found or "that does not run"}; wanted: {wanted}. {_REMAKE}'
        )


def _check_place(layout: Layout) -> None:
    """Refuse an environment that was moved: its programs name the old folder."""
    pip = layout.venv / 'bin' / 'pip'
    if not pip.is_file():
        raise SetupError(f'.venv holds no pip. {_REMAKE}')
    first_lines = pip.read_text(errors='replace').splitlines()[:2]
    if not any(f'{layout.venv}{os.sep}' in line for line in first_lines):
        raise SetupError(f'.venv was made for another folder: {first_lines[:1]}. {_REMAKE}')
