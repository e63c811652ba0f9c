# SPDX-License-Identifier: Apache-2.0
import json
from dataclasses import replace

import numpy as np
import pytest
from typer.testing import CliRunner

import simlingo_evaluation.campaign as campaign_module
from simlingo_core.errors import ConfigError, ContractError, WorldError
from simlingo_evaluation import commands
from simlingo_evaluation.campaign import Campaign, routes_of, run_campaign
from simlingo_evaluation.policies import policy_label
from simlingo_evaluation.records import read_record, write_record
from simlingo_evaluation.route_check import what_is_ignored
from simlingo_evaluation.seeds import parse_seeds
from simlingo_sim.score.infractions import EndReason, Infraction, InfractionKind
from simlingo_sim.town.route_files import RouteSpec, SituationSpec, WeatherPoint, write_routes

COLLISION = Infraction(
    kind=InfractionKind.COLLISION_VEHICLE,
    t_s=4.0,
    position_map_m=(1.0, 2.0),
    message='Agent collided',
    other_id=7,
)


def route(ident, town='Town91', situation='red_light'):
    return RouteSpec(
        id=ident,
        town=town,
        waypoints_map_m=np.array([[0.0, 0.0], [50.0, 0.0]]),
        situations=(SituationSpec(name=situation),),
    )


def plan(folder, **changes):
    settings = {
        'policies': ('expert', 'route_follower'),
        'routes': (route('1'), route('2')),
        'seeds': (0, 1, 2),
        'folder': folder,
    }
    return Campaign(**{**settings, **changes})


def test_record_comes_back_as_it_was(tmp_path, record):
    original = record(infractions=[COLLISION])
    write_record(tmp_path / 'a.json', original)
    assert read_record(tmp_path / 'a.json') == original


@pytest.mark.parametrize(
    'text', ['', '{"schema": 3}', '{"schema": 99}', '[]', '{"schema": 3, "x"']
)
def test_broken_record_is_refused_with_its_path(tmp_path, text):
    """Case 8: a truncated record."""
    path = tmp_path / 'a.json'
    path.write_text(text)
    with pytest.raises(ContractError, match=r'a\.json'):
        read_record(path)


@pytest.fixture
def driven(monkeypatch, record):
    """Keys of the episodes driven; those of seed 1 crash the first time."""
    keys = []

    def make(task):
        is_crashed = task.seed == 1 and not task.record_path.exists()
        keys.append(task.key)
        made = record(
            task.policy,
            task.route.id,
            task.seed,
            key=task.key,
            end=EndReason.SIMULATION_CRASHED if is_crashed else EndReason.ARRIVED,
        )
        write_record(task.record_path, made)
        return made

    monkeypatch.setattr(campaign_module, 'make_episode', make)
    return keys


def test_every_episode_is_driven_once_and_resumed(tmp_path, driven, monkeypatch):
    whole = campaign_module.make_episode

    def interrupted(task):
        if len(driven) == 5:
            raise KeyboardInterrupt
        return whole(task)

    monkeypatch.setattr(campaign_module, 'make_episode', interrupted)
    with pytest.raises(KeyboardInterrupt):
        list(run_campaign(plan(tmp_path)))
    monkeypatch.setattr(campaign_module, 'make_episode', whole)
    assert len(list(run_campaign(plan(tmp_path)))) == 12
    assert len(driven) == len(set(driven)) == 12


@pytest.mark.parametrize(
    'content', [b'', b'{"schema": 3, "pol', b'\x1f\x8b\xff', b'{"schema": 1}']
)
def test_a_broken_record_is_driven_again_with_a_warning(tmp_path, driven, caplog, content):
    before = list(run_campaign(plan(tmp_path, seeds=(0,))))
    broken = plan(tmp_path, seeds=(0,)).tasks()[2]
    broken.record_path.write_bytes(content)
    driven.clear()
    after = list(run_campaign(plan(tmp_path, seeds=(0,))))
    assert driven == [broken.key]
    assert str(broken.record_path) in caplog.text
    assert 'driven again' in caplog.text
    assert sorted(r.key for r in after) == sorted(r.key for r in before)
    assert read_record(broken.record_path) in after


def test_crashed_episodes_are_driven_again_only_when_asked(tmp_path, driven):
    first = list(run_campaign(plan(tmp_path)))
    crashed = {r.key for r in first if r.is_crashed}
    assert len(crashed) == 4
    driven.clear()
    assert {r.key for r in run_campaign(plan(tmp_path)) if r.is_crashed} == crashed
    assert driven == []
    again = list(run_campaign(plan(tmp_path), retry_crashed=True))
    assert set(driven) == crashed
    assert not any(r.is_crashed for r in again)


@pytest.mark.parametrize('arguments', [[], ['--retry-crashed']])
def test_the_command_ends_with_code_1_while_episodes_are_crashed(tmp_path, driven, arguments):
    call = ['--policy', 'expert', '--route', '0', '--seeds', '1', '--out', str(tmp_path)]
    assert CliRunner().invoke(commands.app, call).exit_code == 1
    result = CliRunner().invoke(commands.app, [*call, *arguments])
    assert result.exit_code == (0 if arguments else 1)
    assert ('1 episodes crashed' in result.output) == (not arguments)
    (numbers,) = json.loads((tmp_path / 'summary.json').read_text())['policies'].values()
    assert len(numbers['crashed']) == (0 if arguments else 1)
    assert numbers['failures'] == []


def test_settings_that_cannot_be_read_are_refused(tmp_path, driven):
    (tmp_path / 'settings.json').write_text('{"proto')
    with pytest.raises(ConfigError, match=r'settings\.json cannot be read.*--out'):
        list(run_campaign(plan(tmp_path)))
    assert driven == []


def test_folder_of_other_rules_is_refused(tmp_path, monkeypatch, record):
    monkeypatch.setattr(campaign_module, 'make_episode', lambda task: record())
    list(run_campaign(plan(tmp_path)))
    with pytest.raises(ConfigError, match='--out'):
        list(run_campaign(plan(tmp_path, protocol='leaderboard_2_1')))


@pytest.mark.parametrize(
    ('changes', 'message'),
    [
        ({'policies': ('expart',)}, 'did you mean expert'),
        ({'protocol': 'bench'}, 'protocol'),
        ({'seeds': ()}, 'at least one'),
        ({'situation': 'red_lihgt'}, "did you mean 'red_light'"),
        ({'routes': (route('1'), route('2', town='Town7'))}, "route 2: there is no town 'Town7'"),
        ({'routes': (route('2', town='maps/None.xodr'),)}, r'no town .*None\.xodr'),
        ({'routes': (route('1', situation='rain'),)}, "route 1: there is no situation 'rain'"),
        ({'routes': (route('1'), route('1'))}, 'route 1 stands more than once among the routes'),
        ({'seeds': (7, 7)}, 'seeds are .*each of them once'),
        ({'policies': ('expert', 'expert')}, 'policies are .*each of them once'),
    ],
)
def test_bad_settings_are_named(tmp_path, changes, message):
    with pytest.raises(ConfigError, match=message):
        plan(tmp_path, **changes)


def test_routes_and_towns_of_the_same_name_have_records_of_their_own(tmp_path):
    towns = [tmp_path / folder / 'Mine.xodr' for folder in ('a', 'b')]
    for town in towns:
        town.parent.mkdir()
        town.touch()
    routes = [
        route('1'),
        replace(route('1'), waypoints_map_m=np.array([[0.0, 0.0], [60.0, 0.0]])),
        replace(route('1'), sun_seed=0),
        *(route('1', town=str(town)) for town in towns),
        route('a b'),
        route('a-b'),
    ]
    keys = [task.key for task in plan(tmp_path, routes=tuple(routes)).tasks()]
    assert len(keys) == len(set(keys)) == 2 * 7 * 3
    again = [task.key for task in plan(tmp_path, routes=tuple(routes)).tasks()]
    assert again == keys


def test_an_id_that_stands_twice_in_a_route_file_is_refused(tmp_path):
    """Case 9: one id twice in a file."""
    write_routes(tmp_path / 'mine.xml', [route('4'), route('5'), route('4')])
    with pytest.raises(WorldError, match=r'mine\.xml holds several routes with the id 4;'):
        routes_of([str(tmp_path / 'mine.xml')], [])


def test_new_weights_are_driven_anew(tmp_path):
    folder = tmp_path / 'model'
    folder.mkdir()
    keys = []
    for weights in (b'1', b'2'):
        (folder / 'model.safetensors').write_bytes(weights)
        policy_label.cache_clear()
        keys.append({task.key for task in plan(tmp_path, policies=(str(folder),)).tasks()})
    assert not keys[0] & keys[1]


def test_keys_differ_for_folders_of_the_same_name(tmp_path):
    keys = set()
    for parent in ('a', 'b'):
        folder = tmp_path / parent / 'model'
        folder.mkdir(parents=True)
        keys |= {task.key for task in plan(tmp_path, policies=(str(folder),)).tasks()}
    assert len(keys) == 12


@pytest.mark.parametrize(
    ('text', 'seeds'), [('0', (0,)), ('0,3', (0, 3)), ('0-2,7', (0, 1, 2, 7))]
)
def test_seeds(text, seeds):
    assert parse_seeds(text) == seeds


@pytest.mark.parametrize('text', ['', 'a', '1-', '-1', '0,0', '2-1'])
def test_bad_seeds(text):
    with pytest.raises(ConfigError, match='seeds'):
        parse_seeds(text)


def test_everything_that_the_world_lacks_is_named_before_the_first_episode(tmp_path):
    routes = (route('1711', 'Town12', 'ControlLoss'), route('1713', 'Town12', 'red_light'))
    with pytest.raises(ConfigError) as error:
        plan(tmp_path, routes=routes)
    assert "route 1711, 1713: there is no town 'Town12'" in str(error.value)
    assert "route 1711: there is no situation 'ControlLoss'" in str(error.value)


def test_arguments_without_effect_are_named():
    spec = SituationSpec(name='red_light', arguments={'distance': {'value': '45'}})
    weather = WeatherPoint(route_percentage=0.0, values={'fog_density': 50.0})
    asking = replace(route('7'), situations=(spec,), weathers=(weather,))
    assert what_is_ignored([route('1'), asking]) == [
        'red_light: <distance> of route 7 is ignored: it is chosen here',
    ]
