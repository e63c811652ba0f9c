# SPDX-License-Identifier: Apache-2.0
"""Remove the containers and name prefixes that training tools add to a state dict."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from torch import Tensor

from simlingo_core.errors import CheckpointError

# Where a checkpoint keeps its state dict: Lightning, DeepSpeed, common training scripts.
_CONTAINERS = ('state_dict', 'model_state_dict', 'module', 'model', 'network', 'net')
# Name parts that wrappers add, at the beginning or where an inner module was wrapped: DDP and
# DeepSpeed, torch.compile, FSDP (two versions), activation checkpointing, Lightning Fabric.  No
# weight of ours or of upstream has such a part in its own name.
_WRAPPERS = frozenset(
    {
        'module',
        '_orig_mod',
        '_fsdp_wrapped_module',
        '_fpw_module',
        '_checkpoint_wrapped_module',
        '_forward_module',
    }
)
# Attributes of a LightningModule or a training script that contain the network.
_OWNERS = ('model.', 'network.', 'net.', 'policy.', 'agent.')


def find_state_dict(file: Path, content: Any) -> dict[str, Tensor]:
    """Return the state dict in the content of a checkpoint file.

    Raises:
        CheckpointError: there is no state dict in the content.
    """
    state = content
    while isinstance(state, Mapping):
        inner = next((state[name] for name in _CONTAINERS if _is_mapping(state, name)), None)
        if inner is None:
            break
        state = inner
    tensors = {}
    if isinstance(state, Mapping):
        tensors = {str(name): value for name, value in state.items() if isinstance(value, Tensor)}
    if not tensors:
        raise CheckpointError(
            f'{file} holds {_kind(content)}; expected names with tensors (a state dict)'
        )
    return tensors


def without_wrappers(weights: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Return the weights under their names in the network itself.

    Prefixes of DDP, FSDP, DeepSpeed, Lightning and torch.compile are removed, in any order and
    nesting.

    Raises:
        CheckpointError: two weights would have the same name.
    """
    names = {name: _without_wrapper_parts(name) for name in weights}
    while owner := _common_owner(names):
        names = {name: bare.removeprefix(owner) for name, bare in names.items()}
    result: dict[str, Tensor] = {}
    for name, bare in names.items():
        if bare in result:
            twice = [other for other, same in names.items() if same == bare]
            raise CheckpointError(
                f'{twice} are all {bare!r} without the prefixes of training wrappers; expected '
                'one of them: save the state dict of one network'
            )
        result[bare] = weights[name]
    return result


def _without_wrapper_parts(name: str) -> str:
    return '.'.join(part for part in name.split('.') if part not in _WRAPPERS)


def _common_owner(names: Mapping[str, str]) -> str:
    """Return the owner that most weights belong to; a metric or a loss may lie beside it."""
    for owner in _OWNERS:
        if 2 * sum(bare.startswith(owner) for bare in names.values()) > len(names):
            return owner
    return ''


def _is_mapping(state: Mapping[Any, Any], name: str) -> bool:
    return isinstance(state.get(name), Mapping)


def _kind(content: Any) -> str:
    if isinstance(content, Mapping):
        return f'a mapping with the keys {sorted(map(str, content))[:10]}'
    return f'one {type(content).__name__}'
