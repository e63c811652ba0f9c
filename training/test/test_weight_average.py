# SPDX-License-Identifier: Apache-2.0
"""The moving average of the weights."""

import pytest
import torch
from accelerate import DistributedType

from simlingo_core.errors import ConfigError
from simlingo_model.presets import build_mini
from simlingo_training.weight_average import WeightAverage, make_average


def test_the_average_of_the_weights_follows_them_and_is_resumed(tmp_path):
    network = build_mini(0)[0]
    average = WeightAverage(network, 0.75)
    average.update()
    first = network.action.path_queries.detach().clone()
    with torch.no_grad():
        network.action.path_queries.add_(1.0)
    average.update()
    torch.testing.assert_close(average.network.action.path_queries.detach(), first + 0.25)
    average.save(tmp_path)
    resumed = WeightAverage(network, 0.75)
    resumed.load(tmp_path)
    for one in (average, resumed):
        one.update()
    expected, got = average.network.state_dict(), resumed.network.state_dict()
    assert all(torch.equal(expected[name], got[name]) for name in expected)
    with pytest.raises(ConfigError, match='ema_decay'):
        resumed.load(tmp_path / 'elsewhere')


def test_sharded_weights_have_no_average():
    class Sharded:
        distributed_type = DistributedType.FSDP

    with pytest.raises(ConfigError, match=r'ema_decay is 0\.9 and the weights are sharded'):
        make_average(build_mini(0)[0], 0.9, Sharded())
