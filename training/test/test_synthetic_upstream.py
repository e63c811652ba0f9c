# SPDX-License-Identifier: Apache-2.0
"""A data set in upstream's layout: read whole, checked, cleaned, bucketed, trained on."""

import csv
import json
import shutil

import numpy as np
import pytest
import torch
from typer.testing import CliRunner

from simlingo_core.errors import ConfigError
from simlingo_training import synthetic_upstream as made
from simlingo_training.bucket_families import UPSTREAM_WEIGHTS, families_of
from simlingo_training.bucket_file import draw_shares, find_buckets, frame_key, read_buckets
from simlingo_training.commands import data as command
from simlingo_training.commands import eval_language as language_command
from simlingo_training.commands import train as train_command
from simlingo_training.data_clean import find_removals
from simlingo_training.data_problems import DataError
from simlingo_training.episode_frames import EpisodeFrames
from simlingo_training.episodes import EpisodeFolder, find_episodes
from simlingo_training.gz_json import read_gz, write_gz
from simlingo_training.paraphrases import Paraphrases
from simlingo_training.questions import QuestionMaker
from simlingo_training.recipes import find_recipe
from simlingo_training.samples import read_samples
from simlingo_training.schema.base import read_file
from simlingo_training.schema.dreamer import DREAMER, MODES
from simlingo_training.schema.ego_info import BOXES
from simlingo_training.schema.language import CommentaryFile, VqaFile
from simlingo_training.schema.measurement import MeasurementFile
from simlingo_training.training_data import choose_episodes, hold_out

TINY = [
    'vocabulary=stand_in',
    'batch_frames=2',
    'epochs=1',
    'bf16=false',
    'optim.lr=3e-3',
    'log.every_steps=1',
    'log.images_every_steps=15',
    'validation_frames=2',
    'model.max_answer_tokens=4',
    'model.vision.tile_px=56',
    'model.vision.width=32',
    'model.vision.layers=1',
    'model.vision.heads=2',
    'model.vision.mlp_width=64',
    'model.decoder.width=32',
    'model.decoder.layers=1',
    'model.decoder.heads=2',
    'model.decoder.key_value_heads=1',
    'model.decoder.mlp_width=64',
]


@pytest.fixture(scope='module')
def root(tmp_path_factory):
    root = tmp_path_factory.mktemp('upstream') / 'simlingo'
    made.write_data_set(root)
    return root


@pytest.fixture(autouse=True)
def one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def folder(root, name):
    base = made.Path(name)
    return EpisodeFolder(root, base)


def call(*arguments):
    return CliRunner().invoke(command.app, [str(a) for a in arguments])


def test_every_file_of_upstream_is_read_and_no_key_is_unknown(root):
    good = folder(root, made.PERFECT)
    for model, path in (
        (MeasurementFile, good.measurement(12)),
        (CommentaryFile, good.commentary(12)),
        (VqaFile, good.vqa(12)),
    ):
        assert read_file(model, path).unknown_keys() == []
    assert {key for box in read_file(BOXES, good.boxes(12)) for key in box.unknown_keys()} == set()
    dreams = read_file(DREAMER, good.dreams(12))
    assert set(dreams) == set(MODES)
    assert all(o.unknown_keys() == [] for options in dreams.values() for o in options)


def test_what_is_broken_is_named_and_nothing_else(root, tmp_path):
    result = call('check', root, '--workers', 1, '--json', tmp_path / 'broken.json')
    assert result.exit_code == 1
    found = json.loads((tmp_path / 'broken.json').read_text())
    data = folder(root, made.DAMAGED).data
    assert {row['file'] for row in found['broken']} == {
        str(data / 'measurements' / '0012.json.gz'),
        str(data / 'measurements' / '0024.json.gz'),
        str(data / 'rgb' / '0003.jpg'),
        str(data / 'boxes' / '0005.json.gz'),
    }
    # The unfinished episode has no results.
    assert found['episodes'] == 9


def test_episodes_are_chosen_as_upstreams_loader_does(root):
    choice = choose_episodes(find_episodes(root))
    trained, held_out = hold_out(choice.good, 100)
    names = {str(f.relative) for f in trained}
    assert {made.PERFECT, made.SLOW, made.OLD_TOWN, made.DAMAGED} <= names
    assert [str(f.relative) for f in held_out] == [made.HELD_OUT]
    assert sum(choice.left_out.values()) == 2


def test_cleaning_lists_what_would_go_and_why_and_removes_nothing_unasked(root, tmp_path):
    reasons = {str(r.folder.relative): r.reason for r in find_removals(root)}
    assert set(reasons) == {
        made.OLDER,
        made.CRASHED,
        made.COLLIDED,
        made.UNFINISHED,
        made.DAMAGED,
    }
    assert 'newer' in reasons[made.OLDER]
    assert 'crashed' in reasons[made.CRASHED]
    assert 'collisions_vehicle' in reasons[made.COLLIDED]
    assert '0012.json.gz' in reasons[made.DAMAGED]
    copy = shutil.copytree(root, tmp_path / 'copy')
    listed = call('clean', copy)
    assert '5 episodes would be removed' in listed.output
    assert folder(copy, made.CRASHED).data.is_dir()
    assert '5 episodes removed' in call('clean', copy, '--really').output
    assert not folder(copy, made.CRASHED).data.exists()
    assert not folder(copy, made.CRASHED).dreams(12).parent.exists()
    assert find_removals(copy) == []


def test_cleaning_follows_no_link(root, tmp_path):
    copy = shutil.copytree(root, tmp_path / 'copy')
    there = folder(copy, made.PERFECT)
    (copy / 'data' / 'simlingo' / 'loop').symlink_to(copy)
    linked = folder(copy, made.CRASHED.replace('_13_', '_99_'))
    linked.data.symlink_to(folder(root, made.CRASHED).data)
    names = {str(r.folder.relative) for r in find_removals(copy)}
    assert str(linked.relative) in names
    assert not any(name.startswith('loop') for name in names)
    call('clean', copy, '--really')
    assert not linked.data.is_symlink()
    assert folder(root, made.CRASHED).data.is_dir()
    assert there.data.is_dir()


def test_upstreams_buckets_are_read_wherever_their_authors_had_them(root):
    buckets = find_buckets(root)
    assert buckets.path.suffix == '.pkl'
    key = frame_key(folder(root, made.PERFECT), 12)
    assert key in buckets.members('all')
    assert key in buckets.members('acceleration_positive_1')
    assert buckets.members('start_from_stop') == frozenset()


def test_a_weight_is_the_share_of_its_family(root):
    keys = [frame_key(folder(root, made.PERFECT), k) for k in range(10, 15)]
    weights = {'all': 1.0, 'changed_route': 3.0, 'start_from_stop': 5.0}
    shares, rows = draw_shares(keys, weights, find_buckets(root))
    by_name = {row.name: row for row in rows}
    assert shares.sum() == pytest.approx(1.0)
    assert by_name['changed_route'].wanted == pytest.approx(0.75)
    # Two of five frames: those drawn as such, and two fifths of the rest.
    assert by_name['changed_route'].realised == pytest.approx(0.75 + 0.25 * 2 / 5)
    assert by_name['start_from_stop'].frames == 0
    assert by_name['all'].realised == pytest.approx(1.0)
    with pytest.raises(ConfigError, match='none of the 1 frames'):
        draw_shares(['elsewhere'], {'changed_route': 1.0}, find_buckets(root))


def test_a_pickle_that_names_code_is_refused(tmp_path):
    path = tmp_path / 'buckets_paths.pkl'
    path.write_bytes(b'cos\nsystem\n(S"true"\ntR.')
    with pytest.raises(DataError, match=r'os\.system'):
        read_buckets(path)


def test_our_own_buckets_have_upstreams_names(root, tmp_path):
    copy = shutil.copytree(root, tmp_path / 'copy')
    result = call('buckets', copy, '--workers', 1)
    assert result.exit_code == 1  # the damaged episode
    ours = find_buckets(copy)
    assert ours.path.name == 'buckets.json.gz'
    key = frame_key(folder(copy, made.PERFECT), 12)
    for name in (
        'all',
        'speed_limit_13.89',
        'target_speed_10',
        'acceleration_1',
        'green_light',
        'vehicle',
        'vehicle_side',
        'leading_object_vehicle',
        'leading_object_vehicle.audi.tt',
    ):
        assert key in ours.members(name), name
    assert key not in ours.members('changed_route')


def test_a_leader_that_vanishes_has_a_family_of_its_own(root):
    frames = EpisodeFrames(folder(root, made.PERFECT))
    future = frames.future(12)
    near = [made_near(m, ident) for m, ident in zip(future, [71] * 3 + [9] * 8, strict=True)]
    assert families_of(near, frames.labels(12), [], 'x') == ('all', 'vehicle_dissapears')


def made_near(measurement, ident):
    from dataclasses import replace

    return replace(measurement, reduced_by_distance_m=6.0, reduced_by_id=ident)


def test_questions_are_asked_in_upstreams_shares(root):
    samples = read_samples(EpisodeFrames(folder(root, made.PERFECT)))[0][:4]
    maker = QuestionMaker(find_recipe('internvl2_1b'), Paraphrases.find(root))
    rng = np.random.default_rng(0)
    asked = [maker.draw(samples[k % 4], rng) for k in range(4000)]
    kinds = [drawn.questions[0].kind for drawn in asked]
    shares = {kind: kinds.count(kind) / len(kinds) for kind in set(kinds)}
    assert shares['dream'] == pytest.approx(0.5, abs=0.03)
    for kind in ('driving', 'commentary', 'vqa'):
        assert shares[kind] == pytest.approx(1 / 6, abs=0.03)
    dreams = [drawn for drawn in asked if drawn.questions[0].kind == 'dream']
    assert not any(drawn.is_shifted for drawn in dreams)
    texts = [drawn.questions[0].prompt.text for drawn in dreams]
    assert not any('factor' in text for text in texts)
    refused = [d.questions[0] for d in dreams if 'Ignore' in d.questions[0].answer]
    assert all(q.prompt.text.startswith('<SAFETY>') for q in refused)
    # Three of seven options are unsafe, half of the prompts allow a refusal.
    assert len(refused) / len(dreams) == pytest.approx(3 / 7 / 2, abs=0.04)
    assert any(
        np.array_equal(q.labels.path_base_m, s.plain.path_base_m) for q in refused for s in samples
    )
    texts = {d.questions[0].answer for d in asked if d.questions[0].kind == 'commentary'}
    assert any(text.startswith('Go on behind the red car.') for text in texts)


def test_keys_beyond_the_schema_are_counted(root, tmp_path):
    assert 'unknown keys' not in call('stats', root, '--workers', 1).output
    copy = shutil.copytree(root, tmp_path / 'copy')
    path = folder(copy, made.PERFECT).measurement(10)
    write_gz(path, read_gz(path) | {'wheel_slip': 0.1})
    output = ' '.join(call('stats', copy, '--workers', 1).output.split())
    assert 'measurements: wheel_slip' in output
    assert "none: upstream's" in output


def test_a_frame_is_shown_with_all_its_texts(root, tmp_path):
    out = tmp_path / 'frame.jpg'
    result = call('show', root, '--episode', 'Rep0_10', '--frame', 12, '--out', out)
    assert result.exit_code == 0, result.output
    for text in ('commentary: Follow the route.', 'Q: ', 'dream crash (unsafe)', '1 ego_info'):
        assert text in result.output
    assert out.stat().st_size > 10_000


def test_old_data_sets_are_converted(data_set, tmp_path):
    result = call('convert', data_set, tmp_path / 'new')
    assert result.exit_code == 0, result.output
    for old, new in zip(find_episodes(data_set), find_episodes(tmp_path / 'new'), strict=True):
        assert isinstance(read_gz(new.results)['infractions'], dict)
        assert new.image(3).read_bytes() == old.image(3).read_bytes()
        assert len(read_samples(EpisodeFrames(new))[0]) == len(read_samples(EpisodeFrames(old))[0])
    assert len(choose_episodes(find_episodes(tmp_path / 'new')).good) == 2


@pytest.fixture(scope='module')
def run_folder(root, tmp_path_factory):
    """Train the large model, made tiny, for 20 steps."""
    out = tmp_path_factory.mktemp('run')
    arguments = ['internvl2_1b', *TINY, '--data', str(root), '--out', str(out)]
    result = CliRunner().invoke(train_command.app, [*arguments, '--frames', '41'])
    assert result.exit_code == 0, (result.output, result.exception)
    return out


def test_the_large_model_is_trained_on_it_at_tiny_widths(run_folder):
    with (run_folder / 'losses.csv').open() as file:
        rows = list(csv.DictReader(file))
    assert [int(row['step']) for row in rows] == list(range(20))
    totals = [float(row['total']) for row in rows]
    assert np.mean(totals[-4:]) < np.mean(totals[:4])
    manifest = json.loads((run_folder / 'manifest.json').read_text())
    families = {row['name'] for row in manifest['mixture']['families']}
    assert families == set(UPSTREAM_WEIGHTS)
    assert manifest['mixture']['questions']['dream'] > 0.2
    assert manifest['dreams']['lane_change'] > 10
    assert manifest['episodes_left_out']
    assert list(run_folder.glob('step_*.jpg'))
    assert not list(run_folder.glob('*.bin'))
    assert (run_folder / 'checkpoint' / 'model.safetensors').is_file()


SLOW = pytest.mark.slow


@pytest.mark.parametrize(
    'mode', ['qa', pytest.param('commentary', marks=SLOW), pytest.param('dreaming', marks=SLOW)]
)
def test_its_language_is_evaluated(root, run_folder, tmp_path, mode):
    arguments = ['--mode', mode, '--data', root, '--model', run_folder / 'checkpoint']
    more = ['--frames', 2, '--max-broken-files', 4, '--out', tmp_path]
    result = CliRunner().invoke(language_command.app, [str(a) for a in [*arguments, *more]])
    assert result.exit_code == 0, (result.output, result.exception)
    summary = json.loads((tmp_path / 'summary.json').read_text())
    assert summary['mode'] == mode
    assert (tmp_path / 'index.html').stat().st_size > 2000
