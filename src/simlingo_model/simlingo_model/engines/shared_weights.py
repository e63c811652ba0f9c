# SPDX-License-Identifier: Apache-2.0
"""Store the weights of several ONNX graphs once, in one file beside them."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any, BinaryIO

SHARED_FILE = 'weights.bin'
_SMALLEST_BYTES = 1024
# Page size, so that the file can be mapped.
_ALIGNMENT = 4096


def share_weights(graphs: Sequence[Path]) -> Path:
    """Move the weights of graphs into ``weights.bin``; equal ones are stored once.

    Args:
        graphs: ONNX files in one folder; their own files of external data are deleted.

    Returns:
        The file of all weights.
    """
    import onnx

    folder = graphs[0].parent
    places: dict[bytes, tuple[int, int]] = {}
    with (folder / SHARED_FILE).open('wb') as shared:
        for path in graphs:
            model = onnx.load(path, load_external_data=False)
            files: set[Path] = set()
            for weight in model.graph.initializer:
                file, data = _content(folder, weight)
                files |= {file} if file else set()
                if len(data) < _SMALLEST_BYTES:
                    _store_inside(weight, data)
                    continue
                key = hashlib.sha256(data).digest()
                if key not in places:
                    places[key] = _append(shared, data)
                _refer(weight, *places[key])
            onnx.save(model, path)
            for file in files:
                file.unlink(missing_ok=True)
    return folder / SHARED_FILE


def _content(folder: Path, weight: Any) -> tuple[Path | None, bytes]:
    """Return the file of external data of a weight, if it has one, and its bytes."""
    from onnx import TensorProto, numpy_helper

    if weight.data_location != TensorProto.EXTERNAL:
        return None, numpy_helper.to_array(weight).tobytes()
    entries = {entry.key: entry.value for entry in weight.external_data}
    file = folder / Path(entries['location']).name
    with file.open('rb') as opened:
        opened.seek(int(entries.get('offset', 0)))
        return file, opened.read(int(entries['length']))


def _append(file: BinaryIO, data: bytes) -> tuple[int, int]:
    file.write(bytes(-file.tell() % _ALIGNMENT))
    offset = file.tell()
    file.write(data)
    return offset, len(data)


def _store_inside(weight: Any, data: bytes) -> None:
    from onnx import TensorProto

    weight.ClearField('external_data')
    weight.data_location = TensorProto.DEFAULT
    _clear_data(weight)
    weight.raw_data = data


def _refer(weight: Any, offset: int, length: int) -> None:
    from onnx import TensorProto

    weight.ClearField('external_data')
    _clear_data(weight)
    weight.data_location = TensorProto.EXTERNAL
    for key, value in (('location', SHARED_FILE), ('offset', offset), ('length', length)):
        entry = weight.external_data.add()
        entry.key, entry.value = key, str(value)


def _clear_data(weight: Any) -> None:
    for name in ('raw_data', 'float_data', 'int32_data', 'int64_data', 'double_data'):
        weight.ClearField(name)
