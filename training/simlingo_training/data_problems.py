# SPDX-License-Identifier: Apache-2.0
"""Files of a data set that cannot be used: named, counted, shown, and refused beyond a limit."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

from simlingo_core.errors import ConfigError, ContractError

ROWS = 20
WIDTH = 200
"""Columns for the table in files and pipes: paths of a data set are long."""


@dataclass(frozen=True)
class DataProblem:
    """One thing that cannot be used.

    Attributes:
        path: of the file.
        field: within the file; empty: the whole file.
        reason: what is wrong with it.
    """

    path: Path
    field: str
    reason: str

    def __str__(self) -> str:
        where = f'{self.path}, field {self.field!r}' if self.field else str(self.path)
        return f'{where}: {self.reason}'


class DataError(ContractError):
    """A file of a data set cannot be used.

    Attributes:
        problem: file, field and reason.
    """

    def __init__(self, path: Path, field: str, reason: str) -> None:
        self.problem = DataProblem(path, field, reason)
        super().__init__(
            f'{self.problem}; collect this route again, or see simlingo data check for all such '
            'files'
        )

    def __reduce__(self) -> tuple[type[DataError], tuple[Path, str, str]]:
        return DataError, (self.problem.path, self.problem.field, self.problem.reason)


def table_console(*, is_quiet: bool = False) -> Console:
    """Return a console that shows whole paths, also where nobody set a width."""
    return Console(quiet=is_quiet, width=None if sys.stdout.isatty() else WIDTH)


def problem_table(problems: Sequence[DataProblem], root: Path, rows: int | None = None) -> Table:
    """Return a table of file, field and reason.

    Args:
        problems: to show.
        root: of the data set; paths are shown relative to it.
        rows: at most so many; None: all.
    """
    table = Table(title=f'{len(problems)} broken files in {root}')
    for heading in ('file', 'field', 'reason'):
        table.add_column(heading, overflow='fold')
    for problem in problems[:rows]:
        path = problem.path
        shown = path.relative_to(root) if path.is_relative_to(root) else path
        table.add_row(str(shown), problem.field or '-', problem.reason)
    if rows is not None and len(problems) > rows:
        table.add_row(f'... and {len(problems) - rows} more', '', '')
    return table


def report_problems(
    problems: Sequence[DataProblem], root: Path, limit: int, console: Console
) -> None:
    """Show what a training leaves out; nothing is shown where nothing is broken.

    Raises:
        ConfigError: there are more than ``limit``.
    """
    if not problems:
        return
    console.print(problem_table(problems, root, ROWS))
    if len(problems) > limit:
        raise ConfigError(
            f'{root} holds {len(problems)} broken files, the first is {problems[0]}; expected at '
            f'most {limit}: collect these routes again, or allow more with --max-broken-files'
        )
    console.print('the frames that need these files are left out')
