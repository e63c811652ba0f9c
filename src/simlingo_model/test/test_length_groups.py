# SPDX-License-Identifier: Apache-2.0
"""Rows of a training batch by length."""

import pytest
import torch

from simlingo_model.length_groups import length_groups


def left_padded(lengths):
    most = max(lengths)
    return torch.tensor([[i >= most - length for i in range(most)] for length in lengths])


@pytest.mark.parametrize(
    ('lengths', 'expected'),
    [
        ([40, 100, 42, 98, 41], [[0, 2, 4], [1, 3]]),
        ([100, 98, 99], [[0, 1, 2]]),
        ([50], [[0]]),
    ],
)
def test_short_rows_are_apart_where_that_saves_a_tenth(lengths, expected):
    groups = length_groups(left_padded(lengths), extra_tokens=30)
    assert [sorted(rows.tolist()) for rows in groups] == expected
