# SPDX-License-Identifier: Apache-2.0
"""Find, read and check weight files of any origin, without running code from them."""

from __future__ import annotations

import json
import pickle
from collections.abc import Mapping
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor

from simlingo_core.errors import CheckpointError
from simlingo_model.file_faults import find_weight_fault, is_safetensors, is_zip, why_unreadable
from simlingo_model.safe_pickle import load_pickled
from simlingo_model.wrapped_names import find_state_dict, without_wrappers

# Files that hold all weights, in the order in which a folder is searched.
_WHOLE_FILES = ('pytorch_model.pt', 'model.safetensors', 'pytorch_model.bin')
_INDEX_FILES = ('model.safetensors.index.json', 'pytorch_model.bin.index.json')
_LISTED_KEYS = 20


def read_weights(path: Path) -> dict[str, Tensor]:
    """Return the weights of a file, or of the file or shards in a folder, mapped from disk.

    The format is recognised by the content of a file, not by its name.  Containers and prefixes
    of training tools are removed (``wrapped_names``).

    Raises:
        CheckpointError: there is no such file, or it is truncated, corrupted or something else.
    """
    weights: dict[str, Tensor] = {}
    for file in _files_of(path):
        weights |= _read_file(file)
    if not weights:
        raise CheckpointError(f'{path} holds no weights; expected a state dict')
    return without_wrappers(weights)


def check_names(weights: Mapping[str, Tensor], expected: Mapping[str, torch.Size]) -> None:
    """Compare names and shapes with those of the network.

    Raises:
        CheckpointError: names missing, extra and wrong-shape weights (long lists are cut).
    """
    missing = sorted(set(expected) - set(weights))
    extra = sorted(set(weights) - set(expected))
    wrong = [
        f'{key} is {tuple(weights[key].shape)}, expected {tuple(shape)}'
        for key, shape in expected.items()
        if key in weights and weights[key].shape != shape
    ]
    parts = [
        f'{len(keys)} {what}: {_listed(keys)}'
        for what, keys in (('missing', missing), ('extra', extra), ('of wrong shape', wrong))
        if keys
    ]
    if parts:
        raise CheckpointError(
            'the weights do not fit the network; ' + '; '.join(parts) + '; is it the right file?'
        )


def check_finite(weights: Mapping[str, Tensor]) -> None:
    """Refuse weights that contain NaN or infinity.

    Raises:
        CheckpointError: names these weights.
    """
    bad = [
        key
        for key, weight in weights.items()
        if weight.is_floating_point() and not bool(torch.isfinite(weight).all())
    ]
    if bad:
        raise CheckpointError(
            f'{len(bad)} weights hold NaN or infinity: {_listed(bad)}; the file is damaged or the '
            'training diverged: take an earlier checkpoint'
        )


def _files_of(path: Path) -> list[Path]:
    if path.is_file():
        return [path]
    if not path.is_dir():
        raise CheckpointError(f'{path} does not exist; give a weight file or a model folder')
    for name in _WHOLE_FILES:
        if (path / name).is_file():
            return [path / name]
    for name in _INDEX_FILES:
        if (path / name).is_file():
            return _shards(path / name)
    if (path / '.metadata').is_file() and any(path.glob('*.distcp')):
        raise CheckpointError(
            f'{path} is a distributed checkpoint (FSDP) whose parts are not joined; run "python '
            f'-m torch.distributed.checkpoint.format_utils dcp_to_torch {path} FILE" and give FILE'
        )
    if any(path.rglob('*_model_states.pt')):
        raise CheckpointError(
            f'{path} is a DeepSpeed ZeRO folder whose parts are not joined; run its '
            'zero_to_fp32.py first and give the file it writes'
        )
    raise CheckpointError(
        f'{path} holds no weights; expected one of {[*_WHOLE_FILES, *_INDEX_FILES]}'
    )


def _shards(index: Path) -> list[Path]:
    try:
        names = sorted(set(json.loads(index.read_text(encoding='utf-8'))['weight_map'].values()))
    except (OSError, ValueError, KeyError, AttributeError) as error:
        raise CheckpointError(why_unreadable(index, error)) from error
    shards = [index.parent / Path(name).name for name in names]
    absent = [shard.name for shard in shards if not shard.is_file()]
    if absent:
        raise CheckpointError(f'{index.parent} lacks the shards {absent}; download them again')
    return shards


def _read_file(file: Path) -> dict[str, Tensor]:
    if fault := find_weight_fault(file):
        raise CheckpointError(fault)
    with file.open('rb') as opened:
        head = opened.read(16)
    try:
        if is_safetensors(head):
            with safe_open(file, framework='pt') as tensors:
                return {key: tensors.get_tensor(key) for key in tensors.keys()}  # noqa: SIM118
        content = load_pickled(file, maps_file=is_zip(head))
    except (
        SafetensorError,
        pickle.UnpicklingError,
        ArithmeticError,
        AttributeError,
        EOFError,
        LookupError,
        OSError,
        RuntimeError,
        TypeError,
        ValueError,
    ) as error:
        reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        raise CheckpointError(
            f'{file} ({file.stat().st_size} bytes) is truncated, corrupted or no plain weight '
            f'file: {reason}; download or export it again'
        ) from error
    return find_state_dict(file, content)


def _listed(names: list[str]) -> str:
    shown = ', '.join(names[:_LISTED_KEYS])
    rest = len(names) - _LISTED_KEYS
    return shown + (f' and {rest} more' if rest > 0 else '')
