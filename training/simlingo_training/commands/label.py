# SPDX-License-Identifier: Apache-2.0
"""Write commentary and dreams beside recorded drives."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from simlingo_training.label import label_all

app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command()
def run(
    data: Annotated[Path, typer.Option(help='Root of the data set.')] = Path('data/mini'),
) -> None:
    """Write commentary and dreams for every drive that has none yet."""
    print(f'{label_all(data)} frames labelled in {data}')
