# SPDX-License-Identifier: Apache-2.0
"""The schedule of ``internvl2_1b`` is upstream's, step by step."""

from pathlib import Path

import numpy as np
import pytest
import torch

from simlingo_training.overrides import with_overrides
from simlingo_training.recipes import internvl2_1b
from simlingo_training.schedule import make_optimizer, make_schedule

DATA = Path(__file__).parent / 'data' / 'tiny' / 'optimizer_steps_fp32.npz'


def rates(optim, steps):
    optimizer = make_optimizer([torch.nn.Parameter(torch.zeros(1))], optim)
    schedule = make_schedule(optimizer, optim, steps)
    found = []
    for _ in range(steps):
        found.append((schedule.get_last_lr()[0], optimizer.param_groups[0]['betas'][0]))
        optimizer.step()
        schedule.step()
    return np.array(found)


def test_rate_of_every_step():
    optim = internvl2_1b().optim
    found = rates(optim, 200)
    with np.load(DATA) as golden:
        np.testing.assert_allclose(found[:, 0], golden['onecycle_lr_200'], rtol=1e-12)
    # The momentum goes the other way round (upstream_spec §7).
    assert found[:, 1].min() == pytest.approx(0.85, abs=1e-3)
    assert found[0, 1] == pytest.approx(0.95)


@pytest.mark.parametrize('steps', [1, 2, 3, 10, 20, 21, 40])
def test_a_short_run_has_rates_as_well(steps):
    optim = internvl2_1b().optim
    found = rates(optim, steps)[:, 0]
    assert np.isfinite(found).all()
    assert found.max() <= optim.lr * (1.0 + 1e-9)
    assert steps < 5 or found.max() > 0.8 * optim.lr


def test_settings_are_upstreams():
    recipe = internvl2_1b()
    optim = recipe.optim
    assert (optim.lr, optim.weight_decay, optim.clip_norm) == (3e-5, 0.1, 0.3)
    assert (recipe.seed, recipe.epochs, recipe.batch_frames) == (42, 15, 64)
    other = with_overrides(recipe, ['optim.lr=1e-3', 'optim.rising_share=0.05'])
    with np.load(DATA) as golden:
        np.testing.assert_allclose(rates(other.optim, 100)[:5, 0], golden['lr'], rtol=1e-6)
