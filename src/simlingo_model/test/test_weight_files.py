# SPDX-License-Identifier: Apache-2.0
"""Files that people take for weights: read where that is safe, else named as what they are."""

import gzip
import io
import json
import os
import pickle
import sys
import tarfile
import types
import zipfile
from collections import OrderedDict, defaultdict
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from simlingo_core.errors import CheckpointError
from simlingo_model.checkpoint import load_model
from simlingo_model.weight_files import read_weights

WEIGHTS = {
    'vision.a.weight': torch.arange(6.0).reshape(2, 3),
    'language.base_model.model.b': torch.ones(4, dtype=torch.bfloat16),
}


def prefixed(prefix, weights=WEIGHTS):
    return {prefix + name: value for name, value in weights.items()}


def assert_read(file):
    found = read_weights(file)
    assert found.keys() == WEIGHTS.keys()
    for name, value in WEIGHTS.items():
        assert torch.equal(found[name], value)


@pytest.fixture
def file(tmp_path):
    return tmp_path / 'pytorch_model.pt'


@pytest.fixture
def settings_classes(monkeypatch):
    """Classes of a settings library that is gone when the file is read."""
    module = types.ModuleType('gone_settings')
    code = """
import enum
class Config:
    pass
class Box(dict):
    pass
class Rows(list):
    pass
class Mode(enum.Enum):
    FAST = 1
"""
    exec(code, module.__dict__)
    for kind in ('Config', 'Box', 'Rows', 'Mode'):
        getattr(module, kind).__module__ = module.__name__
    monkeypatch.setitem(sys.modules, module.__name__, module)
    yield module
    monkeypatch.delitem(sys.modules, module.__name__)


@pytest.mark.parametrize(
    'content',
    [
        {'state_dict': prefixed('model._orig_mod.'), 'global_step': torch.tensor(7)},
        {'module': prefixed('_orig_mod.module.'), 'ds_version': '0.16'},
        {'model': {'state_dict': WEIGHTS}, 'optimizer': {'state': {0: {'m': torch.ones(1)}}}},
        {'model_state_dict': prefixed('module.'), 'epoch': 3},
        {'net': WEIGHTS, 'acc': 0.9},
    ],
    ids=['lightning', 'deepspeed', 'nested', 'script', 'net'],
)
def test_containers_of_training_tools_are_opened(file, content):
    torch.save(content, file)
    assert_read(file)


@pytest.mark.parametrize('content', [[1, 2], {'epoch': 3}, torch.zeros(3), {'model': {}}])
def test_a_file_without_weights_says_what_it_holds(file, content):
    torch.save(content, file)
    with pytest.raises(CheckpointError, match=r'holds (one|a mapping).*state dict'):
        read_weights(file)


# ---- files that can be read ------------------------------------------------------------------


@pytest.mark.parametrize('is_zip', [True, False])
def test_objects_of_unknown_classes_are_passed_over(file, settings_classes, is_zip):
    config, box = settings_classes.Config(), settings_classes.Box(a=1, b=settings_classes.Box())
    config.nested = {'path': Path('/data'), 'mode': settings_classes.Mode.FAST, 'box': box}
    box.extra = settings_classes.Rows([1, settings_classes.Config()])
    content = {
        'hyper_parameters': config,
        'cache': defaultdict(dict, {'x': {1: 2}}),
        'score': np.float64(0.5),
        'types': [settings_classes.Config, dict, frozenset({1})],
        'state_dict': OrderedDict(prefixed('model.')),
    }
    torch.save(content, file, _use_new_zipfile_serialization=is_zip)
    del sys.modules[settings_classes.__name__]
    assert_read(file)
    sys.modules[settings_classes.__name__] = settings_classes


def test_an_old_file_that_is_no_zip_is_read(file):
    torch.save({'state_dict': WEIGHTS}, file, _use_new_zipfile_serialization=False)
    assert_read(file)


@pytest.mark.parametrize('name', ['pytorch_model.pt', 'model.safetensors', 'model.bin', 'model'])
def test_the_content_counts_and_not_the_ending(tmp_path, name):
    save_file(WEIGHTS, tmp_path / name)
    assert_read(tmp_path / name)
    torch.save(WEIGHTS, tmp_path / name)
    assert_read(tmp_path / name)


# ---- files that run code ---------------------------------------------------------------------


class Trap:
    def __init__(self, function, *arguments):
        self._call = function, arguments

    def __reduce__(self):
        return self._call


@pytest.mark.parametrize('is_zip', [True, False])
@pytest.mark.parametrize(
    ('function', 'name'),
    [(os.system, r'(posix|nt)\.system'), (open, r'(_io|builtins|io)\.open'), (eval, r'eval')],
)
def test_a_file_that_runs_code_is_refused_and_runs_nothing(file, tmp_path, function, name, is_zip):
    sprung = tmp_path / 'sprung'
    arguments = {
        os.system: (f'touch {sprung}',),
        open: (str(sprung), 'w'),
        eval: (f'open({str(sprung)!r}, "w")',),
    }[function]
    content = {'state_dict': WEIGHTS, 'hparams': Trap(function, *arguments)}
    torch.save(content, file, _use_new_zipfile_serialization=is_zip)
    with pytest.raises(CheckpointError, match=rf'names \S*{name}.*do not use this file'):
        read_weights(file)
    file.write_bytes(pickle.dumps(content['hparams']))
    with pytest.raises(CheckpointError, match='no plain weight file'):
        read_weights(file)
    assert not sprung.exists()


# ---- files that are something else -----------------------------------------------------------


def tar_of(name):
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode='w') as archive:
        archive.addfile(tarfile.TarInfo(name))
    return data.getvalue()


def zip_of(*names):
    data = io.BytesIO()
    with zipfile.ZipFile(data, 'w') as archive:
        for name in names:
            archive.writestr(name, b'x')
    return data.getvalue()


LFS = b'version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 1914000000\n'
PAGE = b'\n<!DOCTYPE html><html><head><title>Sign in\n - Drive</title></head></html>'


@pytest.mark.parametrize('name', ['pytorch_model.pt', 'model.safetensors'])
@pytest.mark.parametrize(
    ('content', 'message'),
    [
        (b'', r'is empty \(0 bytes\).*again'),
        (LFS, r'is a Git LFS pointer to 1914\.0 MB.*git lfs pull'),
        (b'/annex/objects/MD5E-s10--ab.pt\n', 'is a git-annex pointer.*git annex get'),
        (PAGE, r'is an HTML page \("Sign in - Drive"\).*log in'),
        (b'<?xml version="1.0"?><Error><Code>AccessDenied</Code></Error>', 'is XML.*storage'),
        (b'{"error": "Access to model is restricted"}', r'is a text file \("\{"error": "Access'),
        ('Zugriff verweigert, bitte anmelden: ü'.encode(), 'is a text file'),
        (gzip.compress(b'x', mtime=0), 'is a gzip archive; unpack'),
        (tar_of('pytorch_model.pt'), 'is a tar archive; unpack'),
        (zip_of('epoch=013.ckpt/pytorch_model.pt'), r'is a zip archive \(epoch=013.*unpack'),
        (zip_of('m/data.pkl', 'm/constants.pkl'), 'is a TorchScript program.*state_dict'),
        (b'GGUF\x03\0\0\0' + bytes(99), 'is a GGUF file'),
        (b'\x89HDF\r\n\x1a\n' + bytes(99), 'is an HDF5 file'),
        (b'\x00\x05\x16\x07' + bytes(99), 'macOS.*without "._"'),
        (bytes(300), 'no plain weight file'),
    ],
)
def test_what_is_no_weight_file_is_named_with_the_remedy(tmp_path, name, content, message):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(CheckpointError, match=rf'{name}.*{message}'):
        read_weights(tmp_path / name)


@pytest.mark.parametrize('keep', [10, 1000, -100])
@pytest.mark.parametrize('is_zip', [True, False])
def test_a_truncated_file_is_named_as_that(file, keep, is_zip):
    weights = {f'{name}.{k}': torch.ones(99) for name in WEIGHTS for k in range(9)}
    torch.save(weights, file, _use_new_zipfile_serialization=is_zip)
    file.write_bytes(file.read_bytes()[:keep])
    with pytest.raises(CheckpointError, match='truncated'):
        read_weights(file)


@pytest.mark.parametrize(
    ('keep', 'message'),
    [
        (9, 'within the header'),
        (100, 'within the header'),
        (-10, r'has \d+ of \d+ bytes \(9\d %\)'),
    ],
)
def test_a_truncated_safetensors_file_says_how_much_is_there(tmp_path, keep, message):
    file = tmp_path / 'model.safetensors'
    save_file(WEIGHTS | {'big': torch.zeros(100)}, file)
    file.write_bytes(file.read_bytes()[:keep])
    with pytest.raises(CheckpointError, match=f'truncated: .*{message}'):
        read_weights(file)


def test_a_safetensors_header_of_nonsense_is_refused(file):
    for header in (b'{]', b'{"a": {"data_offsets": 3}}', b'{"a": 1}'):
        file.write_bytes(len(header).to_bytes(8, 'little') + header + bytes(50))
        with pytest.raises(CheckpointError, match='corrupted'):
            read_weights(file)


# ---- folders ---------------------------------------------------------------------------------


def test_folders_of_unjoined_parts_say_how_to_join_them(tmp_path):
    zero = tmp_path / 'epoch=001.ckpt'
    (zero / 'checkpoint').mkdir(parents=True)
    (zero / 'checkpoint' / 'mp_rank_00_model_states.pt').write_bytes(b'')
    with pytest.raises(CheckpointError, match='zero_to_fp32'):
        read_weights(zero)
    parts = tmp_path / 'pytorch_model_fsdp_0'
    parts.mkdir()
    (parts / '.metadata').write_bytes(b'')
    (parts / '__0_0.distcp').write_bytes(b'')
    with pytest.raises(CheckpointError, match='dcp_to_torch'):
        read_weights(parts)


@pytest.mark.parametrize(('text', 'message'), [('{}', 'cannot be read'), ('', 'is empty')])
def test_a_broken_index_of_shards_is_named(tmp_path, text, message):
    (tmp_path / 'model.safetensors.index.json').write_text(text)
    with pytest.raises(CheckpointError, match=rf'index\.json {message}'):
        read_weights(tmp_path)


def test_shards_that_are_not_there_are_named(tmp_path):
    index = {'weight_map': {'a': 'one.safetensors', 'b': 'two.safetensors'}}
    (tmp_path / 'model.safetensors.index.json').write_text(json.dumps(index))
    save_file({'a': torch.ones(1)}, tmp_path / 'one.safetensors')
    with pytest.raises(CheckpointError, match=r"lacks the shards \['two\.safetensors'\]"):
        read_weights(tmp_path)


def test_a_file_given_as_a_model_is_named_as_what_it_is(tmp_path):
    """Case 18, siblings: without a tokenizer the file is looked at before one is asked for."""
    cases = {
        'empty.pt': (b'', r'empty\.pt is empty \(0 bytes\)'),
        'action.onnx': (b'', r'is one graph of an export; give its model folder'),
        'pointer.pt': (b'version https://git-lfs.github.com/spec/v1\n', 'Git LFS pointer'),
    }
    for name, (content, message) in cases.items():
        (tmp_path / name).write_bytes(content)
        with pytest.raises(CheckpointError, match=message):
            load_model(tmp_path / name)
    with pytest.raises(CheckpointError, match='does not exist'):
        load_model(tmp_path / 'nothing.pt')
    torch.save(WEIGHTS, tmp_path / 'weights.pt')
    with pytest.raises(CheckpointError, match='hold no tokenizer'):
        load_model(tmp_path / 'weights.pt')
