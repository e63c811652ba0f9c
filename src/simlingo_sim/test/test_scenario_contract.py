# SPDX-License-Identifier: Apache-2.0
"""Every scenario happens, the expert solves it, and driving through it blindly fails."""

import pytest

from simlingo_sim.situations.scenarios import SCENARIOS
from simlingo_sim.situations.scenarios.families import (
    cut_ins,
    obstacles,
    parking_exit,
    side_hazards,
    walkers,
)
from simlingo_sim.tools.courses import Course
from simlingo_sim.tools.scenario_sweep import drive, sweep
from simlingo_sim.traffic.traffic import TrafficConfig
from simlingo_sim.world import SimWorld, WorldConfig

FAMILIES = (cut_ins, obstacles, parking_exit, side_hazards, walkers)
"""Between junctions; those at junctions and on motorways have a file of their own."""
NAMES = sorted(scenario.name for family in FAMILIES for scenario in family.FAMILY)


@pytest.fixture(scope='module')
def course():
    return Course()


@pytest.fixture(scope='module')
def quiet():
    with SimWorld(WorldConfig(traffic=TrafficConfig(vehicles=0, pedestrians=0))) as world:
        yield world


@pytest.mark.parametrize('name', NAMES)
def test_driving_through_it_blindly_fails(quiet, course, name):
    outcome = drive(quiet, course, name, 0, is_blind=True)
    assert outcome.has_happened
    assert outcome.is_own or SCENARIOS[name].cannot_fail


@pytest.mark.slow
@pytest.mark.parametrize('name', NAMES)
def test_nine_of_ten_seeds(course, name):
    with SimWorld() as world:
        assert sweep(world, course, name, 10)
