# SPDX-License-Identifier: Apache-2.0
import json
from dataclasses import replace

import pytest
import torch
import typer.testing
from safetensors.torch import load_file, save_file

from simlingo_core.errors import CheckpointError
from simlingo_model.checkpoint import load_model, save_model
from simlingo_model.commands import app
from simlingo_model.config import LoraConfig, VisionConfig, mini
from simlingo_model.model_card import SIMULATION_ONLY, ModelCard
from simlingo_model.policy import SimLingoPolicy
from simlingo_model.policy_config import PolicyConfig
from simlingo_model.presets import build_mini
from simlingo_model.upstream_keys import ALIASES, to_upstream

CARD = ModelCard(
    title='Test', trained_on='nothing much', notes=('a note',), numbers={'score': 61.5}
)
# Upstream's layout knows no two-stage stem.
CONFIG = replace(
    mini(),
    vision=VisionConfig(tile_px=224, patch_px=28, width=32, layers=1, heads=2, mlp_width=64),
    decoder=replace(mini().decoder, layers=1),
    lora=LoraConfig(rank=4, alpha=8.0),
)


@pytest.fixture(scope='module')
def parts():
    network, processor = build_mini(3, CONFIG)
    with torch.no_grad():
        for name, weight in network.named_parameters():
            if 'lora_B' in name:
                weight.normal_(std=0.1, generator=torch.Generator().manual_seed(1))
    return network.eval(), processor


@pytest.fixture
def own_folder(parts, tmp_path):
    folder = tmp_path / 'own'
    save_model(folder, *parts, CARD)
    return folder


@pytest.fixture
def tokenizer_folder(parts, tmp_path):
    folder = tmp_path / 'InternVL2-1B'
    folder.mkdir()
    parts[1].tokenizer.save(folder)
    return folder


@pytest.fixture
def released(parts, tmp_path):
    file = tmp_path / 'simlingo' / 'checkpoints' / 'epoch=013.ckpt' / 'pytorch_model.pt'
    file.parent.mkdir(parents=True)
    torch.save(to_upstream(parts[0].state_dict()), file)
    return file


@pytest.fixture
def load_released(released, tokenizer_folder):
    def load(path=released, **settings):
        return load_model(path, tokenizer_folder=tokenizer_folder, config=CONFIG, **settings)

    return load


def equal(one, other):
    one, other = one.state_dict(), other.state_dict()
    return one.keys() == other.keys() and all(torch.equal(one[k], other[k]) for k in one)


def rewrite(file, change):
    weights = torch.load(file, weights_only=True)
    torch.save(change(weights) or weights, file)


def points(model, seed=0):
    generator = torch.Generator().manual_seed(seed)
    embeddings = torch.randn(1, 40, CONFIG.decoder.width, generator=generator)
    with torch.inference_mode():
        return model.network.run_decoder(embeddings)


def test_our_format_goes_there_and_back(parts, own_folder):
    model = load_model(own_folder, merges_lora=False)
    assert equal(model.network, parts[0])
    assert model.network.config == CONFIG
    assert model.card == CARD
    assert not model.network.training
    assert any(p.requires_grad for p in model.network.parameters())


def test_the_card_is_for_people(own_folder):
    text = (own_folder / 'README.md').read_text()
    for part in ('nothing much', 'Apache-2.0', 'a note', '61.5'):
        assert part in text
    assert SIMULATION_ONLY in ModelCard(is_upstream=True).markdown(parameters=1, config_name='x')


def test_merged_and_unmerged_say_the_same(own_folder):
    merged = load_model(own_folder)
    assert merged.network.config.lora is None
    assert not any('lora' in name for name in merged.network.state_dict())
    torch.testing.assert_close(
        points(merged), points(load_model(own_folder, merges_lora=False)), rtol=0, atol=1e-4
    )


def test_upstreams_layout_is_read(parts, load_released):
    model = load_released(merges_lora=False)
    assert equal(model.network, parts[0])
    assert model.card.is_upstream


def test_half_precision_is_a_choice(load_released):
    network = load_released(dtype=torch.bfloat16).network
    assert {p.dtype for p in network.parameters()} == {torch.bfloat16}


def test_folder_of_the_file_will_do(parts, released, load_released):
    assert equal(load_released(released.parent, merges_lora=False).network, parts[0])


def test_aliases_may_be_left_out(parts, released, load_released):
    rewrite(released, lambda w: {k: v for k, v in w.items() if k not in ALIASES})
    assert equal(load_released(merges_lora=False).network, parts[0])


def test_an_alias_that_differs_is_refused(released, load_released):
    alias = next(iter(ALIASES))
    rewrite(released, lambda w: w | {alias: w[alias] + 1})
    with pytest.raises(CheckpointError, match='differs'):
        load_released()


def test_a_wrapped_training_checkpoint_is_read(parts, released, load_released):
    def wrap(weights):
        named = {f'module.model._orig_mod.{name}': value for name, value in weights.items()}
        return {'epoch': 13, 'global_step': torch.tensor(9), 'state_dict': named}

    rewrite(released, wrap)
    assert equal(load_released(merges_lora=False).network, parts[0])


def test_shards_are_joined(parts, released, load_released, tmp_path):
    weights = {k: v.clone() for k, v in to_upstream(parts[0].state_dict()).items()}
    names = sorted(weights)
    folder = tmp_path / 'shards'
    folder.mkdir()
    index = {}
    for i, keys in enumerate((names[::2], names[1::2])):
        save_file({k: weights[k] for k in keys}, folder / f'part{i}.safetensors')
        index |= dict.fromkeys(keys, f'part{i}.safetensors')
    (folder / 'model.safetensors.index.json').write_text(json.dumps({'weight_map': index}))
    assert equal(load_released(folder, merges_lora=False).network, parts[0])
    (folder / 'part1.safetensors').unlink()
    with pytest.raises(CheckpointError, match=r'part1\.safetensors'):
        load_released(folder)


def test_missing_extra_and_wrong_shapes_are_named(released, load_released):
    def spoil(weights):
        weights.pop('wp_encoder.mlp.0.weight')
        weights['wp_encoder.mlp.9.weight'] = torch.zeros(2)
        weights['adaptors.driving.query_embeds_wps'] = torch.zeros(1, 19, 192)

    rewrite(released, spoil)
    with pytest.raises(CheckpointError) as caught:
        load_released()
    for part in (
        '1 missing: wp_encoder.mlp.0.weight',
        '1 extra: wp_encoder.mlp.9.weight',
        'adaptors.driving.query_embeds_wps is (1, 19, 192), expected (1, 20, 192)',
    ):
        assert part in str(caught.value)


@pytest.mark.parametrize('bad', [float('nan'), float('inf')])
def test_weights_that_are_no_numbers_are_named(released, load_released, bad):
    def spoil(weights):
        weights['wp_encoder.mlp.0.bias'][1] = bad

    rewrite(released, spoil)
    with pytest.raises(CheckpointError, match=r'1 weights hold NaN.*wp_encoder\.mlp\.0\.bias'):
        load_released()


def test_what_is_not_there_is_named(load_released, released, tmp_path):
    with pytest.raises(CheckpointError, match='does not exist'):
        load_released(tmp_path / 'nowhere')
    with pytest.raises(CheckpointError, match='holds no weights'):
        load_released(tmp_path)
    with pytest.raises(CheckpointError, match='InternVL2-1B'):
        load_model(released, config=CONFIG)


@pytest.mark.parametrize(
    ('settings', 'message'),
    [
        ('model: {speed_wps_mode: 1d}', 'speed_wps_mode'),
        ('data_module: {use_global_img: true}', 'use_global_img'),
        ('model: [', 'cannot be read'),
    ],
)
def test_another_variant_is_refused(released, load_released, settings, message):
    hydra = released.parents[2] / '.hydra'
    hydra.mkdir()
    (hydra / 'config.yaml').write_text('model: {speed_wps_mode: 2d}')
    assert load_released().card.is_upstream
    (hydra / 'config.yaml').write_text(settings)
    with pytest.raises(CheckpointError, match=message):
        load_released()


@pytest.mark.parametrize(
    'change', [{'format': 'other/9'}, {'model': {'name': 'x', 'wheels': 4}}, {'card': None}]
)
def test_a_description_of_something_else_is_refused(own_folder, change):
    file = own_folder / 'config.json'
    file.write_text(json.dumps(json.loads(file.read_text()) | change))
    with pytest.raises(CheckpointError, match=r'config\.json'):
        load_model(own_folder)


POINTER = (
    'version https://git-lfs.github.com/spec/v1\n'
    'oid sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393\nsize 12884901\n'
)


@pytest.mark.parametrize(
    'name', ['config.json', 'model.safetensors', 'simlingo_tokenizer.json', 'mean_image.png']
)
def test_a_folder_cloned_without_lfs_is_named_as_that(own_folder, name):
    (own_folder / name).write_text(POINTER)
    with pytest.raises(CheckpointError, match=rf'{name} is a Git LFS pointer to 12\.9 MB'):
        SimLingoPolicy.load(own_folder, PolicyConfig(is_blind=True), device='cpu')


@pytest.mark.parametrize('name', ['vocab.json', 'merges.txt', 'tokenizer_config.json'])
def test_a_vocabulary_cloned_without_lfs_is_named_as_that(released, tmp_path, name):
    folder = tmp_path / 'vocabulary'
    folder.mkdir()
    (folder / 'vocab.json').write_text('{"a": 0, "b": 1, "ab": 2}')
    (folder / 'merges.txt').write_text('a b\n')
    (folder / name).write_text(POINTER)
    with pytest.raises(CheckpointError, match=rf'{name} is a Git LFS pointer'):
        load_model(released, tokenizer_folder=folder, config=CONFIG)


def test_weights_of_another_size_are_refused(own_folder):
    file = own_folder / 'model.safetensors'
    weights = load_file(file)
    weights['action.path_queries'] = torch.zeros(1, 20, 7)
    save_file(weights, file)
    with pytest.raises(CheckpointError, match=r'action\.path_queries'):
        load_model(own_folder)


def test_a_model_that_diverged_is_not_saved(parts, tmp_path):
    network, processor = build_mini(0, CONFIG)
    with torch.no_grad():
        network.action.path_queries[0, 0, 0] = float('nan')
    with pytest.raises(CheckpointError, match='NaN'):
        save_model(tmp_path / 'bad', network, processor, CARD)
    assert not (tmp_path / 'bad' / 'model.safetensors').exists()


def test_info_and_convert(own_folder, released, tokenizer_folder, tmp_path):
    run = typer.testing.CliRunner().invoke
    shown = run(app, ['info', str(own_folder)])
    assert shown.exit_code == 0
    assert 'nothing much' in shown.stdout
    numbers = tmp_path / 'info.json'
    assert run(app, ['info', str(released), '--json', str(numbers)]).exit_code == 0
    content = json.loads(numbers.read_text())
    assert content['has_lora']
    assert content['keys'] > 50
    arguments = ['convert', str(own_folder), str(tmp_path / 'merged'), '--dtype', 'float32']
    assert run(app, arguments).exit_code == 0
    merged, own = load_model(tmp_path / 'merged'), load_model(own_folder)
    torch.testing.assert_close(points(merged), points(own), rtol=0, atol=0)
    refused = run(app, ['convert', str(released), str(tmp_path / 'x')])
    assert isinstance(refused.exception, CheckpointError)


def test_all_files_of_a_model_have_the_same_rights(own_folder):
    assert len({file.stat().st_mode for file in own_folder.iterdir()}) == 1


def test_a_committed_model_has_a_name():
    shown = typer.testing.CliRunner().invoke(app, ['info', 'mini'])
    assert shown.exit_code == 0
    assert 'SimLingo mini' in shown.stdout
