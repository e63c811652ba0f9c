# SPDX-License-Identifier: Apache-2.0
"""Weights of a backbone as its authors publish them: InternVL2-1B, InternVL3-1B by a config."""

import dataclasses

import pytest
import torch
from safetensors.torch import save_file

from simlingo_core.errors import CheckpointError
from simlingo_model.backbone import ADAPTED, NOT_THERE, load_backbone
from simlingo_model.config import internvl2_1b
from simlingo_model.presets import build_network, stand_in_tokenizer
from simlingo_model.sizes import internvl3_1b
from simlingo_model.upstream_keys import LANGUAGE, VISION, upstream_key


def tiny(model):
    return dataclasses.replace(
        model,
        vision=dataclasses.replace(
            model.vision, tile_px=56, width=32, layers=2, heads=2, mlp_width=64
        ),
        decoder=dataclasses.replace(
            model.decoder, width=32, layers=2, heads=2, key_value_heads=1, mlp_width=64
        ),
    )


def published(network):
    """Return the weights of a network under the names in which InternVL publishes them."""
    found = {}
    for name, weight in network.state_dict().items():
        if any(part in name for part in NOT_THERE):
            continue
        key = upstream_key(name.replace(ADAPTED, '').replace('.base_layer', ''))
        if key.startswith(VISION):
            found.setdefault(key.removeprefix(VISION), []).append(weight)
        else:
            found['language_model.' + key.removeprefix(LANGUAGE)] = [weight]
    # q, k and v are one weight there.
    return {key: torch.cat(parts).contiguous() for key, parts in found.items()}


@pytest.fixture(params=[internvl2_1b, internvl3_1b], ids=lambda make: make.__name__)
def networks(request):
    model = tiny(request.param())
    return [build_network(model, stand_in_tokenizer(), seed)[0] for seed in (1, 2)]


def weights(network):
    return {
        name: weight
        for name, weight in network.state_dict().items()
        if not any(part in name for part in NOT_THERE)
    }


def test_a_backbone_fills_all_but_adapters_and_heads(networks, tmp_path):
    source, network = networks
    files = published(source)
    half = len(files) // 2
    for number, keys in enumerate((list(files)[:half], list(files)[half:])):
        save_file({k: files[k] for k in keys}, tmp_path / f'model-0000{number}.safetensors')
    assert any(key.startswith('language_model.model.layers.1.') for key in files)
    assert 'vision_model.encoder.layers.1.attn.qkv.weight' in files
    before = {n: w.clone() for n, w in network.state_dict().items() if n not in weights(network)}
    load_backbone(network, tmp_path)
    ours, theirs = weights(network), weights(source)
    assert all(torch.equal(ours[name], theirs[name]) for name in theirs)
    assert all(torch.equal(network.state_dict()[name], before[name]) for name in before)


@pytest.mark.parametrize(
    ('change', 'words'),
    [
        (lambda files: files.pop('mlp1.1.weight'), '1 weights are missing'),
        (lambda files: files.update({'mlp1.9.weight': torch.zeros(1)}), '1 are not known'),
        (lambda files: files.update({'mlp1.1.weight': torch.zeros(2, 2)}), 'another size'),
        (dict.clear, 'holds no weights'),
    ],
)
def test_another_folder_is_refused(tmp_path, change, words):
    network = build_network(tiny(internvl3_1b()), stand_in_tokenizer(), 0)[0]
    files = published(network)
    change(files)
    save_file(files, tmp_path / 'model.safetensors')
    with pytest.raises(CheckpointError, match=words):
        load_backbone(network, tmp_path)
    (tmp_path / 'model.safetensors').unlink()
    with pytest.raises(CheckpointError, match=r'holds no \*\.safetensors'):
        load_backbone(network, tmp_path)
