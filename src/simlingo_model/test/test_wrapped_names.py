# SPDX-License-Identifier: Apache-2.0
"""Prefixes that training tools add to the names of weights are removed."""

import itertools

import pytest
import torch

from simlingo_core.errors import CheckpointError
from simlingo_model.wrapped_names import without_wrappers

WEIGHTS = {'vision.a.weight': torch.ones(2), 'language.base_model.model.b': torch.ones(4)}
PREFIXES = ('module.', '_orig_mod.', '_fsdp_wrapped_module.', '_forward_module.', 'model.')


def prefixed(prefix):
    return {prefix + name: value for name, value in WEIGHTS.items()}


@pytest.mark.parametrize('count', range(len(PREFIXES) + 1))
def test_prefixes_go_in_any_number_and_order(count):
    for order in itertools.permutations(PREFIXES, count):
        assert without_wrappers(prefixed(''.join(order))).keys() == WEIGHTS.keys()


def test_wrappers_of_inner_modules_go_too():
    weights = {
        'module.vision._fsdp_wrapped_module._checkpoint_wrapped_module.a.weight': torch.ones(1),
        'module.language._orig_mod.base_model.model.b': torch.ones(1),
        'module._fpw_module.action.module.c': torch.ones(1),
    }
    expected = ['vision.a.weight', 'language.base_model.model.b', 'action.c']
    assert list(without_wrappers(weights)) == expected


def test_names_of_the_network_stay():
    weights = {'model.a': torch.ones(1), 'language.b': torch.ones(1)}
    assert without_wrappers(weights).keys() == weights.keys()


def test_a_key_beside_the_network_does_not_keep_the_prefix():
    """Case 12, a sibling: a Lightning module that also has weights of a metric or a loss."""
    weights = {**prefixed('model.'), 'loss.weight': torch.ones(1)}
    assert without_wrappers(weights).keys() == {*WEIGHTS, 'loss.weight'}


def test_two_networks_in_one_file_are_refused():
    weights = {**WEIGHTS, **prefixed('module.')}
    with pytest.raises(CheckpointError, match=r'module\.vision\.a\.weight.*one network'):
        without_wrappers(weights)
