# SPDX-License-Identifier: Apache-2.0
import json

import torch
import typer.testing

from simlingo_model import bench, precision
from simlingo_model.checkpoint import save_model
from simlingo_model.commands import app
from simlingo_model.model_card import ModelCard
from simlingo_model.packed import PackedLinear
from simlingo_model.presets import build_mini


def test_the_naive_way_computes_what_the_engine_computes(mini_parts, monkeypatch):
    """A ratio of times means nothing if the two do different things."""
    network, processor = mini_parts
    results = []
    monkeypatch.setattr(bench, '_wait', results.append)
    ways = bench._Bench(network.eval(), processor)
    ways.exact()
    ways.naive()
    exact, naive = results
    torch.testing.assert_close(exact[0], naive[0][0], rtol=1e-4, atol=1e-4)
    torch.testing.assert_close(exact[1], naive[1][0], rtol=1e-4, atol=1e-4)


def test_the_command_writes_what_it_prints(tmp_path):
    numbers = tmp_path / 'bench.json'
    result = typer.testing.CliRunner().invoke(
        app, ['bench', '--repeats', '1', '--device', 'cpu', '--json', str(numbers)]
    )
    assert result.exit_code == 0
    values = json.loads(numbers.read_text())
    assert values['exact_speedup'] > 0.0
    assert values['weights_mb'] < 20.0
    assert 'tokens_per_second' in values


def test_the_naive_way_has_the_weights_of_a_file_as_they_come(tmp_path, monkeypatch):
    network, processor = build_mini(seed=0)
    save_model(tmp_path / 'model', network.to(torch.bfloat16), processor, ModelCard(title='x'))
    monkeypatch.setattr(precision, '_SMALL_MODEL_BYTES', 0)
    seen = []

    def naive(ways):
        seen.append({type(module) for module in ways._network.language.modules()})

    monkeypatch.setattr(bench._Bench, 'naive', naive)
    result = typer.testing.CliRunner().invoke(
        app, ['bench', str(tmp_path / 'model'), '--repeats', '1', '--device', 'cpu']
    )
    assert result.exit_code == 0, result.output
    assert PackedLinear not in seen[0]


def test_stand_in_vocabulary_has_the_released_ids():
    specials = bench.stand_in_tokenizer().specials
    assert specials['<|im_end|>'] == 151645
    assert specials['<IMG_CONTEXT>'] == 151648
    assert specials['<TARGET_POINT>'] == 151662
