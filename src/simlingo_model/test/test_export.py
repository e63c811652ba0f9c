# SPDX-License-Identifier: Apache-2.0
"""Exported graphs in every engine, for the mini and for the released layout at tiny widths."""

import json
import shutil
from dataclasses import replace
from importlib.util import find_spec

import numpy as np
import pytest
import torch
import typer.testing

from simlingo_core.errors import BackendError, CheckpointError, ConfigError
from simlingo_core.images import encode_jpeg
from simlingo_model import presets
from simlingo_model.checkpoint import load_model, save_model
from simlingo_model.commands import app
from simlingo_model.config import DecoderConfig, LoraConfig, VisionConfig, internvl2_1b, mini
from simlingo_model.engines import bench_engines, export, int8, loading
from simlingo_model.engines.agreement import compare_passes
from simlingo_model.engines.manifest import read_manifest
from simlingo_model.engines.precisions import FLOAT32, INT8
from simlingo_model.engines.runner_passes import RunnerPasses
from simlingo_model.engines.tensorrt_build import build_engines
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


@pytest.mark.gpu
def test_tensorrt_equals_pytorch(models):
    source, exported = models
    build_engines(exported / 'onnx', FLOAT32)
    runner = loading.load_runner('tensorrt', exported)
    assert max(export.compare(runner, load_model(source).network).values()) < 1e-3


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
    # Scales are in float32; at the small widths of a test they are a tenth of it.
    assert sizes[0] < 0.4 * sizes[1]
    ours = RunnerPasses(loading.RUNNERS[engine](folder, 'cpu', INT8), model.processor)
    found = compare_passes(ours, EagerPasses(model.network.eval()), model.processor, frames)
    assert 0 < found['path_ade_m'] < 0.1
    assert 0 < found['speed_ade_m'] < 0.3
    if source != find_model('mini').folder:
        return  # of random weights, tokens and features mean nothing
    assert found['token_agreement'] > 0.7
    # OpenVINO gets 8-bit convolutions of pixels wrong, by 0.17: they have to stay in float32.
    assert _feature_error(ours, model, frames[-1]) < 0.08


def _feature_error(ours, model, frame):
    tiles = torch.from_numpy(model.processor.tiles(frame.image_jpeg))[None]
    exact = EagerPasses(model.network.eval()).encode(tiles)
    return float((ours.encode(tiles) - exact).abs().mean() / exact.abs().mean())


def test_what_stays_in_float32_is_found(models):
    import onnx

    _, exported = models
    names = int8.left_alone(onnx.load(exported / 'onnx' / 'vision.onnx', load_external_data=False))
    layers = load_model(models[0]).network.config.vision.layers
    assert len(names) == 2 * layers + 1


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


def test_engines_are_timed_in_turn_beside_pytorch(models, tmp_path):
    source, exported = models
    folder = tmp_path / 'both'
    shutil.copytree(source, folder)
    shutil.copytree(exported / 'onnx', folder / 'onnx', dirs_exist_ok=True)
    numbers = tmp_path / 'engines.json'
    arguments = [str(folder), '--repeats', '2', '--naive', '1', '--json', str(numbers)]
    arguments += ['--engine', 'openvino:float32', '--engine', 'onnxruntime']
    done = typer.testing.CliRunner().invoke(app, ['engines', *arguments])
    assert done.exit_code == 0, done.output
    found = json.loads(numbers.read_text())
    assert set(found['engines']) == {'naive', 'torch', 'openvino:float32', 'onnxruntime'}
    for name in ('openvino:float32', 'onnxruntime'):
        assert found['engines'][name]['largest_m'] < 1e-3
        assert found['engines'][name]['encode_ms']['median'] > 0.0
        ratios = found['ratios'][name]
        naive_ms = found['engines']['naive']['exact_ms']['processor']
        exact_ms = found['engines'][name]['exact_ms']['processor']
        assert ratios['exact_to_naive'] == pytest.approx(naive_ms / exact_ms)
        assert f'| {name} |' in done.output
    assert found['ratios']['torch']['encode_to_torch'] == 1.0
    assert '8-bit units' in found['machine']


@pytest.mark.parametrize('words', ['ort', 'openvino:fp8', 'openvino:auto', ''])
def test_unknown_engines_are_not_timed(words):
    with pytest.raises(ConfigError, match='expected one of'):
        bench_engines.parse_engine(words)
    assert bench_engines.parse_engine('openvino:int8') == ('openvino', 'int8')
    assert bench_engines.parse_engine('torch') == ('torch', 'auto')


def test_random_weights_are_written_as_a_model_folder(tmp_path, monkeypatch):
    make = presets.build_full_size
    small = replace(RELEASED, decoder=replace(RELEASED.decoder, vocabulary_rows=151700))
    monkeypatch.setattr(presets, 'build_full_size', lambda dtype: make(dtype, small))
    done = typer.testing.CliRunner().invoke(app, ['random', str(tmp_path / 'model')])
    assert done.exit_code == 0, done.output
    assert load_model(tmp_path / 'model').network.config.vision == small.vision
