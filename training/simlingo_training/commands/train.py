# SPDX-License-Identifier: Apache-2.0
"""Train a model by a recipe; goes on where it was stopped."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(add_completion=False, rich_markup_mode=None)

RecipeName = Annotated[str, typer.Argument(help='Name of the recipe; "list" shows all.')]
Settings = Annotated[
    list[str] | None,
    typer.Argument(help="Instead of the recipe's: NAME=VALUE such as optim.lr=3e-4 epochs=2."),
]
DataRoot = Annotated[Path, typer.Option(help='Root of the data set.')]
OutFolder = Annotated[Path | None, typer.Option(help='Run folder; out/train/RECIPE if not given.')]
Frames = Annotated[
    int | None, typer.Option(min=1, help='Train on so few, spread over the episodes.')
]
StartFrom = Annotated[
    Path | None, typer.Option(help='Begin with the weights of this model folder.')
]
Backbone = Annotated[
    Path | None,
    typer.Option(help='Folder of InternVL2-1B: its weights and tokenizer to begin with.'),
]
StopAfter = Annotated[
    int | None,
    typer.Option(min=1, help='End after so many more steps; the same command goes on.'),
]
ValidationSeed = Annotated[
    int,
    typer.Option(help='Episodes of this seed are held out, as are those in the validation town.'),
]
Blind = Annotated[
    bool, typer.Option(help='Show the mean image: what can be learned without a camera.')
]
MaxBrokenFiles = Annotated[
    int,
    typer.Option(
        min=0, help='So many files may be unusable; frames that need them are left out, counted.'
    ),
]
Threads = Annotated[int, typer.Option(min=1, help='CPU threads.')]


@app.command()
def run(
    recipe: RecipeName = 'mini',
    settings: Settings = None,
    data: DataRoot = Path('data/mini'),
    out: OutFolder = None,
    frames: Frames = None,
    start_from: StartFrom = None,
    backbone: Backbone = None,
    stop_after: StopAfter = None,
    validation_seed: ValidationSeed = 100,
    blind: Blind = False,
    max_broken_files: MaxBrokenFiles = 20,
    threads: Threads = 2,
) -> None:
    """Train a model; the run folder holds curves, images, the state and the checkpoint."""
    # Not at the top: torch takes seconds to import.
    import torch
    from accelerate import PartialState

    from simlingo_training.allocator import keep_freed_memory
    from simlingo_training.overrides import with_overrides
    from simlingo_training.recipes import RECIPES, find_recipe
    from simlingo_training.run import RunOptions, train

    if recipe == 'list':
        for name, make in RECIPES.items():
            print(f'{name:18} {(make.__doc__ or "").splitlines()[0]}')
        return
    keep_freed_memory()
    torch.set_num_threads(threads)
    chosen = with_overrides(find_recipe(recipe), settings or [])
    options = RunOptions(
        validation_seed=validation_seed,
        is_blind=blind,
        frames=frames,
        start_from=start_from,
        backbone=backbone,
        stop_after=stop_after,
        max_broken_files=max_broken_files,
    )
    checkpoint = train(chosen, data, out or Path('out/train') / recipe, options)
    PartialState().print(f'checkpoint: {checkpoint}')  # the first process only
