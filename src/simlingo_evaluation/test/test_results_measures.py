# SPDX-License-Identifier: Apache-2.0
"""Abilities, comfort, efficiency and comparison of result files."""

import copy
import json
import math
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from simlingo_core.errors import ConfigError, ContractError
from simlingo_core.geometry import Pose3
from simlingo_core.schedule import Schedule
from simlingo_core.types import EgoState
from simlingo_evaluation.episode_task import EpisodeTask, make_episode
from simlingo_evaluation.results.abilities import count_abilities, first_junction_share
from simlingo_evaluation.results.commands import app
from simlingo_evaluation.results.measures import comfort_of, efficiency_of
from simlingo_evaluation.results.metric_info import FILE_NAME, metric_info, read_metric_info
from simlingo_evaluation.results.rescoring import score_of, score_under, score_under_all
from simlingo_sim.score.abilities import ABILITIES, abilities_of
from simlingo_sim.score.protocol import BENCH2DRIVE, LEADERBOARD_2_0, LEADERBOARD_2_1
from simlingo_sim.score.results import checkpoint
from simlingo_sim.situations import SITUATIONS
from simlingo_sim.town.route_files import RouteSpec, SituationSpec, read_routes, write_routes

ROOT = Path(__file__).resolve().parents[3]
FOLDER = ROOT / 'tests/golden/data/functions'
GOLDEN = json.loads((FOLDER / 'bench2drive_results.json').read_text())
RECORDS = GOLDEN['_checkpoint']['records']
COMFORT = np.load(FOLDER / 'bench2drive_comfort.npz')


def record(ident='1', status='Completed', route=100.0, save_name='', **infractions):
    made = copy.deepcopy(RECORDS[0])
    made['infractions'] = {kind: [] for kind in made['infractions']} | infractions
    made |= {'route_id': f'RouteScenario_{ident}_rep0', 'status': status, 'save_name': save_name}
    made['scores'] = {'score_route': route, 'score_penalty': 1.0, 'score_composed': route}
    return made


def write_results(path, records=RECORDS, **more):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({'_checkpoint': {'records': records, **more}}))
    return path


def write_log(folder, run):
    names = ('acceleration', 'angular_velocity', 'forward_vector', 'right_vector')
    columns = {name: COMFORT[f'{run}/{name}'].tolist() for name in names}
    steps = {
        str(step): {name: columns[name][step] for name in names}
        for step in range(len(columns['acceleration']))
    }
    path = folder / run / FILE_NAME
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps(dict(sorted(steps.items()))))  # the order of text, not of numbers
    return path


def run(*words):
    return CliRunner().invoke(app, [str(word) for word in words])


def test_comfort_of_reference_logs_official_and_corrected(tmp_path):
    for name in ('run_0', 'run_3'):
        write_log(tmp_path, name)
    records = [record(str(k), save_name=f'run_{k}') for k in (0, 2, 3)]
    numbers = comfort_of(records, tmp_path, period_s=0.05)
    assert numbers['routes']['run_0']['official'] == COMFORT['run_0/share'] == 1.0
    assert numbers['routes']['run_3']['official'] == COMFORT['run_3/share'] == 0.0
    assert numbers['driving_smoothness'] == 0.5
    assert numbers['missing'] == ['run_2']
    assert 0.0 <= numbers['driving_smoothness_corrected'] <= 1.0


def test_a_gentle_bend_is_uncomfortable_only_officially(tmp_path):
    """5 deg/s at 8 m/s: nobody would notice; the tool compares 5 with a bound of 0.95."""
    rate = math.radians(5.0)
    states = [
        EgoState(
            t_s=0.05 * k,
            pose_map=Pose3.from_roll_pitch_yaw(
                [8.0 * 0.05 * k, 0.0, 0.0], 0.0, 0.0, 0.05 * k * rate
            ),
            speed_mps=8.0,
            yaw_rate_radps=rate,
            acceleration_base_mps2=np.array([0.0, 8.0 * rate, 0.0]),
        )
        for k in range(120)
    ]
    path = tmp_path / 'bend' / FILE_NAME
    path.parent.mkdir()
    path.write_text(metric_info(states))
    read = read_metric_info(path)
    np.testing.assert_allclose(read.logged_yaw_rate, -5.0)  # to the left, in CARLA's sign
    np.testing.assert_allclose(read.acceleration_base_mps2, [[0.0, -8.0 * rate]] * 120, atol=1e-5)
    share = comfort_of([record(save_name='bend')], tmp_path, period_s=0.05)
    assert (share['driving_smoothness'], share['driving_smoothness_corrected']) == (0.0, 1.0)


@pytest.mark.parametrize(
    ('text', 'message'),
    [
        ('{"1": {"acceleration": [0', 'is not a log of steps'),
        ('[]', 'is not a log of steps'),
        ('{"first": {}}', 'is not a log of steps'),
        ('{"1": {}}', 'step 1, acceleration is missing'),
        ('{"1": {"acceleration": [0, 0]}}', 'step 1, acceleration'),
    ],
)
def test_broken_log_is_named(tmp_path, text, message):
    path = tmp_path / FILE_NAME
    path.write_text(text)
    with pytest.raises(ContractError, match=message):
        read_metric_info(path)


def test_logs_need_a_folder_and_names(tmp_path):
    with pytest.raises(ConfigError, match='is not a folder'):
        comfort_of([record()], tmp_path / 'none', period_s=0.05)
    with pytest.raises(ConfigError, match='has no save_name'):
        comfort_of([record()], tmp_path, period_s=0.05)


def test_efficiency_of_the_reference_file():
    # Route 0: 87.5 and 120.25; route 4: 55, and 2345.6, which is left out.
    assert efficiency_of(RECORDS) == {
        'driving_efficiency': ((87.5 + 120.25) / 2 + 55.0) / 2,
        'routes': 4,
        'routes_with_entries': 2,
    }
    assert efficiency_of([record()])['driving_efficiency'] is None


def test_one_record_under_the_rules_of_each_protocol():
    score = score_of(
        record(
            red_light=['Agent ran a red light 4'],
            outside_route_lanes=['outside for about 5.000 meters (10.0% of the completed route)'],
            min_speed_infractions=["Average speed is 50.0% of the surrounding traffic's one"],
        )
    )
    assert score_under(score, BENCH2DRIVE).penalty == pytest.approx(0.7 * 0.9)
    assert score_under(score, LEADERBOARD_2_0).penalty == pytest.approx(0.7 * 0.9 * 0.85)
    assert score_under(score, LEADERBOARD_2_1).penalty == pytest.approx(0.9 / (1 + 0.4 + 0.2))


def test_twenty_speed_entries_become_four_for_the_leaderboard():
    entries = [f'Average speed is {p}% of the traffic' for p in [50.0] * 10 + [150.0] * 10]
    score = score_of(record(min_speed_infractions=entries))
    assert score_under(score, LEADERBOARD_2_0).penalty == pytest.approx(0.85**2)
    assert score_under(score, BENCH2DRIVE).penalty == 1.0


def test_crashed_agents_and_the_divisor_of_each_protocol():
    crashed = record('2', 'Failed - Agent crashed', route=40.0)
    scores = score_under_all([record(), crashed], total=10)
    assert scores['bench2drive'].driving_score == 14.0
    assert scores['leaderboard_2_1'].divisor == 10
    assert scores['simlingo_upstream'].driving_score == 100.0
    assert scores['simlingo_upstream'].success_rate == 1.0
    assert scores['bench2drive'].matches == 2


def spec(ident, scenario, town='Town93', waypoints=((0.0, 0.0), (50.0, 0.0))):
    return RouteSpec(
        id=ident,
        town=town,
        waypoints_map_m=np.array(waypoints),
        situations=(SituationSpec(name=scenario),),
    )


def test_ability_groups_have_the_published_sizes():
    sizes = {name: len(types) for name, types in ABILITIES.items()}
    assert sizes == {
        'Overtaking': 9,
        'Merging': 16,
        'Emergency_Brake': 12,
        'Give_Way': 2,
        'Traffic_Signs': 19,
    }


def test_situations_of_the_embedded_world_show_abilities_too():
    assert abilities_of('BlockedIntersection') == ('Emergency_Brake', 'Traffic_Signs')
    assert abilities_of('blocked_lane') == abilities_of('BlockedIntersection')
    assert {name for name in SITUATIONS if not abilities_of(name)} == {'free_driving'}


def test_abilities_count_routes_of_the_file():
    routes = [
        spec('1', 'Accident'),
        spec('2', 'Accident'),
        spec('3', 'T_Junction'),
        spec('4', 'T_Junction'),
        spec('5', 'T_Junction'),
        spec('6', 'HardBreakRoute'),
        spec('7', 'free_driving'),
    ]
    records = [
        record('1'),
        record('2', collisions_vehicle=['hit']),
        record('3', 'Failed - Agent got blocked', route=60.0),
        record('4', 'Failed - Agent got blocked', route=59.0),
        record('5', 'Failed - Agent got blocked', route=90.0, red_light=['ran']),
        record('7'),
    ]
    report = count_abilities(routes, records, lambda route: 0.595)
    assert report.counts['Overtaking'] == [1, 2]
    assert report.counts['Traffic_Signs'] == [1, 3]
    assert report.crashed == [('HardBreakRoute', '6')]
    assert report.without_ability == ['7']
    file = report.as_file()
    assert (file['Overtaking'], file['Give_Way'], file['mean']) == (0.5, None, None)
    assert count_abilities(routes, records).undecided == ['3', '4']


def test_share_up_to_the_first_junction_is_planned_on_the_map():
    route = read_routes('test')[0]
    share = first_junction_share(None)(route)
    assert 0.05 < share < 1.1
    with pytest.raises(ConfigError, match=r'route 1711 .*Town12.*--maps'):
        first_junction_share(None)(spec('1711', 'T_Junction', 'Town12'))


def test_commands_write_what_the_originals_write(tmp_path):
    merged = write_results(tmp_path / 'merged.json', [record('1'), record('2', red_light=['x'])])
    write_routes(tmp_path / 'r.xml', [spec('1', 'Accident'), spec('2', 'InvadingTurn')])
    result = run('ability', tmp_path / 'r.xml', merged)
    assert result.exit_code == 0, result.output
    file = json.loads((tmp_path / 'merged_ability.json').read_text())
    assert list(file) == [*ABILITIES, 'mean', 'crashed']
    assert (file['Overtaking'], file['Give_Way']) == (1.0, 0.0)
    result = run('efficiency', merged, '--json', tmp_path / 'e.json')
    assert result.exit_code == 0
    assert 'no entries' in result.output


def test_compare_shows_protocols_comfort_and_differences(tmp_path):
    write_log(tmp_path / 'metric', 'run_0')
    before = [record('1', save_name='run_0'), record('2', route=50.0, red_light=['x'])]
    after = [record('1', save_name='run_0'), record('2', save_name='run_0')]
    a = write_results(tmp_path / 'a' / 'r.json', before, progress=[2, 2])
    b = write_results(tmp_path / 'b' / 'r.json', after, progress=[2, 2])
    log = tmp_path / 'metric'
    out = tmp_path / 'c.json'
    command = ('compare', a.parent, b, '--metrics', log, '--metrics', log, '--json', out)
    write_results(a, [each | {'save_name': 'run_0'} for each in before], progress=[2, 2])
    result = run(*command)
    assert result.exit_code == 0, result.output
    for part in ('leaderboard_2_1', 'comfort %, corrected', '+25.00 points', '1 routes better'):
        assert part in result.output
    numbers = json.loads(out.read_text())
    first, second = numbers['rollouts']
    assert first['protocols']['bench2drive']['driving_score'] == pytest.approx((100 + 35) / 2)
    assert first['protocols']['leaderboard_2_1']['driving_score'] == pytest.approx(
        (100 + 50 / 1.4) / 2
    )
    assert second['comfort']['driving_smoothness'] == 1.0
    assert numbers['differences'][0]['better'] == ['RouteScenario_2_rep0']
    result = run('compare', a, b, '--metrics', log)
    assert isinstance(result.exception, ConfigError)


def test_our_episodes_leave_the_log_that_the_tools_read(tmp_path):
    task = EpisodeTask(
        policy='expert', route=read_routes('test')[0], situation='', seed=3, folder=tmp_path,
        has_strips=False, protocol='bench2drive', schedule=Schedule(),
    )  # fmt: skip
    made = make_episode(task)
    results = checkpoint([made.entry(task.seed)], 1, BENCH2DRIVE)
    records = results['_checkpoint']['records']
    numbers = comfort_of(records, tmp_path / 'metric_expert', period_s=0.05)
    assert numbers['missing'] == []
    assert numbers['driving_smoothness'] == pytest.approx(made.smoothness_official)
    assert numbers['driving_smoothness_corrected'] == pytest.approx(made.smoothness_corrected)
    scores = score_under_all(records, total=1)
    assert scores['bench2drive'].driving_score == pytest.approx(made.score.driving_score)
