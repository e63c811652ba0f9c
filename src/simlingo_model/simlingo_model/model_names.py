# SPDX-License-Identifier: Apache-2.0
"""Find the model of a name: a committed one, a folder, one of these blind or in an engine.

Nothing here imports torch, so that names can be checked before anything is loaded.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from pathlib import Path

from simlingo_core.errors import CheckpointError
from simlingo_core.moved_paths import find_path
from simlingo_model.engines.precisions import AUTO, check_precision

ASSETS = Path(__file__).parent / 'assets'
COMMITTED = {'mini': 'mini'}
"""Names and folders below ``assets`` of the models that come with this package."""
BLIND_PREFIX = 'blind='
ENGINE_MARK = '='
"""Between an engine and a model: ``openvino=FOLDER``, ``openvino:int8=FOLDER``."""
ENGINE_NAMES = ('torch', 'openvino', 'onnxruntime', 'tensorrt')
WEIGHTS = ('model.safetensors', 'config.json')
EXPORTS = ('onnx/engine.json', 'onnx_int8/engine.json')


@dataclass(frozen=True)
class ModelChoice:
    """A model to load.

    Attributes:
        folder: of the model.
        is_blind: it gets its mean image instead of the camera's.
        engine: that runs it; ``auto``: the caller decides.
        precision: number format of the engine.
    """

    folder: Path
    is_blind: bool = False
    engine: str = AUTO
    precision: str = AUTO

    def fingerprint(self) -> str:
        """Return eight hexadecimal digits that change with the weights or the settings."""
        digest = hashlib.sha256(str(self.is_blind).encode())
        files: tuple[str, ...] = WEIGHTS
        if self.engine not in (AUTO, 'torch') or not (self.folder / WEIGHTS[0]).is_file():
            digest.update(f'{self.engine} {self.precision}'.encode())
            files += EXPORTS
        for name in files:
            path = self.folder / name
            if path.is_file():
                with path.open('rb') as file:
                    digest.update(hashlib.file_digest(file, 'sha256').digest())
        return digest.hexdigest()[:8]


def find_model(name: str) -> ModelChoice | None:
    """Return the model of a name; None: there is no model and no path of this name.

    Args:
        name: ``mini``, the path of a model, or ``blind=`` or an engine and one of these, such as
            ``openvino=FOLDER`` or ``openvino:int8=FOLDER``.

    Raises:
        CheckpointError: a committed model is not part of this installation.
        ConfigError: an engine is given a number format that does not exist.
    """
    if name in COMMITTED:
        return ModelChoice(_committed(name))
    if name.startswith(BLIND_PREFIX):
        seeing = find_model(name.removeprefix(BLIND_PREFIX))
        return None if seeing is None else ModelChoice(seeing.folder, is_blind=True)
    engine, mark, rest = name.partition(ENGINE_MARK)
    engine, _, precision = engine.partition(':')
    if mark and engine in ENGINE_NAMES:
        inner = find_model(rest)
        if inner is None:
            return None
        if precision:
            check_precision(precision)
        return replace(inner, engine=engine, precision=precision or AUTO)
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
