# SPDX-License-Identifier: Apache-2.0
"""Export a model as ONNX graphs for other inference engines."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(add_completion=False, rich_markup_mode=None, help=__doc__)


@app.command()
def export(
    model: Annotated[str, typer.Argument(metavar='MODEL', help='mini or a model folder.')],
    folder: Annotated[
        Path | None,
        typer.Argument(metavar='FOLDER', help='Where the export goes; default: the model folder.'),
    ] = None,
) -> None:
    """Write vision tower, prompt, text step and action as ONNX and compare them with PyTorch."""
    from simlingo_core.errors import ConfigError
    from simlingo_model.engines.export import export_model
    from simlingo_model.model_names import find_model

    found = find_model(model)
    if found is None:
        raise ConfigError(f'model is {model!r}; expected mini or an existing model folder')
    target = folder or found.folder
    manifest = export_model(found.folder, target)
    for name, size in manifest.files.items():
        print(f'{name:<16}{size / 1e6:>10.1f} MB')
    for name, error in manifest.errors.items():
        print(f'{name:<24} differs from PyTorch by at most {error:.1e}')
    print(f'use it with: policy:={target} engine:=onnxruntime')
