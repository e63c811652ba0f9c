# SPDX-License-Identifier: Apache-2.0
"""Scenery that score and images draw one after the other is computed once, and the same."""

import numpy as np

from simlingo_sim.camera.drawn_once import drawn_once


def test_the_same_chance_gives_the_same_result_and_goes_on_the_same():
    calls = []

    @drawn_once
    def draw(layout, rng):
        calls.append(layout)
        return rng.random(3)

    first, second = np.random.default_rng(4), np.random.default_rng(4)
    town, other = object(), object()
    result = draw(town, first)
    assert draw(town, second) is result
    assert len(calls) == 1
    assert first.random() == second.random(), 'what is drawn next is the same, too'
    assert (draw(town, np.random.default_rng(5)) != result).any()
    np.testing.assert_array_equal(draw(other, np.random.default_rng(4)), result)
    assert len(calls) == 3
