# SPDX-License-Identifier: Apache-2.0
"""Worlds for tests, and the folder of their helper modules on the path."""

import sys
from pathlib import Path

import pytest

from simlingo_sim.traffic.traffic import TrafficConfig
from simlingo_sim.world import SimWorld, WorldConfig

sys.path.insert(0, str(Path(__file__).parent))


@pytest.fixture
def world():
    """Return a world with the default traffic."""
    with SimWorld() as opened:
        yield opened


@pytest.fixture
def quiet():
    """Return a world without other road users."""
    config = WorldConfig(traffic=TrafficConfig(vehicles=0, pedestrians=0))
    with SimWorld(config) as opened:
        yield opened
