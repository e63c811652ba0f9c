# SPDX-License-Identifier: Apache-2.0
"""The route set ``bench``: all scenarios, towns and weathers."""

from collections import Counter

import pytest

from simlingo_sim.tools.bench_routes import NAMES, _spread
from simlingo_sim.town.route_files import read_routes
from simlingo_sim.weather import PRESETS, Weather


@pytest.fixture(scope='module')
def routes():
    return read_routes('bench')


def test_every_scenario_has_three_routes_and_every_town_a_tenth_of_them(routes):
    count = Counter(name for spec in routes for name in spec.situation_names)

    assert count == dict.fromkeys(NAMES, 3)
    towns = Counter(spec.town for spec in routes)
    assert set(towns) == {f'Town{number}' for number in range(91, 99)}
    assert min(towns.values()) >= len(routes) // 10


def test_every_weather_is_seen(routes):
    seen = {Weather.nearest(spec.weathers[0].values) for spec in routes}

    assert seen == set(PRESETS.values())


def test_the_first_places_are_in_different_towns_those_with_few_routes_first(routes):
    a, b = (next(spec for spec in routes if spec.town == town) for town in ('Town91', 'Town92'))

    assert _spread([a, a, b], {'Town91': 1}) == [b, a, a]
