# SPDX-License-Identifier: Apache-2.0
"""Exported graphs in every engine, for the mini and for the released layout at tiny widths."""

from dataclasses import replace
from importlib.util import find_spec

import numpy as np
import pytest
import torch
import typer.testing

from simlingo_core.errors import BackendError, CheckpointError, ConfigError
from simlingo_model.checkpoint import load_model, save_model
from simlingo_model.config import DecoderConfig, LoraConfig, VisionConfig, internvl2_1b, mini
from simlingo_model.engines import export, loading
from simlingo_model.engines.commands import app
from simlingo_model.model_card import ModelCard
from simlingo_model.model_names import find_model
from simlingo_model.policy import SimLingoPolicy
from simlingo_model.policy_config import Order, PolicyConfig
from simlingo_model.presets import build_network, mini_tokenizer

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

# ONNX Runtime is part of requirements/export.txt, which ``make slow`` installs.
ENGINES = ['onnxruntime', *(['openvino'] if find_spec('openvino') else [])]

RELEASED = replace(
    internvl2_1b(),
    vision=VisionConfig(width=32, layers=2, heads=2, mlp_width=64),
    decoder=DecoderConfig(
        vocabulary_rows=mini().decoder.vocabulary_rows,
        width=56,
        layers=2,
        heads=14,
        key_value_heads=2,
        mlp_width=96,
    ),
    lora=LoraConfig(rank=4, alpha=8.0),
    max_answer_tokens=12,
)


def released_folder(folder):
    """A model of the released layout with adapters that are not zero."""
    network, processor = build_network(RELEASED, mini_tokenizer(), seed=0)
    for name, parameter in network.named_parameters():
        if 'lora_B' in name:
            torch.nn.init.normal_(parameter, std=0.05)
    save_model(folder, network, processor, ModelCard(title='Released layout'))
    return folder


@pytest.fixture(scope='module', params=['mini', 'released'])
def models(request, tmp_path_factory):
    """A model folder and the folder of its export."""
    root = tmp_path_factory.mktemp(request.param)
    is_mini = request.param == 'mini'
    source = find_model('mini').folder if is_mini else released_folder(root / 'model')
    export.export_model(source, root / 'export')
    return source, root / 'export'


@pytest.mark.parametrize('engine', ENGINES)
def test_the_graphs_of_every_engine_equal_pytorch(models, engine):
    source, exported = models
    runner = loading.load_runner(engine, exported, 'cpu')
    errors = export.compare(runner, load_model(source).network)
    print(runner.name, errors)
    assert max(errors.values()) < 1e-3


@pytest.mark.parametrize('engine', ENGINES)
@pytest.mark.parametrize('order', [Order.EXACT, Order.PARALLEL])
def test_a_policy_of_every_engine_equals_pytorch(models, engine, order, observation, later):
    source, exported = models
    config = PolicyConfig(order=order)
    torch_policy = SimLingoPolicy.load(source, config, device='cpu')
    policy = SimLingoPolicy.load(exported, config, engine=engine)
    assert policy.capabilities == torch_policy.capabilities
    for number in range(3):
        frame = later(number)
        expected, plan = torch_policy.plan(frame), policy.plan(frame)
        for name in ('path_base_m', 'speed_waypoints_base_m'):
            np.testing.assert_allclose(
                getattr(plan, name), getattr(expected, name), rtol=1e-4, atol=1e-4
            )
        assert ''.join(policy.describe(frame)) == ''.join(torch_policy.describe(frame))


def test_the_weights_are_stored_once(models):
    source, exported = models
    parameters = sum(p.numel() for p in load_model(source).network.parameters())
    stored = (exported / 'onnx' / 'weights.bin').stat().st_size
    # Page alignment adds some.
    assert 4 * parameters * 0.9 < stored < 4 * parameters * 1.1 + 4096 * 200


def test_damaged_graphs_and_missing_providers_are_named(models, tmp_path):
    _, exported = models
    folder = exported / 'onnx'
    with pytest.raises(BackendError, match=r'CUDAExecutionProvider.*use device cpu'):
        loading.RUNNERS['onnxruntime'](folder, 'cuda')
    for file in folder.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    (tmp_path / 'action.onnx').write_bytes((folder / 'action.onnx').read_bytes()[:1000])
    for engine in ENGINES:
        with pytest.raises(CheckpointError, match=r'action\.onnx cannot be loaded'):
            loading.RUNNERS[engine](tmp_path, 'cpu')


def test_an_export_that_differs_is_refused(models):
    source, exported = models
    network = load_model(source).network
    with torch.no_grad():
        network.action.path_head[-1].weight += 0.1
    with pytest.raises(BackendError, match=r'differs from PyTorch by .* in action/points_m'):
        export.compare(loading.load_runner('onnxruntime', exported, 'cpu'), network)


def test_the_command_exports_model_folders_only(tmp_path):
    run = typer.testing.CliRunner().invoke
    assert isinstance(run(app, ['no_such_model']).exception, ConfigError)
    (tmp_path / 'weights.pt').write_bytes(b'')
    assert isinstance(run(app, [str(tmp_path)]).exception, ConfigError)
