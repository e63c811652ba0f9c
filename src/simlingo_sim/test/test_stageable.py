# SPDX-License-Identifier: Apache-2.0
"""A file in the form of Bench2Drive's: read whole, and what of it could be staged."""

import json

import pytest
from typer.testing import CliRunner

from simlingo_sim.score.abilities import abilities_of
from simlingo_sim.situations import SITUATIONS
from simlingo_sim.situations.scenarios import SCENARIOS
from simlingo_sim.tools.benchmark_types import TYPES, synthetic_routes
from simlingo_sim.tools.route_commands import app
from simlingo_sim.tools.stageable import check_file
from simlingo_sim.town.route_files import read_routes, write_routes

NOT_HERE = {'ControlLoss', 'VanillaSignalizedTurnEncounterGreenLight'}


@pytest.fixture(scope='module')
def routes():
    return synthetic_routes(read_routes('test')[:4])


def test_the_file_has_the_form_of_the_benchmark(routes, tmp_path):
    assert len(TYPES) == 44
    assert all(abilities_of(name) for name in TYPES)
    write_routes(tmp_path / 'b2d.xml', routes)
    read = read_routes(tmp_path / 'b2d.xml')
    assert len(read) == 220
    assert len({route.id for route in read}) == 220
    for route, made in zip(read, routes, strict=True):
        assert len(route.weathers) == 2
        (spec,) = route.situations
        assert spec.arguments == made.situations[0].arguments


def test_every_type_that_is_here_takes_the_arguments_of_the_file(routes):
    reports = check_file(routes, lambda town: None)
    assert set(reports) == set(TYPES)
    unknown = {name: report.reasons for name, report in reports.items() if not report.known}
    assert set(unknown) == set(TYPES) - set(SITUATIONS), unknown
    assert set(unknown) >= NOT_HERE
    assert set(reports['Accident'].reasons) == {'the map of Town93 is not here'}
    assert len(set(TYPES) & set(SCENARIOS)) >= 34


def test_the_command_lists_what_fits(routes, tmp_path):
    wanted = [r for r in routes if r.situations[0].name in ('SignalizedJunctionLeftTurn',)]
    write_routes(tmp_path / 'b2d.xml', wanted)
    result = CliRunner().invoke(
        app, ['stageable', str(tmp_path / 'b2d.xml'), '--json', str(tmp_path / 'o.json')]
    )
    assert result.exit_code == 0, result.output
    (report,) = json.loads((tmp_path / 'o.json').read_text()).values()
    assert report['routes'] == report['known'] == 5
    assert report['placed'] <= report['fitting'] <= 5
    assert sum(report['reasons'].values()) == 5 - report['placed']
    assert 'SignalizedJunctionLeftTurn' in result.output
