# SPDX-License-Identifier: Apache-2.0
"""Merged result files: formulas, order, incomplete and broken files."""

import copy
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from simlingo_core.errors import ConfigError, ContractError
from simlingo_evaluation.results.commands import app
from simlingo_evaluation.results.merge import merge, read_folders
from simlingo_sim.score.protocol import BENCH2DRIVE, SIMLINGO_UPSTREAM

ROOT = Path(__file__).resolve().parents[3]
GOLDEN = json.loads((ROOT / 'tests/golden/data/functions/bench2drive_results.json').read_text())
RECORDS = GOLDEN['_checkpoint']['records']


def write(folder, name='part_0.json', records=RECORDS, **more):
    folder.mkdir(exist_ok=True)
    content = copy.deepcopy(GOLDEN)
    content['_checkpoint'] = {'records': records, **more}
    (folder / name).write_text(json.dumps(content))
    return folder


def crashed_record():
    return RECORDS[0] | {'route_id': 'RouteScenario_9_rep0', 'status': 'Failed - Agent crashed'}


def test_reference_file_is_merged_by_the_stated_formulas(tmp_path):
    merged = merge(read_folders([write(tmp_path / 'a')]), BENCH2DRIVE)
    assert list(merged) == ['_checkpoint', 'driving score', 'success rate', 'eval num']
    assert merged['driving score'] == (100.0 + 40.0 + 100.0 + 65.0) / 220
    assert merged['success rate'] == 2 / 220
    assert merged['eval num'] == 4
    expected = [{k: v for k, v in r.items() if k != 'index'} for r in reversed(RECORDS)]
    assert merged['_checkpoint'] == {'records': expected}


def test_crashed_agents_under_both_protocols(tmp_path):
    folder = write(tmp_path / 'a', records=[*RECORDS, crashed_record()])
    official = merge(read_folders([folder]), BENCH2DRIVE)
    upstream = merge(read_folders([folder]), SIMLINGO_UPSTREAM)
    assert (official['eval num'], official['driving score']) == (5, 405.0 / 220)
    assert (upstream['eval num'], upstream['driving score']) == (4, 305.0 / 4)
    assert (official['success rate'], upstream['success rate']) == (2 / 220, 2 / 4)


def test_duplicates_of_several_folders_count_all_or_the_last(tmp_path):
    again = RECORDS[0] | {'scores': RECORDS[0]['scores'] | {'score_composed': 50.0}}
    files = read_folders([write(tmp_path / 'a'), write(tmp_path / 'b', records=[again])])
    assert merge(files, BENCH2DRIVE)['driving score'] == 355.0 / 220
    assert merge(files, BENCH2DRIVE, keeps_duplicates=False)['driving score'] == 255.0 / 220


def test_command_writes_the_file_and_warns(tmp_path):
    records = [*RECORDS, crashed_record(), RECORDS[0]]
    folder = write(tmp_path / 'a', records=records, progress=[6, 8])
    out = folder / 'merged.json'
    for _ in range(2):  # the second time merged.json lies among the files
        result = CliRunner().invoke(app, ['merge', str(folder), '--out', str(out)])
        assert result.exit_code == 0, result.output
        assert json.loads(out.read_text())['eval num'] == 6
    assert out.read_text() == json.dumps(json.loads(out.read_text()), indent=4)
    for part in ('part_0.json is incomplete', '1711_rep0 has 2', 'crashed on RouteS', '5 routes'):
        assert part in result.output


def test_truncated_file_is_refused_and_nothing_written(tmp_path):
    path = write(tmp_path / 'a') / 'part_0.json'
    path.write_text(path.read_text()[:500])
    out = tmp_path / 'merged.json'
    result = CliRunner().invoke(app, ['merge', str(path.parent), '--out', str(out)])
    assert isinstance(result.exception, ContractError)
    assert 'part_0.json is not complete JSON' in str(result.exception)
    assert not out.exists()


@pytest.mark.parametrize(
    ('change', 'message'),
    [
        (lambda r: r.pop('scores'), r'part_0.json has no field _checkpoint.records\[1\].scores;'),
        (
            lambda r: r['scores'].update(score_composed=float('nan')),
            r'scores.score_composed is nan',
        ),
        (lambda r: r['scores'].update(score_route='1'), r'scores.score_route is of type str'),
        (lambda r: r.update(status='Done'), r"records\[1\].status is 'Done'; expected Perfect"),
        (lambda r: r['infractions'].pop('min_speed_infractions'), r'lacks .*another version'),
        (lambda r: r['infractions'].update(new_kind=[]), r"has \['new_kind'\].*another version"),
    ],
)
def test_bad_record_is_named(tmp_path, change, message):
    records = copy.deepcopy(RECORDS)
    change(records[1])
    with pytest.raises(ContractError, match=message):
        read_folders([write(tmp_path / 'a', records=records)])


def test_other_files_and_folders_are_refused(tmp_path):
    with pytest.raises(ConfigError, match='holds no result file'):
        read_folders([tmp_path / 'missing'])
    folder = write(tmp_path / 'a', progress='4/4')
    with pytest.raises(ContractError, match=r"_checkpoint.progress is '4/4'"):
        read_folders([folder])
    with pytest.raises(ConfigError, match='given twice'):
        read_folders([folder, folder])
    (folder / 'part_0.json').write_text('[]')
    with pytest.raises(ContractError, match='has no field _checkpoint;'):
        read_folders([folder])


def test_folder_of_a_campaign_holds_its_results_and_other_files(tmp_path):
    folder = write(tmp_path / 'a')
    (folder / 'part_0.json').rename(folder / 'leaderboard_mini.json')
    for name in ('manifest.json', 'settings.json', 'summary.json'):
        (folder / name).write_text('{}')
    (found,) = read_folders([folder])
    assert read_folders([folder / 'leaderboard_mini.json'])[0].records == found.records
    (folder / 'leaderboard_expert.json').write_text('{}')
    with pytest.raises(ConfigError, match=r'one of leaderboard_expert\.json, leaderboard_mini'):
        read_folders([folder])


def test_no_mean_without_records(tmp_path):
    files = read_folders([write(tmp_path / 'a', records=[crashed_record()])])
    with pytest.raises(ContractError, match='no record to divide by under simlingo_upstream'):
        merge(files, SIMLINGO_UPSTREAM)


@pytest.mark.parametrize('status', ["Failed - Agent couldn't be set up", 'Started', 'Failed'])
def test_failures_of_the_original_count_without_success(tmp_path, status):
    files = read_folders([write(tmp_path / 'a', records=[RECORDS[0] | {'status': status}])])
    assert merge(files, SIMLINGO_UPSTREAM)['success rate'] == 0.0
    assert merge(files, BENCH2DRIVE)['driving score'] == 100.0 / 220
