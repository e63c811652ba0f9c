# SPDX-License-Identifier: Apache-2.0
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simlingo_evaluation.statistics import bootstrap_over_seeds

VALUES = st.lists(st.floats(0.0, 100.0), min_size=1, max_size=5)


def test_known_interval():
    interval = bootstrap_over_seeds({0: [0.0, 0.0], 1: [100.0, 100.0]})
    assert (interval.mean, interval.low, interval.high) == (50.0, 0.0, 100.0)


def test_one_seed_has_no_interval_and_none_has_no_number():
    interval = bootstrap_over_seeds({0: [40.0, 60.0]})
    assert interval.mean == 50.0
    assert math.isnan(interval.low)
    assert math.isnan(interval.high)
    assert str(interval) == '50.0'
    assert math.isnan(bootstrap_over_seeds({}).mean)


@given(st.dictionaries(st.integers(0, 9), VALUES, min_size=2, max_size=4))
def test_mean_is_the_mean_and_lies_within_the_range(values):
    interval = bootstrap_over_seeds(values)
    flat = [v for group in values.values() for v in group]
    assert interval.mean == pytest.approx(sum(flat) / len(flat))
    assert min(flat) - 1e-9 <= interval.low <= interval.high <= max(flat) + 1e-9


def test_same_results_give_the_same_interval():
    values = {seed: [float(seed * k % 7) for k in range(9)] for seed in range(5)}
    assert bootstrap_over_seeds(values) == bootstrap_over_seeds(values)
