# SPDX-License-Identifier: Apache-2.0
"""Train a model by a recipe; goes on where it was stopped."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command()
def run(
    recipe: Annotated[str, typer.Argument(help='Name of the recipe.')] = 'mini',
    data: Annotated[Path, typer.Option(help='Root of the data set.')] = Path('data/mini'),
    out: Annotated[Path, typer.Option(help='Run folder.')] = Path('out/train/mini'),
    epochs: Annotated[int | None, typer.Option(min=1, help="Instead of the recipe's.")] = None,
    frames: Annotated[
        int | None, typer.Option(min=1, help='Train on so few, spread over the episodes.')
    ] = None,
    start_from: Annotated[
        Path | None, typer.Option(help='Begin with the weights of this model folder.')
    ] = None,
    rate: Annotated[float | None, typer.Option(help='Peak learning rate.')] = None,
    validation_seed: Annotated[
        int,
        typer.Option(
            help='Episodes of this seed are held out, as are those in the validation town.'
        ),
    ] = 100,
    blind: Annotated[
        bool, typer.Option(help='Show the mean image: what can be learned without a camera.')
    ] = False,
    max_broken_files: Annotated[
        int,
        typer.Option(
            min=0,
            help='So many files may be unusable; frames that need them are left out and counted.',
        ),
    ] = 20,
    compiled: Annotated[
        bool, typer.Option('--compile', help='Fuse the layers first; needs a C++ compiler.')
    ] = False,
    threads: Annotated[int, typer.Option(min=1, help='CPU threads.')] = 2,
) -> None:
    """Train a model; the run folder holds curves, images, the state and the checkpoint."""
    # Not at the top: torch takes seconds to import.
    import dataclasses

    import torch

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
    checkpoint = train(
        chosen,
        data,
        out,
        RunOptions(
            validation_seed=validation_seed,
            is_blind=blind,
            frames=frames,
            start_from=start_from,
            max_broken_files=max_broken_files,
        ),
    )
    print(f'checkpoint: {checkpoint}')
