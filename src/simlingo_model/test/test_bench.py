# SPDX-License-Identifier: Apache-2.0
import dataclasses
import json

import pytest
import torch
import typer.testing

from simlingo_model import bench, bench_ways, commands, precision, presets
from simlingo_model.checkpoint import save_model
from simlingo_model.commands import app
from simlingo_model.config import LoraConfig, internvl2_1b, mini
from simlingo_model.model_card import ModelCard
from simlingo_model.packed_linear import PackedLinear
from simlingo_model.presets import build_mini


@pytest.mark.parametrize('lora', [None, LoraConfig(rank=4, alpha=8.0, dropout=0.1)])
def test_the_naive_way_computes_what_the_engine_computes(lora, monkeypatch):
    """A ratio of times is only meaningful if both compute the same."""
    network, processor = build_mini(0, mini().with_lora(lora))
    for name, parameter in network.named_parameters():
        if 'lora_B' in name:
            torch.nn.init.normal_(parameter, std=0.02)
    results = []
    monkeypatch.setattr(bench_ways, '_wait', lambda points: results.append(points.clone()))
    had_adapters, naive_s = [], bench._naive_s

    def watched(eager, repeats):
        had_adapters.append(any('lora' in name for name, _ in eager._network.named_modules()))
        return naive_s(eager, repeats)

    monkeypatch.setattr(bench, '_naive_s', watched)
    times = bench.measure(network, processor, repeats=1)
    assert had_adapters == ([False] if lora is None else [True, False])
    _, naive, *others = results
    if lora is not None:
        torch.testing.assert_close(others.pop(0), naive, rtol=1e-4, atol=1e-4)
    torch.testing.assert_close(others[0], naive, rtol=1e-4, atol=1e-4)
    assert network.config.lora is None
    assert (times.naive_merged_s is None) == (lora is None)
    names = {row['name'] for row in bench.rows_of(times)}
    assert ('exact_speedup_merged' in names) == (lora is not None)


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
    # No pass is much faster than the time to read its weights.
    assert values['action_only_rooflines'] > 0.5
    assert values['token_rooflines'] > 0.05


@pytest.mark.parametrize(
    ('goal', 'expected'),
    [
        ({}, ''),
        ({'at_least': 10.0}, '   goal >= 10: missed'),
        ({'at_least': 9.5}, '   goal >= 9.5: met'),
        ({'at_most': 9.0}, '   goal <= 9: missed'),
        ({'at_most': 9.5}, '   goal <= 9.5: met'),
    ],
)
def test_a_goal_is_printed_beside_its_number(goal, expected):
    assert commands._goal({'value': 9.5, **goal}) == expected


def test_goals_of_the_released_size_name_rows_that_there_are():
    times = bench.EngineTimes(
        **dict.fromkeys((field.name for field in dataclasses.fields(bench.EngineTimes)), 1.0)
    )
    for goals in bench.GOALS.values():
        goaled = [row for row in bench.rows_of(times, goals) if len(row) > 3]
        assert len(goaled) == len(goals)


def test_the_naive_way_uses_the_weights_as_in_the_file(tmp_path, monkeypatch):
    network, processor = build_mini(seed=0)
    save_model(tmp_path / 'model', network.to(torch.bfloat16), processor, ModelCard(title='x'))
    monkeypatch.setattr(precision, '_SMALL_MODEL_BYTES', 0)
    layers = []

    def naive(ways):
        layers.append({type(module) for module in ways._network.language.modules()})

    monkeypatch.setattr(bench.BenchWays, 'naive', naive)
    result = typer.testing.CliRunner().invoke(
        app, ['bench', str(tmp_path / 'model'), '--repeats', '1', '--device', 'cpu']
    )
    assert result.exit_code == 0, result.output
    assert PackedLinear not in layers[0]


def test_adapters_of_a_file_are_merged_after_the_naive_way(tmp_path):
    network, processor = build_mini(0, mini().with_lora(LoraConfig(rank=4, alpha=8.0)))
    save_model(tmp_path / 'model', network, processor, ModelCard(title='x'))
    numbers = tmp_path / 'bench.json'
    arguments = [str(tmp_path / 'model'), '--repeats', '1', '--device', 'cpu']
    result = typer.testing.CliRunner().invoke(app, ['bench', *arguments, '--json', str(numbers)])
    assert result.exit_code == 0, result.output
    assert 'exact_speedup_merged' in json.loads(numbers.read_text())


def test_stand_in_vocabulary_has_the_released_ids():
    specials = presets.stand_in_tokenizer().specials
    assert specials['<|im_end|>'] == 151645
    assert specials['<IMG_CONTEXT>'] == 151648
    assert specials['<TARGET_POINT>'] == 151662


def test_adapters_have_the_number_format_of_the_rest():
    full = internvl2_1b()
    small = dataclasses.replace(
        full,
        decoder=dataclasses.replace(full.decoder, layers=1),
        vision=dataclasses.replace(full.vision, layers=1),
    )
    network, _ = presets.build_full_size(torch.bfloat16, small)
    assert any('lora' in name for name, _ in network.named_parameters())
    assert {parameter.dtype for parameter in network.parameters()} == {torch.bfloat16}
    assert {buffer.dtype for buffer in network.buffers()} == {torch.float32}, 'rotary frequencies'
