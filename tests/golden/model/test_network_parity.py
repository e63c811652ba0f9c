# SPDX-License-Identifier: Apache-2.0
"""Our network equals upstream's, stage by stage, on the tiny reference weights (fp32)."""

import gzip
import json
from pathlib import Path

import numpy as np
import torch

from simlingo_model.batch import TrainingBatch
from simlingo_model.config import internvl2_1b
from simlingo_model.network import SimLingoNetwork
from simlingo_model.upstream_keys import from_upstream, merge_lora, to_upstream

DATA = Path(__file__).resolve().parents[1] / 'data'
TOLERANCE = 1e-4


def rows_of(name):
    table = json.loads(gzip.decompress((DATA / f'keys_{name}.json.gz').read_bytes()))
    return table['counts'], table['rows']


def test_full_size_has_upstreams_keys_shapes_and_trainable_weights():
    counts, rows = rows_of('full')
    with torch.device('meta'):
        network = SimLingoNetwork(internvl2_1b(), image_id=151648, target_id=151662)
    weights = to_upstream(network.state_dict())
    assert {key: list(weight.shape) for key, weight in weights.items()} == {
        key: shape for key, shape, _, _ in rows
    }
    assert len(weights) == counts['keys'] == 992
    assert sum(p.numel() for p in network.parameters()) == counts['total_unique']
    trainable = sum(p.numel() for p in network.parameters() if p.requires_grad)
    assert trainable == counts['trainable']


def test_layout_goes_there_and_back(tiny_network, tiny_weights):
    weights = to_upstream(tiny_network.state_dict())
    assert weights.keys() == tiny_weights.keys()
    for key, weight in weights.items():
        torch.testing.assert_close(weight, tiny_weights[key], rtol=0, atol=0)


def close(ours, golden):
    torch.testing.assert_close(
        ours.detach().float(), torch.from_numpy(golden).float(), rtol=1e-5, atol=TOLERANCE
    )


@torch.inference_mode()
def test_stages(tiny_network, golden, golden_tiles):
    stages = golden('stages_fp32')
    tiles = torch.from_numpy(golden_tiles(0))[None]
    features = tiny_network.encode_tiles(tiles)
    close(features.reshape(2, 256, 64), stages['image_features'])
    targets = torch.from_numpy(stages['target_points'])[None]
    close(tiny_network.target_encoder(targets)[0], stages['wp_embeds'])
    ids = torch.from_numpy(stages['question_ids'])
    close(tiny_network.embed_tokens(ids)[0], stages['embeds_before_replace'])
    embeddings = tiny_network.embed(ids, features, targets)
    close(embeddings[0], stages['embeds'])
    hidden = tiny_network.run_decoder(embeddings)
    close(hidden[0], stages['hidden'])
    close(tiny_network.logits(hidden[0, -1]), stages['logits_last'])
    close(tiny_network.action.queries[0], stages['driving_queries'])


@torch.inference_mode()
def test_vision_tower_layers(tiny_network, golden, golden_tiles):
    from simlingo_model.vision import normalise_tiles

    stages = golden('stages_fp32')
    pixels = normalise_tiles(torch.from_numpy(golden_tiles(0)), torch.float32)
    model = tiny_network.vision.model
    embedded = model.embeddings(pixels)
    close(embedded[:1], stages['vit_embeddings_tile0'])
    close(model.encoder.layer[0](embedded)[:1], stages['vit_layer1_tile0'])
    close(tiny_network.vision.hidden_states(pixels), stages['vit_last_hidden'])


@torch.inference_mode()
def test_merged_lora_equals_unmerged(tiny_network, tiny_config, tiny_weights, golden):
    arrays = golden('lora_merge_fp32')
    merged = SimLingoNetwork(tiny_config.with_lora(None), image_id=377, target_id=391).eval()
    merged.load_state_dict(merge_lora(from_upstream(tiny_weights), scale=2.0))
    embeds = torch.from_numpy(arrays['embeds'])[None]
    unmerged_hidden = tiny_network.run_decoder(embeds)
    merged_hidden = merged.run_decoder(embeds)
    close(unmerged_hidden[0], arrays['hidden_unmerged'])
    close(merged_hidden[0], arrays['hidden_merged'])
    close(merged_hidden[0], arrays['hidden_unmerged'])
    close(merged.logits(merged_hidden[0, -1]), arrays['logits_merged_last'])
    weights = merged.state_dict()
    close(weights['language.model.layers.0.self_attn.q_proj.weight'], arrays['q_proj_0_merged'])
    close(weights['language.model.layers.2.mlp.down_proj.weight'], arrays['down_proj_2_merged'])


def training_batch(golden, golden_tiles):
    arrays = golden('training_fp32')
    return arrays, TrainingBatch(
        tiles=torch.from_numpy(np.stack([golden_tiles(0), golden_tiles(1)])),
        image_index=torch.tensor([0, 0, 1, 1]),
        ids=torch.from_numpy(arrays['ids']),
        valid=torch.from_numpy(arrays['valid']),
        learned=torch.from_numpy(arrays['loss_mask']),
        target_points_m=torch.from_numpy(arrays['target_point']),
        path_m=torch.from_numpy(arrays['path_label']),
        speed_waypoints_m=torch.from_numpy(arrays['waypoints_label']),
    )


def test_losses_and_gradients(tiny_network, golden, golden_tiles):
    arrays, batch = training_batch(golden, golden_tiles)
    terms = tiny_network.training_loss(batch)
    averages = terms.averages()
    for ours, theirs in (
        ('language', 'language_loss'),
        ('path', 'route_loss'),
        ('speed', 'speed_wps_loss'),
    ):
        close(averages[ours], arrays[f'average/{theirs}'])
    counted = arrays['count/language_loss'].astype(bool)
    close(terms.language, arrays['value/language_loss'][counted])
    close(terms.path, arrays['value/route_loss'])
    close(terms.speed, arrays['value/speed_wps_loss'])
    close(terms.predicted_path, arrays['route_prediction'])
    close(terms.predicted_speed, arrays['speed_wps_prediction'])
    total = terms.total()
    close(total, arrays['loss'])
    total.backward()
    gradients = to_upstream(
        {name: p.grad for name, p in tiny_network.named_parameters() if p.grad is not None}
    )
    for key in arrays.files:
        if key.startswith('grad/'):
            expected = torch.from_numpy(arrays[key])
            torch.testing.assert_close(
                gradients[key.removeprefix('grad/')],
                expected,
                rtol=1e-3,
                atol=TOLERANCE * max(1.0, float(expected.abs().max())),
            )
    norms = [float(gradients[key].norm()) for key in arrays['grad_norm_keys']]
    np.testing.assert_allclose(norms, arrays['grad_norms'], rtol=1e-3, atol=1e-4)


def test_gradient_checkpointing_changes_no_number(tiny_network, golden, golden_tiles):
    arrays, batch = training_batch(golden, golden_tiles)
    tiny_network.enable_gradient_checkpointing()
    tiny_network.train()
    for module in tiny_network.modules():
        if isinstance(module, torch.nn.Dropout):
            module.p = 0.0
    total = tiny_network.training_loss(batch).total()
    close(total, arrays['loss'])
    total.backward()
    expected = torch.from_numpy(arrays['grad/wp_encoder.mlp.4.bias'])
    torch.testing.assert_close(
        tiny_network.target_encoder.mlp[4].bias.grad, expected, rtol=1e-3, atol=1e-4
    )


def test_five_optimiser_steps(tiny_network, golden, golden_tiles):
    arrays = golden('optimizer_steps_fp32')
    _, batch = training_batch(golden, golden_tiles)
    trainable = [p for p in tiny_network.parameters() if p.requires_grad]
    optimiser = torch.optim.AdamW(trainable, lr=1e-3, weight_decay=0.1, betas=(0.9, 0.999))
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimiser, max_lr=1e-3, total_steps=100, pct_start=0.05
    )
    for step in range(5):
        terms = tiny_network.training_loss(batch)
        total = terms.total()
        means = terms.averages()
        ours = [v.item() for v in (total, means['language'], means['path'], means['speed'])]
        np.testing.assert_allclose(ours, arrays['losses'][step], rtol=2e-3)
        optimiser.zero_grad()
        total.backward()
        norm = torch.nn.utils.clip_grad_norm_(trainable, 0.3)
        np.testing.assert_allclose(float(norm), arrays['grad_norm_before_clip'][step], rtol=5e-3)
        optimiser.step()
        schedule.step()


def test_padding_on_either_side_changes_nothing(tiny_network, golden, golden_tiles):
    _, batch = training_batch(golden, golden_tiles)
    with torch.inference_mode():
        features = tiny_network.encode_tiles(batch.tiles)[batch.image_index]
        _, together = tiny_network(batch.ids, batch.valid, features, batch.target_points_m)
        for i in range(4):
            ids = batch.ids[i][batch.valid[i]][None]
            valid = torch.ones_like(ids, dtype=torch.bool)
            _, alone = tiny_network(
                ids, valid, features[i : i + 1], batch.target_points_m[i : i + 1]
            )
            torch.testing.assert_close(alone[0], together[i], rtol=0, atol=TOLERANCE)
