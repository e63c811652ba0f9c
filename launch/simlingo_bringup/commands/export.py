# SPDX-License-Identifier: Apache-2.0
"""Export a model as ONNX graphs for other inference engines."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from simlingo_model.engines.manifest import EngineManifest

FRAMES = 96

app = typer.Typer(add_completion=False, rich_markup_mode=None, help=__doc__)


@app.command()
def export(
    model: Annotated[str, typer.Argument(metavar='MODEL', help='mini or a model folder.')],
    out: Annotated[
        Path | None,
        typer.Option(
            '--out', metavar='FOLDER', help='Where the export goes; default: the model folder.'
        ),
    ] = None,
    int8: Annotated[
        bool, typer.Option('--int8', help='8-bit graphs too, calibrated on rendered frames.')
    ] = False,
    frames: Annotated[
        int, typer.Option(min=12, help='Frames for 8 bits: two thirds set scales, a third judges.')
    ] = FRAMES,
    build_tensorrt: Annotated[
        str | None,
        typer.Option(
            '--build-tensorrt',
            metavar='PRECISION',
            help='Export nothing: build TensorRT engines of an export, on the GPU that runs them.',
        ),
    ] = None,
    json_path: Annotated[
        Path | None, typer.Option('--json', metavar='PATH', help='Write the tables as JSON.')
    ] = None,
) -> None:
    """Write vision tower, prompt, text step and action as ONNX and compare them with PyTorch."""
    from simlingo_core.errors import ConfigError
    from simlingo_model.model_names import find_model

    found = find_model(model)
    if found is None:
        raise ConfigError(f'model is {model!r}; expected mini or an existing model folder')
    if build_tensorrt is not None:
        print(f'built {_build_tensorrt(found.folder, build_tensorrt)}')
        return
    from simlingo_bringup.calibration_frames import render_frames
    from simlingo_model.engines.export import export_model

    target = out or found.folder
    written = export_model(found.folder, target, render_frames(frames) if int8 else ())
    print(table(written))
    print(f'use it with: policy:={target} engine:=openvino, or engine:=onnxruntime')
    if json_path is not None:
        json_path.parent.mkdir(parents=True, exist_ok=True)
        content = {precision: manifest.to_dict() for precision, manifest in written.items()}
        json_path.write_text(json.dumps(content, indent=2) + '\n', encoding='utf-8')


def table(written: Mapping[str, EngineManifest]) -> str:
    """Return what was written, and how far it is from PyTorch."""
    rows = []
    for precision, manifest in written.items():
        rows.append(f'{precision}:')
        rows += [f'  {name:<24}{size / 1e6:>10.1f} MB' for name, size in manifest.files.items()]
        rows += [
            f'  {name:<24} differs from PyTorch by at most {error:.1e}'
            for name, error in manifest.errors.items()
        ]
        rows += [f'  {name:<24}{value:>10.4g}' for name, value in manifest.agreement.items()]
    return '\n'.join(rows)


def _build_tensorrt(folder: Path, precision: str) -> Path:
    from simlingo_model.engines.manifest import FOLDERS, read_manifest
    from simlingo_model.engines.precisions import check_precision
    from simlingo_model.engines.tensorrt_build import build_engines

    check_precision(precision)
    read_manifest(folder, precision)
    return build_engines(folder / FOLDERS[precision], precision)
