# SPDX-License-Identifier: Apache-2.0
"""Long routes cut around their scenarios, and scenario types balanced."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from simlingo_core.errors import ConfigError
from simlingo_core.geometry import Pose2
from simlingo_sim.tools.route_commands import app
from simlingo_sim.tools.route_split import SplitSettings, split_routes
from simlingo_sim.tools.town_plans import plan_in_town
from simlingo_sim.town.route_files import (
    RouteSpec,
    SituationSpec,
    WeatherPoint,
    read_routes,
    write_routes,
)

WEATHER = (WeatherPoint(route_percentage=0.0, values={'cloudiness': 3.0}),)


def scenario(name: str, x_m: float, **arguments: str) -> SituationSpec:
    return SituationSpec(
        name=name,
        trigger_map=Pose2(x_m, 0.5, 0.0),
        arguments={key: {'value': value} for key, value in arguments.items()},
    )


def long_route(*situations: SituationSpec, ident: str = '7') -> RouteSpec:
    """A straight kilometre of a town whose map is not here."""
    return RouteSpec(
        id=ident,
        town='Town12',
        waypoints_map_m=np.array([[0.0, 0.0], [400.0, 0.0], [1000.0, 0.0]]),
        situations=situations,
        weathers=WEATHER,
    )


def stretch(route: RouteSpec) -> tuple[float, float]:
    return float(route.waypoints_map_m[0, 0]), float(route.waypoints_map_m[-1, 0])


@pytest.mark.parametrize(
    ('situation', 'first_m', 'last_m'),
    [
        (scenario('Accident', 300.0), 280.0, 386.0),
        (scenario('HardBreakRoute', 300.0), 250.0, 365.0),
        (scenario('SignalizedJunctionLeftTurn', 300.0), 280.0, 330.0),
        (scenario('ConstructionObstacle', 300.0, distance='50'), 280.0, 420.0),
        (scenario('Accident', 10.0), 0.0, 96.0),
        (scenario('Accident', 990.0), 970.0, 1000.0),
    ],
)
def test_a_short_route_begins_before_the_trigger_and_ends_behind_the_scenario(
    situation: SituationSpec, first_m: float, last_m: float
) -> None:
    result = split_routes([long_route(situation)], SplitSettings(), plan_in_town)
    assert stretch(result.routes[0]) == pytest.approx((first_m, last_m))
    assert result.routes[0].situations == (situation,)
    assert 'the map of Town12 is not here' in result.warnings[0]


def test_several_scenarios_share_a_route_in_the_order_of_their_triggers() -> None:
    route = long_route(scenario('ParkingExit', 600.0), scenario('Accident', 200.0))
    result = split_routes([route], SplitSettings(scenarios=2), plan_in_town)
    assert [s.name for s in result.routes[0].situations] == ['Accident', 'ParkingExit']
    assert stretch(result.routes[0]) == pytest.approx((180.0, 650.0))


def test_every_type_has_as_many_routes_and_repeated_ones_vary() -> None:
    routes = [
        long_route(
            scenario('Accident', 200.0, distance='40'),
            *(scenario('ControlLoss', x_m) for x_m in range(300, 900, 50)),
        )
    ]
    settings = SplitSettings(samples=5, seed=3)
    result = split_routes(routes, settings, plan_in_town)
    assert result.counts == {'Accident': 5, 'ControlLoss': 5}
    distances = {r.situations[0].arguments['distance']['value'] for r in result.routes[:5]}
    assert '40' in distances
    assert len(distances) == 5
    assert all(36.0 <= float(value) <= 44.0 for value in distances)
    again = split_routes(routes, settings, plan_in_town)
    assert [r.fingerprint() for r in again.routes] == [r.fingerprint() for r in result.routes]


def test_weathers_are_drawn_or_kept() -> None:
    route = long_route(scenario('Accident', 200.0))
    drawn = split_routes([route], SplitSettings(), plan_in_town).routes[0]
    assert [point.route_percentage for point in drawn.weathers] == [0.0, 100.0]
    kept = split_routes([route], SplitSettings(keeps_weather=True), plan_in_town).routes[0]
    assert kept.weathers == WEATHER


def test_what_cannot_be_cut_is_counted_by_reason() -> None:
    route = long_route(
        scenario('Accident', 200.0),
        SituationSpec(name='Accident'),
        SituationSpec(name='Accident', trigger_map=Pose2(100.0, 300.0, 0.0)),
        scenario('ControlLoss', 300.0),
    )
    settings = SplitSettings(frequent_kept=0.0)
    result = split_routes([route], settings, plan_in_town)
    assert result.left_out == {
        'ControlLoss is frequent': 1,
        'the scenario has no trigger point': 1,
        'the trigger is more than 20 m beside the route': 1,
    }
    with pytest.raises(ConfigError, match='nothing can be cut'):
        split_routes([long_route()], SplitSettings(), plan_in_town)
    with pytest.raises(ConfigError, match='scenarios is 0'):
        SplitSettings(scenarios=0)


def test_a_route_of_a_town_that_is_here_is_cut_along_its_lanes() -> None:
    route = read_routes('val')[0]
    planned = plan_in_town(route)
    assert planned is not None
    middle = len(planned.route) // 2
    place = planned.route.position_at(float(middle))
    trigger = SituationSpec(
        name='ParkedObstacle', trigger_map=Pose2(float(place[0]), float(place[1]), 0.0)
    )
    whole = RouteSpec(
        id='1', town=route.town, waypoints_map_m=route.waypoints_map_m, situations=(trigger,)
    )
    short = split_routes([whole], SplitSettings(), plan_in_town).routes[0]
    driven = plan_in_town(short)
    assert driven is not None
    assert driven.route.length_m < planned.route.length_m
    arcs_m, offsets_m = planned.route.project_many(driven.route.position_at([0.0, 30.0]))
    assert np.abs(offsets_m).max() < 1.0
    assert arcs_m[0] <= middle - 19.0
    assert not planned.is_junction[round(arcs_m[0])]


def test_the_command_writes_one_file_for_each_route(tmp_path: Path) -> None:
    source = tmp_path / 'long.xml'
    write_routes(source, [long_route(scenario('Accident', 200.0), scenario('ParkingExit', 500.0))])
    out = tmp_path / 'out'
    result = CliRunner().invoke(
        app, ['split', str(source), '--out', str(out), '--samples', '2'], catch_exceptions=False
    )
    assert result.exit_code == 0, result.output
    files = sorted(str(path.relative_to(out)) for path in out.glob('*/*.xml'))
    assert files == ['Accident/0.xml', 'Accident/1.xml', 'ParkingExit/2.xml', 'ParkingExit/3.xml']
    assert json.loads((out / 'split.json').read_text())['counts'] == {
        'Accident': 2,
        'ParkingExit': 2,
    }
    again = read_routes(out / 'Accident' / '0.xml')[0]
    assert again.situations[0].trigger_map is not None
