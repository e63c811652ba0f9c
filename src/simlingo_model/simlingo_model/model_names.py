# SPDX-License-Identifier: Apache-2.0
"""Find the model of a name: a committed one, a folder, or one of these as a blind baseline.

Nothing here imports torch, so that names can be checked before anything is loaded.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from simlingo_core.errors import CheckpointError
from simlingo_core.moved_paths import find_path

ASSETS = Path(__file__).parent / 'assets'
COMMITTED = {'mini': 'mini'}
"""Names and folders below ``assets`` of the models that come with this package."""
BLIND_PREFIX = 'blind='
WEIGHTS = ('model.safetensors', 'config.json')


@dataclass(frozen=True)
class ModelChoice:
    """A model to load.

    Attributes:
        folder: of the model.
        is_blind: it gets its mean image instead of the camera's.
    """

    folder: Path
    is_blind: bool = False

    def fingerprint(self) -> str:
        """Return eight hexadecimal digits that change with the weights or the settings."""
        digest = hashlib.sha256(str(self.is_blind).encode())
        for name in WEIGHTS:
            path = self.folder / name
            if path.is_file():
                with path.open('rb') as file:
                    digest.update(hashlib.file_digest(file, 'sha256').digest())
        return digest.hexdigest()[:8]


def find_model(name: str) -> ModelChoice | None:
    """Return the model of a name; None: there is no model and no path of this name.

    Args:
        name: ``mini``, the path of a model, or ``blind=`` and one of these.

    Raises:
        CheckpointError: a committed model is not part of this installation.
    """
    if name in COMMITTED:
        return ModelChoice(_committed(name))
    if name.startswith(BLIND_PREFIX):
        seeing = find_model(name.removeprefix(BLIND_PREFIX))
        return None if seeing is None else ModelChoice(seeing.folder, is_blind=True)
    path = find_path(name)
    return ModelChoice(path) if name and path.exists() else None


def _committed(name: str) -> Path:
    folder = ASSETS / COMMITTED[name]
    if not (folder / WEIGHTS[0]).is_file():
        raise CheckpointError(
            f'the model {name!r} is not part of this installation: {folder} holds no '
            f'{WEIGHTS[0]}; train one (simlingo train) and give its folder instead of the name'
        )
    return folder
