# SPDX-License-Identifier: Apache-2.0
"""What an exported model consists of, written beside its graphs and checked before their use."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

from simlingo_core.errors import CheckpointError, ConfigError
from simlingo_model.engines.precisions import BFLOAT16, FLOAT32, INT8
from simlingo_model.file_faults import why_unreadable
from simlingo_model.section import Section

FOLDER = 'onnx'
"""Folder of the float32 graphs below that of the model."""
INT8_FOLDER = 'onnx_int8'
FOLDERS: Mapping[str, str] = MappingProxyType(
    {FLOAT32: FOLDER, BFLOAT16: FOLDER, INT8: INT8_FOLDER}
)
"""Where the graphs are that an engine runs in a number format."""
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
        agreement: of 8-bit graphs with PyTorch on rendered images (see ``agreement``).
    """

    format: str = FORMAT
    weights: str
    precision: str = 'float32'
    files: dict[str, int] = field(default_factory=dict)
    versions: dict[str, str] = field(default_factory=dict)
    errors: dict[str, float] = field(default_factory=dict)
    agreement: dict[str, float] = field(default_factory=dict)

    def write(self, folder: Path) -> None:
        """Write it into the folder of the graphs."""
        text = json.dumps(self.to_dict(), indent=2) + '\n'
        (folder / FILE).write_text(text, encoding='utf-8')


def exported_precisions(model_folder: Path) -> frozenset[str]:
    """Return the number formats whose graphs are in a model folder."""
    return frozenset(
        precision
        for precision, folder in FOLDERS.items()
        if (model_folder / folder / FILE).is_file()
    )


def read_manifest(model_folder: Path, precision: str = FLOAT32) -> EngineManifest:
    """Read and check the manifest of an exported model.

    Args:
        model_folder: with an export.
        precision: number format in which the graphs are to be run.

    Raises:
        CheckpointError: the model was not exported, or the export is of another format,
            incomplete, truncated or made from other weights than those beside it.
    """
    folder = model_folder / FOLDERS[precision]
    remedy = f'run "simlingo export {model_folder}"'
    if not (folder / FILE).is_file():
        raise CheckpointError(
            f'{model_folder} has no exported graphs ({folder.name}/{FILE} is missing); {remedy}, '
            'or use engine torch'
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
    stored = INT8 if precision == INT8 else FLOAT32
    if manifest.precision != stored:
        raise CheckpointError(
            f'{folder / FILE} says that its graphs are {manifest.precision}; expected {stored} '
            f'for precision {precision}: folders were mixed up; {remedy}'
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
