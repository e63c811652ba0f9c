# SPDX-License-Identifier: Apache-2.0
import subprocess
import sys

import pytest

from simlingo_core.errors import CheckpointError, ConfigError
from simlingo_model import model_names
from simlingo_model.model_names import find_model


@pytest.fixture
def assets(tmp_path, monkeypatch):
    monkeypatch.setattr(model_names, 'ASSETS', tmp_path)
    return tmp_path


def put_model(folder, weights=b'1'):
    folder.mkdir(parents=True)
    (folder / 'model.safetensors').write_bytes(weights)
    (folder / 'config.json').write_text('{}')


def test_committed_models_are_found_by_name(assets):
    put_model(assets / 'mini')
    assert find_model('mini') == model_names.ModelChoice(assets / 'mini')
    assert find_model('blind=mini') == model_names.ModelChoice(assets / 'mini', is_blind=True)


@pytest.mark.parametrize('name', ['mini', 'blind=mini'])
def test_a_missing_committed_model_is_named_with_its_folder(assets, name):
    with pytest.raises(
        CheckpointError, match=r'not part of this installation.*model\.safetensors'
    ):
        find_model(name)


def test_folders_are_models_and_other_names_are_not(assets):
    put_model(assets / 'mine')
    path = str(assets / 'mine')
    assert find_model(path) == model_names.ModelChoice(assets / 'mine')
    assert find_model(f'blind={path}') == model_names.ModelChoice(assets / 'mine', is_blind=True)
    for name in ('', 'unknown', 'blind=', 'blind=unknown'):
        assert find_model(name) is None


def test_a_fingerprint_changes_with_weights_and_blindness(assets):
    put_model(assets / 'a')
    put_model(assets / 'b')
    put_model(assets / 'c', weights=b'2')
    names = [str(assets / name) for name in 'abc']
    a, b, c, blind = (find_model(name).fingerprint() for name in (*names, f'blind={names[0]}'))
    assert a == b
    assert len({a, c, blind}) == 3


def test_an_engine_may_stand_before_a_model(assets):
    put_model(assets / 'mini')
    choice = model_names.ModelChoice(assets / 'mini', engine='openvino')
    assert find_model('openvino=mini') == choice
    small = find_model('openvino:int8=mini')
    assert (small.engine, small.precision) == ('openvino', 'int8')
    blind = find_model('onnxruntime=blind=mini')
    assert (blind.engine, blind.is_blind) == ('onnxruntime', True)
    marks = {find_model(name).fingerprint() for name in ('mini', 'openvino=mini')}
    assert len({*marks, small.fingerprint(), blind.fingerprint()}) == 4
    for name in ('openvino=', 'openvino=unknown', 'gold=mini'):
        assert find_model(name) is None
    with pytest.raises(ConfigError, match="'fp8'"):
        find_model('openvino:fp8=mini')


def test_a_fingerprint_changes_with_an_export_that_is_run(assets):
    put_model(assets / 'a')
    names = (str(assets / 'a'), f'openvino={assets / "a"}')
    before = [find_model(name).fingerprint() for name in names]
    (assets / 'a' / 'onnx').mkdir()
    (assets / 'a' / 'onnx' / 'engine.json').write_text('{}')
    after = [find_model(name).fingerprint() for name in names]
    assert before[0] == after[0]
    assert before[1] != after[1]


def test_names_are_looked_up_without_torch():
    code = 'import sys, simlingo_model.model_names; sys.exit("torch" in sys.modules)'
    subprocess.run([sys.executable, '-c', code], check=True)
