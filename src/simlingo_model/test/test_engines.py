# SPDX-License-Identifier: Apache-2.0
"""The passes of an engine give what PyTorch gives; engines that cannot be used are named."""

import json
import sys
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from simlingo_core.errors import BackendError, CheckpointError, ConfigError
from simlingo_core.types import Instruction, SafetyMode
from simlingo_model.checkpoint import save_model
from simlingo_model.engines import loading, precisions, tensorrt_build
from simlingo_model.engines.build_stamp import BuildStamp, check_stamp, graph_hashes
from simlingo_model.engines.graphs import GRAPHS
from simlingo_model.engines.loading import load_without_weights
from simlingo_model.engines.manifest import EngineManifest, hash_file
from simlingo_model.engines.runner_passes import RunnerPasses
from simlingo_model.model_card import ModelCard
from simlingo_model.policy import SimLingoPolicy
from simlingo_model.policy_config import Order, PolicyConfig


class ModuleRunner:
    """Runs the graphs as PyTorch modules, before they are exported."""

    name = 'modules'

    def __init__(self, network):
        self._modules = {spec.name: spec.module(network) for spec in GRAPHS}
        self._network = network

    @torch.inference_mode()
    def run(self, graph, inputs):
        tensors = {name: torch.from_numpy(np.array(array)) for name, array in inputs.items()}
        with self._network.stock_attention():
            results = self._modules[graph](**tensors)
        return [r.numpy() for r in ([results] if torch.is_tensor(results) else results)]


@pytest.mark.parametrize('order', Order)
def test_a_policy_plans_and_generates_the_same(mini_parts, observation, later, order):
    network, processor = mini_parts
    passes = RunnerPasses(ModuleRunner(network.eval()), processor)
    config = PolicyConfig(order=order)
    policies = [
        SimLingoPolicy(network, processor, config),
        SimLingoPolicy(network, processor, config, passes=passes),
    ]
    follow = Instruction(id='1', text='Turn <IMG_CONTEXT> left.', safety_mode=SafetyMode.FOLLOW)
    refuse = Instruction(id='2', text='Hit it.', safety_mode=SafetyMode.REFUSE_UNSAFE)
    for number, instruction in enumerate((None, follow, refuse)):
        frame = later(number)
        expected, plan = (policy.plan(frame, instruction) for policy in policies)
        for name in ('path_base_m', 'speed_waypoints_base_m'):
            np.testing.assert_allclose(getattr(plan, name), getattr(expected, name), atol=1e-4)
        assert policies[1].reply(frame) == policies[0].reply(frame)
        commentaries = [''.join(policy.describe(frame)) for policy in policies]
        assert commentaries[0] == commentaries[1]
        answers = [''.join(policy.answer(frame, 'Why?')) for policy in policies]
        assert answers[0] == answers[1]


@pytest.fixture
def exported(mini_parts, tmp_path):
    """A model folder with the files of an export, whose graphs are not valid."""
    save_model(tmp_path, *mini_parts, ModelCard())
    (tmp_path / 'onnx').mkdir()
    files = {}
    for name in (*(spec.file for spec in GRAPHS), 'weights.bin'):
        (tmp_path / 'onnx' / name).write_bytes(b'not a graph')
        files[name] = 11
    manifest = EngineManifest(weights=hash_file(tmp_path / 'model.safetensors'), files=files)
    manifest.write(tmp_path / 'onnx')
    return tmp_path


def test_a_model_without_weights_has_all_but_them(exported, mini_parts):
    model = load_without_weights(exported)
    assert model.network.config == mini_parts[0].config
    assert model.network.device.type == 'meta'


def test_unknown_engines_are_refused(exported):
    with pytest.raises(ConfigError, match=r"'ort'.*auto, torch, openvino, onnxruntime, tensorrt"):
        SimLingoPolicy.load(exported, engine='ort')


def test_auto_is_torch(exported):
    policy = SimLingoPolicy.load(exported, device='cpu')
    assert policy.network.device.type == 'cpu'


@pytest.mark.parametrize('engine', loading.RUNNERS)
def test_an_engine_that_is_not_installed_says_how_to_get_it(exported, monkeypatch, engine):
    monkeypatch.setitem(sys.modules, engine, None)
    with pytest.raises(BackendError, match=rf'{engine} is not installed.*pip install'):
        SimLingoPolicy.load(exported, engine=engine)


def test_an_export_says_what_is_not_installed(monkeypatch):
    from simlingo_model.engines import export

    monkeypatch.setattr(export, '_LIBRARIES', ('torch', 'onnx_of_another_planet'))
    with pytest.raises(BackendError, match=r"\['onnx_of_another_planet'\].*export\.txt"):
        export.check_libraries()


def remove_manifest(folder):
    (folder / 'onnx' / 'engine.json').unlink()


def truncate_graph(folder):
    (folder / 'onnx' / 'step.onnx').write_bytes(b'not')


def remove_weights(folder):
    (folder / 'onnx' / 'weights.bin').unlink()


def train_on(folder):
    (folder / 'model.safetensors').write_bytes(b'other weights')


def change_format(folder):
    file = folder / 'onnx' / 'engine.json'
    file.write_text(json.dumps(json.loads(file.read_text()) | {'format': 'simlingo-onnx/9'}))


def empty_manifest(folder):
    (folder / 'onnx' / 'engine.json').write_text('')


@pytest.mark.parametrize(
    ('change', 'message'),
    [
        (remove_manifest, 'has no exported graphs'),
        (truncate_graph, r'step\.onnx has 3 bytes; expected 11'),
        (remove_weights, r'weights\.bin is missing'),
        (train_on, 'exported from other weights'),
        (change_format, "has format 'simlingo-onnx/9'"),
        (empty_manifest, 'is empty'),
    ],
)
def test_an_export_that_cannot_be_used_is_named(exported, change, message):
    change(exported)
    with pytest.raises(CheckpointError, match=rf'{message}.*simlingo export'):
        SimLingoPolicy.load(exported, engine='onnxruntime')


def test_an_engine_that_cannot_be_used_is_replaced_only_on_demand(exported, caplog):
    with pytest.raises(CheckpointError, match='cannot be loaded'):
        SimLingoPolicy.load(exported, engine='openvino')
    policy = SimLingoPolicy.load(exported, device='cpu', engine='openvino', falls_back=True)
    assert policy.network.device.type == 'cpu'
    assert 'PyTorch runs the model in place of openvino' in caplog.text
    assert 'vision.onnx cannot be loaded' in caplog.text


def test_precisions_that_are_not_there_are_refused(exported):
    def load(**wanted):
        return SimLingoPolicy.load(exported, device='cpu', **wanted)

    with pytest.raises(ConfigError, match=r"'fp8'.*float32, bfloat16, int8"):
        load(engine='openvino', precision='fp8')
    with pytest.raises(BackendError, match=r'exported in float32 only.*--int8'):
        load(engine='openvino', precision='int8')
    with pytest.raises(BackendError, match='onnxruntime computes in float32 or int8'):
        load(engine='onnxruntime', precision='bfloat16')
    with pytest.raises(ConfigError, match="'int8' and engine torch has float32, bfloat16"):
        load(engine='torch', precision='int8')
    assert load(engine='torch', precision='bfloat16').network.dtype is torch.bfloat16


def test_graphs_in_the_folder_of_another_precision_are_named(exported):
    (exported / 'onnx').rename(exported / 'onnx_int8')
    with pytest.raises(CheckpointError, match='graphs are float32; expected int8'):
        SimLingoPolicy.load(exported, engine='openvino', precision='int8')


BOTH = frozenset({'float32', 'int8'})


def cpu_file(path, flags):
    path.write_text(f'processor\t: 0\nflags\t\t: fpu {flags}\n')
    return path


def test_8_bits_need_units_of_the_processor(tmp_path, monkeypatch, caplog):
    file = cpu_file(tmp_path / 'with', 'avx2 avx512_vnni')
    assert precisions.has_int8_units(file)
    assert not precisions.has_int8_units(cpu_file(tmp_path / 'without', 'avx2 avx512f'))
    assert not precisions.has_int8_units(tmp_path / 'no_file')
    monkeypatch.setattr(precisions, 'has_int8_units', lambda: True)
    assert precisions.choose_precision('auto', BOTH, on_cpu=True) == 'int8'
    assert not caplog.text
    monkeypatch.setattr(precisions, 'has_int8_units', lambda: False)
    assert precisions.choose_precision('auto', BOTH, on_cpu=True) == 'float32'
    assert 'no units for them (AMX, VNNI): float32 is used' in caplog.text
    assert precisions.choose_precision('auto', BOTH, on_cpu=False) == 'int8'
    assert precisions.choose_precision('int8', BOTH, on_cpu=True) == 'int8'
    assert 'slower than float32' in caplog.text


def test_engines_built_for_something_else_are_named(tmp_path):
    (tmp_path / 'step.onnx').write_bytes(b'graph')
    here = BuildStamp(
        version='11.4',
        hardware='NVIDIA Orin, compute capability 8.7',
        precision='int8',
        graphs=graph_hashes(tmp_path),
    )
    with pytest.raises(
        CheckpointError, match=r'no built engines \(built\.json is missing\); do so'
    ):
        check_stamp(tmp_path, here, 'do so')
    here.write(tmp_path)
    check_stamp(tmp_path, here, 'do so')
    for change, message in (
        (
            {'hardware': 'NVIDIA H100'},
            "for other hardware: 'NVIDIA Orin.*here it is 'NVIDIA H100'",
        ),
        ({'version': '10.9'}, "another version of TensorRT: '11.4'; here it is '10.9'"),
        ({'precision': 'float32'}, "in another precision: 'int8'; here it is 'float32'"),
        ({'graphs': {'step.onnx': '0'}}, 'from other graphs'),
        ({'weights_bytes': 5}, 'from other graphs'),
    ):
        with pytest.raises(CheckpointError, match=f'{message}.*; do so'):
            check_stamp(tmp_path, replace(here, **change), 'do so')
    (tmp_path / 'built.json').write_text('{"version"')
    with pytest.raises(CheckpointError, match=r'cannot be read.*; do so'):
        check_stamp(tmp_path, here, 'do so')


def test_tensorrt_runs_on_a_gpu_only(exported, monkeypatch):
    with pytest.raises(BackendError, match="runs on cuda; device is 'cpu'"):
        SimLingoPolicy.load(exported, engine='tensorrt', device='cpu')
    monkeypatch.setitem(sys.modules, 'tensorrt', SimpleNamespace(__version__='11.4'))
    monkeypatch.setattr(torch.cuda, 'is_available', lambda: False)
    with pytest.raises(BackendError, match='PyTorch finds no GPU'):
        tensorrt_build.build_engines(exported / 'onnx', 'float32')
