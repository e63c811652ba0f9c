# SPDX-License-Identifier: Apache-2.0
"""The ``simlingo`` command: finds subcommands, imports the one that is called, runs it.

A subcommand is an entry point of the group ``simlingo.commands`` (``name = package.module:app``).
``app`` is a ``typer.Typer`` or a callable that takes the list of arguments and returns the exit
code or None.  Its line in ``simlingo --help`` is the first line of its module's docstring, read
from the source without importing it, so that help stays fast however heavy a command is.

Exit codes: 0 done, 1 failed, 2 refused (bad arguments or settings), 130 interrupted.
"""

from __future__ import annotations

import ast
import difflib
import importlib.util
import os
import sys
from collections.abc import Sequence
from importlib.metadata import EntryPoint, entry_points, version
from pathlib import Path
from typing import Any

from simlingo_core.errors import ConfigError, SimlingoError

GROUP = 'simlingo.commands'
EXIT_FAILED = 1
EXIT_REFUSED = 2
EXIT_INTERRUPTED = 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    try:
        return dispatch(words)
    except SimlingoError as error:
        print(f'simlingo: error: {error}', file=sys.stderr)
        return EXIT_REFUSED
    except KeyboardInterrupt:
        print('simlingo: interrupted', file=sys.stderr)
        return EXIT_INTERRUPTED
    except BrokenPipeError:
        # The reader (head, less) has gone; the interpreter must not complain at exit either.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return EXIT_FAILED


def dispatch(words: list[str]) -> int:
    """Print help or version, or run the subcommand."""
    if not words or words[0] in {'-h', '--help', 'help'}:
        print(render_help(find_commands()), flush=True)
        return 0
    if words[0] == '--version':
        print(f'simlingo {version("simlingo_bringup")}', flush=True)
        return 0
    return run_command(words[0], words[1:])


def find_commands() -> dict[str, EntryPoint]:
    """Return the entry point of every installed subcommand, sorted by name."""
    return {point.name: point for point in sorted(entry_points(group=GROUP), key=lambda p: p.name)}


def run_command(name: str, arguments: list[str]) -> int:
    """Import and run one subcommand.

    Raises:
        ConfigError: there is no such subcommand.
    """
    commands = find_commands()
    if name not in commands:
        near = difflib.get_close_matches(name, commands, n=1, cutoff=0.5)
        hint = f'did you mean {near[0]!r}?' if near else f'expected one of {", ".join(commands)}'
        raise ConfigError(f'there is no command {name!r}; {hint}')
    app = _load(commands[name])
    if not hasattr(app, 'registered_commands'):
        return int(app(arguments) or 0)
    return _run_typer(app, name, arguments)


def read_summary(point: EntryPoint) -> str:
    """Return the first line of a command's module docstring without importing the module."""
    source = _find_source(point.module)
    if source is None:
        return ''
    docstring = ast.get_docstring(ast.parse(source.read_text(encoding='utf-8')))
    return docstring.splitlines()[0] if docstring else ''


def render_help(commands: dict[str, EntryPoint]) -> str:
    """Return the text of ``simlingo --help``."""
    width = max((len(name) for name in commands), default=0)
    lines = [f'  {name:<{width}}  {read_summary(point)}' for name, point in commands.items()]
    return '\n'.join(
        [
            'usage: simlingo [--version] [--help] COMMAND ...',
            '',
            'Drive, train and measure SimLingo on ROS 2.',
            '',
            'commands:',
            *lines,
            '',
            "'simlingo COMMAND --help' explains a command.",
        ]
    )


def _find_source(module: str) -> Path | None:
    """Return the file of a module, looking only at its top package's place."""
    top, *inner = module.split('.')
    spec = importlib.util.find_spec(top)
    if spec is not None and spec.submodule_search_locations is None and not inner:
        return Path(spec.origin) if spec.origin else None
    roots = [] if spec is None else (spec.submodule_search_locations or [])
    for root in roots:
        path = Path(root, *inner)
        for candidate in (path.with_suffix('.py'), path / '__init__.py'):
            if candidate.is_file():
                return candidate
    return None


def _load(point: EntryPoint) -> Any:
    """Import a command."""
    try:
        return point.load()
    except ModuleNotFoundError as error:
        raise ConfigError(
            f'command {point.name!r} needs the Python module {error.name!r}, which is not '
            "installed; install it, or run 'simlingo doctor'"
        ) from error


def _run_typer(app: Any, name: str, arguments: list[str]) -> int:
    """Run a typer application; its own errors are printed by typer."""
    import typer.main

    command = typer.main.get_command(app)
    try:
        code = command.main(args=arguments, prog_name=f'simlingo {name}', standalone_mode=True)
    except SystemExit as stop:
        code = stop.code
    if code is None or isinstance(code, int):
        return code or 0
    print(code, file=sys.stderr)
    return EXIT_FAILED
