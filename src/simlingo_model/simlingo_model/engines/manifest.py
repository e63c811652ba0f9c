# SPDX-License-Identifier: Apache-2.0
"""What an exported model consists of, written beside its graphs and checked before their use."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from pathlib import Path

from simlingo_core.errors import CheckpointError, ConfigError
from simlingo_model.file_faults import why_unreadable
from simlingo_model.section import Section

FOLDER = 'onnx'
"""Folder of the graphs below that of the model."""
FILE = 'engine.json'
FORMAT = 'simlingo-onnx/1'
WEIGHT_FILE = 'model.safetensors'


@dataclass(frozen=True, kw_only=True)
class EngineManifest(Section):
    """An exported model.

    Attributes:
        format: of this file and the graphs.
        weights: SHA-256 of the weights that were exported.
        precision: number format of the graphs.
        files: sizes of graphs and weights in bytes, by name.
        versions: of the libraries that made them.
        errors: largest difference to PyTorch, by graph and output, from the validation.
    """

    format: str = FORMAT
    weights: str
    precision: str = 'float32'
    files: dict[str, int] = field(default_factory=dict)
    versions: dict[str, str] = field(default_factory=dict)
    errors: dict[str, float] = field(default_factory=dict)

    def write(self, folder: Path) -> None:
        """Write it into the folder of the graphs."""
        text = json.dumps(self.to_dict(), indent=2) + '\n'
        (folder / FILE).write_text(text, encoding='utf-8')


def read_manifest(model_folder: Path) -> EngineManifest:
    """Read and check the manifest of an exported model.

    Raises:
        CheckpointError: the model was not exported, or the export is of another format,
            incomplete, truncated or made from other weights than those beside it.
    """
    folder = model_folder / FOLDER
    remedy = f'run "simlingo export {model_folder}"'
    if not (folder / FILE).is_file():
        raise CheckpointError(
            f'{model_folder} has no exported graphs ({FOLDER}/{FILE} is missing); {remedy}, or '
            'use engine torch'
        )
    try:
        content = json.loads((folder / FILE).read_text(encoding='utf-8'))
        manifest = EngineManifest.from_dict(content)
    except (OSError, ValueError, ConfigError) as error:
        raise CheckpointError(f'{why_unreadable(folder / FILE, error)}; {remedy}') from error
    if manifest.format != FORMAT:
        raise CheckpointError(
            f'{folder / FILE} has format {manifest.format!r}; expected {FORMAT!r}; {remedy}'
        )
    for name, size in manifest.files.items():
        found = (folder / name).stat().st_size if (folder / name).is_file() else -1
        if found != size:
            state = 'is missing' if found < 0 else f'has {found} bytes'
            raise CheckpointError(f'{folder / name} {state}; expected {size} bytes; {remedy}')
    weights = model_folder / WEIGHT_FILE
    if weights.is_file() and hash_file(weights) != manifest.weights:
        raise CheckpointError(
            f'the graphs in {folder} were exported from other weights than {weights}; {remedy}'
        )
    return manifest


def hash_file(path: Path) -> str:
    """Return the SHA-256 of a file as hexadecimal digits."""
    with path.open('rb') as file:
        return hashlib.file_digest(file, 'sha256').hexdigest()
