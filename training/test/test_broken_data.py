# SPDX-License-Identifier: Apache-2.0
"""Broken files of a data set: named with their field, left out, counted, refused in masses."""

import json
import pickle
import shutil
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from simlingo_core.errors import ConfigError
from simlingo_core.images import encode_jpeg
from simlingo_model.presets import build_mini
from simlingo_training import collect, run
from simlingo_training.batches import BatchMaker
from simlingo_training.commands import data as command
from simlingo_training.data_check import check_episode
from simlingo_training.data_problems import DataError
from simlingo_training.episode_frames import EpisodeFrames
from simlingo_training.episodes import EpisodeFolder, find_episodes
from simlingo_training.gz_json import read_gz, write_gz
from simlingo_training.overrides import with_overrides
from simlingo_training.recipes import mini
from simlingo_training.sample_store import image_paths
from simlingo_training.samples import read_samples
from simlingo_training.tile_store import TileStore
from simlingo_training.training_data import choose_episodes

USABLE = 12


@pytest.fixture
def root(data_set, tmp_path):
    return shutil.copytree(data_set, tmp_path / 'data_set')


@pytest.fixture
def folder(root):
    return find_episodes(root)[0]


def flip(path):
    data = bytearray(path.read_bytes())
    for k in range(20, 40):
        data[k] ^= 0xFF
    path.write_bytes(data)


def cut(path):
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def empty(path):
    path.write_bytes(b'')


def remove(path):
    path.unlink()


def change(**fields):
    """Return what puts fields of a gzipped file to other values; None: takes them out."""

    def spoil(path):
        data = read_gz(path)
        for name, value in fields.items():
            data[name] = value
            if value is None:
                del data[name]
        write_gz(path, data)

    return spoil


def change_dream(path):
    data = read_gz(path)
    data['faster'][0]['waypoints'].pop()
    write_gz(path, data)


def change_instruction(path):
    data = read_gz(path)
    data['faster'][0]['dreamer_instruction'] = 'Drive faster.'
    write_gz(path, data)


SPOILED = [
    # Frame 5 is in the future of frames 0 to 4, too.
    ('measurement', 5, flip, '', 6),
    ('measurement', 5, cut, '', 6),
    ('measurement', 5, empty, '', 6),
    ('measurement', 5, remove, '', 6),
    ('measurement', 0, change(speed=None), 'speed', 1),
    ('measurement', 0, change(speed='fast'), 'speed', 1),
    ('measurement', 0, change(target_point=[1.0, float('nan')]), 'target_point', 1),
    ('measurement', 0, change(ego_matrix=[[1.0, 0.0]]), 'ego_matrix', 1),
    ('measurement', 0, change(ego_matrix=[[0.0] * 4] * 4), 'ego_matrix', 1),
    (
        'measurement',
        0,
        change(speed_reduced_by_obj_distance=float('nan')),
        'speed_reduced_by_obj_distance',
        1,
    ),
    ('measurement', 0, change(command=99), 'command', 1),
    ('measurement', 0, change(route=[[1.0], [2.0, 3.0]]), 'route', 1),
    ('measurement', 0, change(route=[]), 'route', 1),
    ('measurement', 0, change(route=[1.0, 2.0, 3.0, 4.0]), 'route', 1),
    ('measurement', 0, change(control_brake='False'), 'control_brake', 1),
    ('measurement', 0, change(expert=[]), 'expert', 1),
    ('image', 3, cut, '', 1),
    ('image', 3, empty, '', 1),
    ('image', 3, remove, '', 1),
    ('shifted_image', 3, cut, '', 1),
    ('commentary', 3, cut, '', 1),
    ('commentary', 3, change(commentary=None), 'commentary', 1),
    ('commentary', 3, change(commentary=3), 'commentary', 1),
    ('dreams', 3, flip, '', 1),
    ('dreams', 3, change_dream, 'faster.0.waypoints', 1),
    ('dreams', 3, change_instruction, 'faster.0.dreamer_instruction', 1),
]


def path_of(folder, kind, frame):
    if kind == 'shifted_image':
        return folder.image(frame, is_shifted=True)
    return getattr(folder, kind)(frame)


def test_an_image_of_another_size_is_named(folder):
    """Case 11, a sibling: a JPEG that is whole, of another camera."""
    path = folder.image(3)
    path.write_bytes(encode_jpeg(np.zeros((240, 320, 3), np.uint8), 'rgb8'))
    (problem,) = check_episode(folder)
    assert (problem.path, problem.reason) == (
        path,
        'is 320 x 240; the training camera has 1024 x 512',
    )


@pytest.mark.parametrize(('kind', 'frame', 'spoil', 'field', 'lost'), SPOILED)
def test_a_broken_file_costs_the_frames_that_need_it_and_is_named(
    folder, kind, frame, spoil, field, lost
):
    path = path_of(folder, kind, frame)
    spoil(path)
    samples, (problem,) = read_samples(EpisodeFrames(folder))
    assert len(samples) == USABLE - lost
    assert (problem.path, problem.field) == (path, field)
    assert problem.reason
    assert check_episode(folder) == [problem]


@pytest.mark.parametrize(
    ('spoil', 'field'),
    [
        (change(infractions=None), 'infractions'),
        (change(infractions=3), 'infractions'),
        (change(infractions='red_light'), 'infractions'),
        (empty, ''),
        (flip, ''),
    ],
)
def test_results_that_cannot_be_used_cost_their_episode(root, folder, spoil, field):
    spoil(folder.results)
    choice = choose_episodes(find_episodes(root))
    (problem,) = choice.problems
    assert (problem.path, problem.field) == (folder.results, field)
    assert choice.good == find_episodes(root)[1:]
    assert check_episode(folder) == [problem]


def test_copies_that_a_file_manager_has_made_are_no_frames(folder):
    frame = folder.measurement(3)
    shutil.copy(frame, frame.with_name('0003 2.json.gz'))
    samples, problems = read_samples(EpisodeFrames(folder))
    assert (len(samples), problems) == (USABLE, [])


def test_training_shows_what_it_leaves_out_and_refuses_too_much(root, folder, capsys):
    flip(folder.measurement(5))
    cut(folder.image(9))
    # All tests of a process share one precision: accelerate keeps the first.
    recipe = with_overrides(mini(), ['bf16=False'])
    options = run.RunOptions(validation_seed=1, max_broken_files=1)
    with pytest.raises(ConfigError, match=r'2 broken files.*0005\.json\.gz.*at most 1'):
        run.train(recipe, root, root / 'run', options)
    shown = ''.join(capsys.readouterr().out.split())
    assert 'measurements/0005.json.gz' in shown
    assert 'rgb/0009.jpg' in shown
    assert not (root / 'run').exists()


def test_an_image_that_cannot_be_decoded_is_never_drawn(root, folder, tmp_path):
    path = folder.image(2, is_shifted=True)
    path.write_bytes(b'\xff\xd8\xff' + bytes(50) + b'\xff\xd9')
    samples, problems = read_samples(EpisodeFrames(folder))
    assert (len(samples), problems) == (USABLE, [])
    processor = build_mini(0)[1]
    for _ in range(2):
        store = TileStore.build(tmp_path / 'cache', image_paths(samples), processor)
        assert [problem.path for problem in store.problems] == [path]
    maker = BatchMaker(samples, store, processor, mini())
    drawn = {frame for step in range(20) for frame in maker.frames(step)}
    assert drawn == set(range(USABLE)) - {2}
    assert [problem.path for problem in check_episode(folder)] == [path]


def test_the_command_lists_file_field_and_reason(root, folder, tmp_path):
    call = ['check', str(root), '--workers', '1', '--json', str(tmp_path / 'broken.json')]
    good = CliRunner().invoke(command.app, call)
    assert (good.exit_code, 'no broken files' in good.output) == (0, True)
    change(speed=None)(folder.measurement(7))
    cut(folder.boxes(1))
    broken = CliRunner().invoke(command.app, call)
    assert broken.exit_code == 1
    assert '2 episodes with 44 frames' in broken.output
    first, second = json.loads((tmp_path / 'broken.json').read_text())['broken']
    assert first['file'] == str(folder.boxes(1))
    assert (second['file'], second['field']) == (str(folder.measurement(7)), 'speed')
    assert 'is missing' in second['reason']


def test_errors_pass_from_process_to_process():
    error = DataError(Path('a.json.gz'), 'speed', 'is missing')
    again = pickle.loads(pickle.dumps(error))
    assert (again.problem, str(again)) == (error.problem, str(error))


def test_an_episode_with_broken_results_is_recorded_again(tmp_path, caplog, monkeypatch):
    first, second = collect.tasks(tmp_path, [7], ['3', '4'], 'train')
    write_gz(first.folder.results, {'infractions': []})
    write_gz(second.folder.results, {'infractions': []})
    cut(second.folder.results)
    monkeypatch.setattr(collect, 'record_episode', lambda task: task)
    assert list(collect.collect([first, second], 1)) == [second]
    assert str(second.folder.results) in caplog.text


def test_what_an_interrupted_recording_left_is_removed(folder):
    other = EpisodeFolder(folder.root, folder.relative.with_name('episode_ab'))
    for kept in (other, folder.part(0), folder.part(1)):
        write_gz(kept.measurement(0), {})
        write_gz(kept.dreams(0), {})
    folder.clear()
    for gone in (folder, folder.part(0), folder.part(1)):
        assert not gone.data.exists()
        assert not gone.dreams(0).exists()
    assert other.measurement(0).is_file()


def test_routes_of_the_same_id_have_folders_of_their_own(tmp_path):
    (here,) = collect.tasks(tmp_path, [7], ['3'], 'train')
    (there,) = collect.tasks(tmp_path, [7], ['3'], 'train_wide')
    assert here.route.id == there.route.id
    assert here.folder != there.folder
