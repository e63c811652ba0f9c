# SPDX-License-Identifier: Apache-2.0
import json
from dataclasses import replace

import numpy as np
import pytest
from rich.console import Console

import simlingo_evaluation.campaign as campaign_module
from simlingo_core.errors import ConfigError, ContractError
from simlingo_evaluation.campaign import Campaign, run_campaign
from simlingo_evaluation.commands import parse_seeds
from simlingo_evaluation.markdown import markdown
from simlingo_evaluation.policies import policy_label
from simlingo_evaluation.records import EpisodeRecord, read_record, write_record
from simlingo_evaluation.summary import print_tables, summarise
from simlingo_sim.score.infractions import EndReason, Infraction, InfractionKind
from simlingo_sim.score.protocol import BENCH2DRIVE, SIMLINGO_UPSTREAM
from simlingo_sim.score.scorer import EpisodeScore
from simlingo_sim.town.route_files import RouteSpec, SituationSpec

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


def record(policy='expert', ident='1', seed=0, *, end=EndReason.ARRIVED, infractions=()):
    score = EpisodeScore(
        protocol='bench2drive',
        end=end,
        route_score=100.0 if end is EndReason.ARRIVED else 40.0,
        penalty=0.6 ** len(infractions),
        infractions=tuple(infractions),
        route_length_m=500.0,
        duration_s=60.0,
    )
    return EpisodeRecord(
        policy=policy,
        route_id=ident,
        town='Town91',
        situations=('red_light',),
        seed=seed,
        score=score,
        smoothness_official=0.25,
        smoothness_corrected=0.5,
        has_happened={'red_light': True},
        cause='' if score.is_success else 'hit a vehicle',
        strip='',
        events=((4.0, 'Agent collided'),),
        error='',
        wall_s=2.0,
        top_speed_mps=8.0,
    )


def plan(folder, **changes):
    settings = {
        'policies': ('expert', 'route_follower'),
        'routes': (route('1'), route('2')),
        'seeds': (0, 1, 2),
        'folder': folder,
    }
    return Campaign(**{**settings, **changes})


def test_record_comes_back_as_it_was(tmp_path):
    original = record(infractions=[COLLISION])
    write_record(tmp_path / 'a.json', original)
    assert read_record(tmp_path / 'a.json') == original


@pytest.mark.parametrize(
    'text', ['', '{"schema": 1}', '{"schema": 99}', '[]', '{"schema": 1, "x"']
)
def test_broken_record_is_refused_with_its_path(tmp_path, text):
    path = tmp_path / 'a.json'
    path.write_text(text)
    with pytest.raises(ContractError, match=r'a\.json'):
        read_record(path)


def test_every_drive_is_made_once_and_resumed(tmp_path, monkeypatch):
    made = []

    def make(task):
        if len(made) == 5 and not made.count('broken'):
            made.append('broken')
            raise KeyboardInterrupt
        made.append(task.stem)
        done = replace(record(task.policy, task.route.id, task.seed))
        write_record(task.record_path, done)
        return done

    monkeypatch.setattr(campaign_module, 'make_episode', make)
    with pytest.raises(KeyboardInterrupt):
        list(run_campaign(plan(tmp_path)))
    records = list(run_campaign(plan(tmp_path)))
    assert len(records) == 12
    drives = [stem for stem in made if stem != 'broken']
    assert len(drives) == len(set(drives)) == 12


def test_folder_of_other_rules_is_refused(tmp_path, monkeypatch):
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
        ({'workers': 0}, 'workers is 0'),
    ],
)
def test_bad_settings_are_named(tmp_path, changes, message):
    with pytest.raises(ConfigError, match=message):
        plan(tmp_path, **changes)


def test_summary_counts_missing_drives_as_zero_in_the_leaderboards_mean():
    records = [record(seed=0), record(seed=1, infractions=[COLLISION])]
    numbers = summarise(records, {'expert': 4}, BENCH2DRIVE)['policies']['expert']
    assert numbers['driving_score'] == {'mean': 80.0, 'low': 60.0, 'high': 100.0}
    assert numbers['success_percent']['mean'] == 50.0
    assert numbers['infractions_per_km']['collisions_vehicle'] == 1.0
    assert [f['seed'] for f in numbers['failures']] == [1]
    mean = numbers['leaderboard']['_checkpoint']['global_record']['scores_mean']
    assert mean['score_composed'] == pytest.approx(160.0 / 4)


def test_upstreams_protocol_drops_crashed_drives():
    records = [record(seed=0), record(seed=1, end=EndReason.AGENT_CRASHED)]
    numbers = summarise(records, {'expert': 2}, SIMLINGO_UPSTREAM)['policies']['expert']
    assert numbers['driving_score']['mean'] == 100.0
    numbers = summarise(records, {'expert': 2}, BENCH2DRIVE)['policies']['expert']
    assert numbers['driving_score']['mean'] == 70.0


def test_tables_name_policies_situations_and_causes():
    console = Console(record=True, width=140)
    records = [record(), record('route_follower', infractions=[COLLISION])]
    summary = summarise(records, {'expert': 1, 'route_follower': 1}, BENCH2DRIVE)
    json.dumps(summary, allow_nan=False)
    print_tables(summary, console)
    text = ' '.join(console.export_text().split())
    assert '(official)' in text
    assert '(corrected)' in text
    for words in ('route_follower', 'red_light', 'hit a vehicle', '100.0', '60.0', '25.0', '50.0'):
        assert words in text


def test_the_markdown_table_has_a_row_for_each_policy_and_kind():
    records = [record(), record('route_follower', infractions=[COLLISION])]
    summary = summarise(records, {'expert': 1, 'route_follower': 1}, BENCH2DRIVE)
    text = markdown(summary, 3)
    assert '| expert | 1/1 | 100.0 [100.0, 100.0] | [100.0, 100.0] |' in text
    assert '| vehicle hit | 0.00 | 2.00 |' in text
    assert 'red light' not in text
    assert 'the 3 seeds' in text


def test_intervals_over_drives_are_of_single_drives():
    records = [record(ident=str(n), infractions=[COLLISION] * (n % 2)) for n in range(8)]
    numbers = summarise(records, {'expert': 8}, BENCH2DRIVE)['policies']['expert']
    assert numbers['driving_score']['low'] == numbers['driving_score']['mean'] == 80.0
    over_episodes = numbers['driving_score_over_episodes']
    assert over_episodes['low'] < over_episodes['mean'] == 80.0 < over_episodes['high']


def test_new_weights_are_driven_anew(tmp_path):
    folder = tmp_path / 'model'
    folder.mkdir()
    stems = []
    for weights in (b'1', b'2'):
        (folder / 'model.safetensors').write_bytes(weights)
        policy_label.cache_clear()
        stems.append({task.stem for task in plan(tmp_path, policies=(str(folder),)).tasks()})
    assert not stems[0] & stems[1]


def test_stems_differ_for_folders_of_the_same_name(tmp_path):
    stems = set()
    for parent in ('a', 'b'):
        folder = tmp_path / parent / 'model'
        folder.mkdir(parents=True)
        stems |= {task.stem for task in plan(tmp_path, policies=(str(folder),)).tasks()}
    assert len(stems) == 12


@pytest.mark.parametrize(
    ('text', 'seeds'), [('0', (0,)), ('0,3', (0, 3)), ('0-2,7', (0, 1, 2, 7))]
)
def test_seeds(text, seeds):
    assert parse_seeds(text) == seeds


@pytest.mark.parametrize('text', ['', 'a', '1-', '-1', '0,0', '2-1'])
def test_bad_seeds(text):
    with pytest.raises(ConfigError, match='seeds'):
        parse_seeds(text)
