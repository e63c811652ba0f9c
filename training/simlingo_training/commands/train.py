# SPDX-License-Identifier: Apache-2.0
"""Train a model by a recipe; goes on where it was stopped."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(add_completion=False, rich_markup_mode=None)

RecipeName = Annotated[str, typer.Argument(help='Name of the recipe.')]
DataRoot = Annotated[Path, typer.Option(help='Root of the data set.')]
OutFolder = Annotated[Path, typer.Option(help='Run folder.')]
Epochs = Annotated[int | None, typer.Option(min=1, help="Instead of the recipe's.")]
Frames = Annotated[
    int | None, typer.Option(min=1, help='Train on so few, spread over the episodes.')
]
StartFrom = Annotated[
    Path | None, typer.Option(help='Begin with the weights of this model folder.')
]
Rate = Annotated[float | None, typer.Option(help='Peak learning rate.')]
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
Compiled = Annotated[
    bool, typer.Option('--compile', help='Fuse the layers first; needs a C++ compiler.')
]
Threads = Annotated[int, typer.Option(min=1, help='CPU threads.')]


@app.command()
def run(
    recipe: RecipeName = 'mini',
    data: DataRoot = Path('data/mini'),
    out: OutFolder = Path('out/train/mini'),
    epochs: Epochs = None,
    frames: Frames = None,
    start_from: StartFrom = None,
    rate: Rate = None,
    validation_seed: ValidationSeed = 100,
    blind: Blind = False,
    max_broken_files: MaxBrokenFiles = 20,
    compiled: Compiled = False,
    threads: Threads = 2,
) -> None:
    """Train a model; the run folder holds curves, images, the state and the checkpoint."""
    # Not at the top: torch takes seconds to import.
    import dataclasses

    import torch
    from accelerate import PartialState

    from simlingo_training.allocator import keep_freed_memory
    from simlingo_training.recipe import find_recipe
    from simlingo_training.run import RunOptions, train

    keep_freed_memory()
    torch.set_num_threads(threads)
    chosen = dataclasses.replace(find_recipe(recipe), is_compiled=compiled)
    if epochs is not None:
        chosen = dataclasses.replace(chosen, epochs=epochs)
    if rate is not None:
        chosen = dataclasses.replace(chosen, peak_learning_rate=rate)
    options = RunOptions(
        validation_seed=validation_seed,
        is_blind=blind,
        frames=frames,
        start_from=start_from,
        max_broken_files=max_broken_files,
    )
    checkpoint = train(chosen, data, out, options)
    PartialState().print(f'checkpoint: {checkpoint}')  # the first process only
