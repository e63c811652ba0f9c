# SPDX-License-Identifier: Apache-2.0
"""What a run may use besides its data: a cache of files, Weights & Biases."""

import sys
import types

import pytest

from simlingo_core.errors import ConfigError
from simlingo_training.image_reader import FileCache
from simlingo_training.overrides import with_overrides
from simlingo_training.recipes import mini
from simlingo_training.run_folder import LossLog, RunFolder

SIZE = 1000


@pytest.fixture
def files(tmp_path):
    paths = [tmp_path / 'slow' / f'{k}.jpg' for k in range(6)]
    paths[0].parent.mkdir()
    for number, path in enumerate(paths):
        path.write_bytes(bytes([number]) * SIZE)
    return paths


def on_disk(folder):
    return sum(path.stat().st_size for path in folder.rglob('*') if path.is_file())


def test_a_cache_never_exceeds_its_limit_and_forgets_the_oldest(files, tmp_path):
    folder = tmp_path / 'fast'
    cache = FileCache(folder, 3 * SIZE)
    for number in (0, 1, 2, 0, 3):
        assert cache.read(files[number]) == bytes([number]) * SIZE
        assert on_disk(folder) == cache.size_bytes <= 3 * SIZE
    for path in files:
        path.unlink()
    assert cache.read(files[0])[0] == 0  # from its copy
    with pytest.raises(FileNotFoundError):
        cache.read(files[1])  # made room for 3


def test_a_cache_is_found_again_and_shrinks_to_a_new_limit(files, tmp_path):
    folder = tmp_path / 'fast'
    assert FileCache(folder, 4 * SIZE).stage(files) == 4
    assert FileCache(folder, 10 * SIZE).size_bytes == 4 * SIZE
    assert FileCache(folder, 2 * SIZE).size_bytes == on_disk(folder) == 2 * SIZE


def test_a_cache_whose_copy_is_gone_reads_the_file(files, tmp_path):
    cache = FileCache(tmp_path / 'fast', 4 * SIZE)
    cache.read(files[0])
    for copy in (tmp_path / 'fast').rglob('*.cached'):
        copy.unlink()
    assert cache.read(files[0]) == bytes(SIZE)
    assert cache.size_bytes == SIZE


def test_a_file_larger_than_the_cache_is_read_and_not_kept(files, tmp_path):
    cache = FileCache(tmp_path / 'fast', SIZE - 1)
    assert len(cache.read(files[0])) == SIZE
    assert on_disk(tmp_path / 'fast') == 0


@pytest.fixture
def wandb(monkeypatch):
    """The part of wandb's interface that is called; keeps what it is given."""
    calls = []

    class Run:
        def log(self, values, step):
            calls.append(('log', values, step))

        def finish(self):
            calls.append(('finish',))

    module = types.ModuleType('wandb')
    module.init = lambda **arguments: (calls.append(('init', arguments)), Run())[1]
    monkeypatch.setitem(sys.modules, 'wandb', module)
    monkeypatch.delenv('WANDB_MODE', raising=False)
    return calls


def write_log(folder, *settings):
    recipe = with_overrides(mini(), settings)
    losses = dict.fromkeys(('total', 'language', 'path', 'speed'), 0.5)
    with LossLog(RunFolder(path=folder), 0, 2, recipe, is_writer=True) as log:
        log.write(1, 1e-3, losses)


def test_weights_and_biases_get_the_losses_and_stay_offline(wandb, tmp_path):
    write_log(tmp_path / 'run', 'log.wandb_project=cars')
    (_, arguments), (_, values, step), last = wandb
    assert arguments['project'] == 'cars'
    assert arguments['mode'] == 'offline'
    assert arguments['config']['optim']['lr'] == mini().optim.lr
    assert values['loss/total'] == 0.5
    assert step == 1
    assert last == ('finish',)
    assert (tmp_path / 'run' / 'losses.csv').is_file()


def test_weights_and_biases_are_not_asked_for_by_default(wandb, tmp_path):
    write_log(tmp_path / 'run')
    assert wandb == []


def test_without_the_library_the_setting_is_refused(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, 'wandb', None)
    with pytest.raises(ConfigError, match='pip install wandb'):
        write_log(tmp_path / 'run', 'log.wandb_project=cars')
