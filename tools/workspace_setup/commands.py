# SPDX-License-Identifier: Apache-2.0
"""Run child processes and say what went wrong."""

import shlex
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path


class SetupError(Exception):
    """The set-up cannot go on; the message says what was found and what to do."""


def run(
    command: Sequence[str | Path], *, env: Mapping[str, str], cwd: Path | None = None, remedy: str
) -> None:
    """Run a command to its end, its output on ours.

    Args:
        command: Program and arguments.
        env: The whole environment of the child.
        cwd: Folder to run in.
        remedy: What the user can do when it fails.

    Raises:
        SetupError: If it cannot be started or ends with another code than 0.
    """
    words = [str(word) for word in command]
    try:
        code = subprocess.run(words, env=dict(env), cwd=cwd, check=False).returncode
    except OSError as error:
        raise SetupError(f'{words[0]} cannot be started ({error}). {remedy}') from error
    if code != 0:
        raise SetupError(f'"{shlex.join(words)}" ended with code {code}. {remedy}')
