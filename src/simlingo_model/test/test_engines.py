# SPDX-License-Identifier: Apache-2.0
"""The passes of an engine give what PyTorch gives; engines that cannot be used are named."""

import json
import sys

import numpy as np
import pytest
import torch

from simlingo_core.errors import BackendError, CheckpointError, ConfigError
from simlingo_core.types import Instruction, SafetyMode
from simlingo_model.checkpoint import save_model
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
    with pytest.raises(ConfigError, match=r"'ort'.*auto, torch, onnxruntime, openvino"):
        SimLingoPolicy.load(exported, engine='ort')


def test_auto_is_torch(exported):
    policy = SimLingoPolicy.load(exported, device='cpu')
    assert policy.network.device.type == 'cpu'


@pytest.mark.parametrize('engine', ['onnxruntime', 'openvino'])
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
