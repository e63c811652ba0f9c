# SPDX-License-Identifier: Apache-2.0
"""Exported graphs in every engine, for the mini and for the released layout at tiny widths."""

from dataclasses import replace
from importlib.util import find_spec

import numpy as np
import pytest
import torch

from simlingo_core.errors import BackendError, CheckpointError, ConfigError
from simlingo_core.images import encode_jpeg
from simlingo_model.checkpoint import load_model, save_model
from simlingo_model.config import DecoderConfig, LoraConfig, VisionConfig, internvl2_1b, mini
from simlingo_model.engines import export, int8, loading
from simlingo_model.engines.agreement import compare_passes
from simlingo_model.engines.manifest import read_manifest
from simlingo_model.engines.precisions import FLOAT32, INT8
from simlingo_model.engines.runner_passes import RunnerPasses
from simlingo_model.model_card import ModelCard
from simlingo_model.model_names import find_model
from simlingo_model.passes import EagerPasses
from simlingo_model.policy import SimLingoPolicy
from simlingo_model.policy_config import Order, PolicyConfig
from simlingo_model.presets import build_network, mini_tokenizer

pytestmark = pytest.mark.timeout(900)

# TensorRT needs a GPU; ``make gpu`` is where it is compared.
ENGINES = [name for name in loading.RUNNERS if name != 'tensorrt' and find_spec(name)]
FRAMES = 15

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


@pytest.fixture
def frames(observation):
    """Frames of which no two are the same; blurred noise, bright and dark."""
    generator = np.random.default_rng(5)
    pixels = [
        np.kron(generator.integers(0, 60 + 12 * number, (16, 32, 3)), np.ones((32, 32, 1)))
        for number in range(FRAMES)
    ]
    return [
        replace(
            observation, t_s=float(number), image_jpeg=encode_jpeg(one.astype(np.uint8), 'rgb8')
        )
        for number, one in enumerate(pixels)
    ]


def test_the_engines_of_the_requirements_are_compared():
    assert ENGINES == ['openvino', 'onnxruntime']


@pytest.mark.parametrize('engine', ENGINES)
def test_the_graphs_of_every_engine_equal_pytorch(models, engine):
    source, exported = models
    runner = loading.load_runner(engine, exported, 'cpu')
    errors = export.compare(runner, load_model(source).network)
    assert max(errors.values()) < 1e-3
    assert engine in runner.name
    assert FLOAT32 in runner.name


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


def test_the_manifest_holds_the_table_of_differences(models):
    _, exported = models
    errors = read_manifest(exported).errors
    assert {name.partition('/')[0] for name in errors} == {'vision', 'prompt', 'step', 'action'}
    assert max(errors.values()) < 1e-3


def test_damaged_graphs_and_missing_providers_are_named(models, tmp_path):
    _, exported = models
    folder = exported / 'onnx'
    with pytest.raises(BackendError, match=r'CUDAExecutionProvider.*use device cpu'):
        loading.RUNNERS['onnxruntime'](folder, 'cuda', FLOAT32)
    with pytest.raises(BackendError, match=r'no device NPU.*use device cpu'):
        loading.RUNNERS['openvino'](folder, 'npu', FLOAT32)
    for file in folder.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    (tmp_path / 'action.onnx').write_bytes((folder / 'action.onnx').read_bytes()[:1000])
    for engine in ENGINES:
        with pytest.raises(CheckpointError, match=r'action\.onnx cannot be loaded'):
            loading.RUNNERS[engine](tmp_path, 'cpu', FLOAT32)


def test_an_export_that_differs_is_refused(models):
    source, exported = models
    network = load_model(source).network
    with torch.no_grad():
        network.action.path_head[-1].weight += 0.1
    with pytest.raises(BackendError, match=r'differs from PyTorch by .* in action/points_m'):
        export.compare(loading.load_runner('onnxruntime', exported, 'cpu'), network)


def test_a_folder_with_an_export_and_no_weights_is_run_by_an_engine(models):
    source, exported = models
    assert loading.choose_engine('auto', exported) == ENGINES[0]
    assert loading.choose_engine('auto', source) == 'torch'


@pytest.fixture(scope='module')
def int8_folder(models, tmp_path_factory):
    """A copy of an export, for graphs of 8 bits."""
    source, exported = models
    return source, exported, tmp_path_factory.mktemp('int8')


@pytest.mark.parametrize('engine', ENGINES)
def test_graphs_of_8_bits_are_smaller_and_near(int8_folder, engine, frames):
    source, exported, folder = int8_folder
    model = load_model(source)
    if not (folder / 'vision.onnx').is_file():
        found = export.write_int8_graphs(model, exported / 'onnx', folder, frames)
        assert found['frames'] == FRAMES // 3
    sizes = [(one / 'weights.bin').stat().st_size for one in (folder, exported / 'onnx')]
    assert sizes[0] < sizes[1] / 3
    ours = RunnerPasses(loading.RUNNERS[engine](folder, 'cpu', INT8), model.processor)
    found = compare_passes(ours, EagerPasses(model.network.eval()), model.processor, frames)
    assert 0 < found['path_ade_m'] < 0.1
    assert 0 < found['speed_ade_m'] < 0.3
    assert found['token_agreement'] > 0.7


def test_the_agreement_measures_in_metres(models, frames):
    source, _ = models
    one, other = load_model(source), load_model(source)
    with torch.no_grad():
        other.network.action.path_head[-1].weight.zero_()
    ways = [EagerPasses(model.network.eval()) for model in (one, other)]
    found = compare_passes(ways[1], ways[0], one.processor, frames[:2])
    assert found['path_ade_m'] > 0.001
    assert found['speed_ade_m'] == 0.0
    assert found['token_agreement'] == 1.0


def test_too_few_frames_are_refused(tmp_path):
    with pytest.raises(ConfigError, match='3 images; expected at least 8'):
        int8.quantise_graphs(tmp_path, tmp_path, [np.zeros((2, 8, 8, 3), np.uint8)] * 3)
