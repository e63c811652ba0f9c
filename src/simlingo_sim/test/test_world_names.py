# SPDX-License-Identifier: Apache-2.0
"""Worlds by name, and the addresses of their servers."""

import pytest

from simlingo_core.errors import ConfigError
from simlingo_sim.worlds import with_server


@pytest.mark.parametrize(
    ('host', 'port', 'world'),
    [
        ('', 0, 'carla'),
        ('192.168.0.7', 0, 'carla://192.168.0.7:2000'),
        ('', 2002, 'carla://localhost:2002'),
        ('sim', 3000, 'carla://sim:3000'),
    ],
)
def test_a_server_can_be_named_apart(host, port, world):
    assert with_server('carla', host, port) == world


@pytest.mark.parametrize('name', ['embedded', 'carla://here:2000'])
def test_a_world_without_a_server_or_with_an_address_has_no_other(name):
    assert with_server(name, '', 0) == name
    with pytest.raises(ConfigError, match='--carla-host'):
        with_server(name, 'sim', 0)
