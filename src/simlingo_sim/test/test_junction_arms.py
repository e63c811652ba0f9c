# SPDX-License-Identifier: Apache-2.0
"""The ways over a junction: each once, from the place on, with the direction it takes."""

import numpy as np
import pytest

from simlingo_sim.town.junction_arms import junction_arms
from simlingo_sim.town.loading import load_town
from simlingo_sim.town.route_files import read_routes


@pytest.fixture(scope='module')
def town_map():
    return load_town(read_routes('train')[0].town).map


def before_junctions(town_map):
    """Yield places 10 m before a junction that more than one way leads over."""
    for _, entry in town_map.topology():
        if not entry.is_junction:
            continue
        for here in town_map.behind(entry, 10.0)[:1]:
            if not here.is_junction and len(town_map.ahead(here, 12.0)) > 1:
                yield here


def test_every_way_is_found_from_the_place_on(town_map):
    directions = set()
    for here in list(before_junctions(town_map))[:12]:
        arms = junction_arms(town_map, here, within_m=25.0, length_m=45.0)
        assert len(arms) > 1
        ends = [arm.points_map_m[-1] for arm in arms]
        for arm in arms:
            steps_m = np.linalg.norm(np.diff(arm.points_map_m, axis=0), axis=1)
            np.testing.assert_allclose(arm.points_map_m[0], here.pose_map.position_m)
            assert (steps_m < 1.6).all()
            directions.add(arm.direction.value)
        gaps = [np.linalg.norm(a - b) for k, a in enumerate(ends) for b in ends[:k]]
        assert min(gaps) > 2.0
    assert {'left', 'right'} <= directions


def test_far_from_a_junction_there_is_none(town_map):
    here = next(before_junctions(town_map))
    assert junction_arms(town_map, here, within_m=5.0, length_m=45.0) == []
