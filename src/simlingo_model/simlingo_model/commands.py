# SPDX-License-Identifier: Apache-2.0
"""Inspect model files, convert them, measure the inference engine."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

app = typer.Typer(add_completion=False, rich_markup_mode=None, help=__doc__)


def _model_path(name: str) -> Path:
    from simlingo_model.model_names import COMMITTED, find_model

    found = find_model(name) if name in COMMITTED else None
    return found.folder if found else Path(name)


ModelPath = Annotated[
    Path,
    typer.Argument(
        metavar='MODEL', help='mini, a model folder or a weight file.', parser=_model_path
    ),
]
TokenizerOption = Annotated[
    Path | None,
    typer.Option(
        '--tokenizer',
        metavar='FOLDER',
        help='InternVL2-1B folder; released SimLingo files hold no tokenizer.',
    ),
]

Threads = Annotated[int, typer.Option(min=0, help='CPU threads; 0: the default of PyTorch.')]
JsonPath = Annotated[
    Path | None, typer.Option('--json', metavar='PATH', help='Write the output as JSON.')
]


@app.command()
def info(
    path: ModelPath,
    json_path: JsonPath = None,
) -> None:
    """Print the card of a model folder, or the contents of a weight file."""
    from simlingo_model.checkpoint import CARD_FILE, CONFIG_FILE, is_own_folder, read_description
    from simlingo_model.weight_files import check_finite, read_weights

    if is_own_folder(path):
        read_description(path)
        print((path / CARD_FILE).read_text(encoding='utf-8'))
        content = json.loads((path / CONFIG_FILE).read_text(encoding='utf-8'))
    else:
        weights = read_weights(path)
        check_finite(weights)
        unique = {weight.data_ptr(): weight.numel() for weight in weights.values()}
        content = {
            'path': str(path),
            'keys': len(weights),
            'parameters': sum(unique.values()),
            'dtypes': sorted({str(w.dtype).removeprefix('torch.') for w in weights.values()}),
            'has_lora': any('.lora_A.' in key for key in weights),
        }
        for name, value in content.items():
            print(f'{name}: {value}')
    _write_json(json_path, content)


@app.command()
def convert(
    path: ModelPath,
    folder: Annotated[Path, typer.Argument(metavar='FOLDER', help='Folder to write.')],
    tokenizer: TokenizerOption = None,
    merge: Annotated[
        bool, typer.Option('--merge/--keep-lora', help='Merge adapters, or keep them trainable.')
    ] = True,
    dtype: Annotated[str, typer.Option(help='float32, bfloat16 or float16.')] = 'bfloat16',
) -> None:
    """Convert upstream's checkpoint into a model folder (safetensors, config, tokenizer, card)."""
    import torch

    from simlingo_core.errors import ConfigError
    from simlingo_model.checkpoint import load_model, save_model

    formats = {name: getattr(torch, name) for name in ('float32', 'bfloat16', 'float16')}
    if dtype not in formats:
        raise ConfigError(f'dtype is {dtype!r}; expected one of {sorted(formats)}')
    model = load_model(path, tokenizer_folder=tokenizer, merges_lora=merge, dtype=formats[dtype])
    save_model(folder, model.network, model.processor, model.card)
    print(f'{folder}: {sum(p.numel() for p in model.network.parameters()) / 1e6:.1f} M parameters')


@app.command()
def random(
    folder: Annotated[Path, typer.Argument(metavar='FOLDER', help='Folder to write.')],
) -> None:
    """Write a model of the released size with random weights, to measure engines with."""
    import torch

    from simlingo_model.checkpoint import save_model
    from simlingo_model.model_card import ModelCard
    from simlingo_model.presets import build_full_size

    network, processor = build_full_size(torch.bfloat16)
    save_model(folder, network, processor, ModelCard(title='Random weights'))
    print(f'{folder}: {sum(p.numel() for p in network.parameters()) / 1e6:.1f} M parameters')


@app.command()
def engines(
    path: ModelPath,
    engine: Annotated[
        list[str] | None,
        typer.Option(
            metavar='ENGINE[:PRECISION]', help='openvino, openvino:int8, ...; may be repeated.'
        ),
    ] = None,
    repeats: Annotated[int, typer.Option(min=1, help='Ticks of each engine.')] = 30,
    naive: Annotated[int, typer.Option(min=0, help="Ticks in upstream's way.")] = 0,
    threads: Threads = 0,
    json_path: JsonPath = None,
) -> None:
    """Time PyTorch and the engines of an exported model, in turn, on this processor."""
    import torch

    from simlingo_model.engines.bench_engines import compare_engines, render

    if threads:
        torch.set_num_threads(threads)
    names = engine or ['openvino', 'onnxruntime']
    found = compare_engines(path, names, repeats=repeats, naive_repeats=naive)
    print(render(found))
    _write_json(json_path, found.to_dict())


@app.command()
def bench(
    path: Annotated[
        Path | None,
        typer.Argument(
            metavar='MODEL', help='Default: the mini, random weights.', parser=_model_path
        ),
    ] = None,
    full: Annotated[
        bool, typer.Option('--full', help='Random weights of the released size.')
    ] = False,
    tokenizer: TokenizerOption = None,
    repeats: Annotated[int, typer.Option(min=1, help='Ticks per order.')] = 10,
    device: Annotated[str, typer.Option(help='auto, cpu or cuda.')] = 'auto',
    threads: Threads = 0,
    json_path: JsonPath = None,
) -> None:
    """Measure our orders of text and action against upstream's naive way."""
    import torch

    from simlingo_model import bench as measurements
    from simlingo_model.checkpoint import load_model
    from simlingo_model.precision import choose_device, choose_dtype
    from simlingo_model.presets import build_full_size, build_mini

    if threads:
        torch.set_num_threads(threads)
    where = choose_device(device)
    if path is not None:
        # Not as a policy: the naive way uses the weights as in the file, not merged, not packed.
        model = load_model(
            path,
            tokenizer_folder=tokenizer,
            merges_lora=False,
            dtype=choose_dtype(where, path),
            device=where,
        )
        network, processor = model.network, model.processor
    elif full:
        network, processor = build_full_size(torch.bfloat16)
    else:
        network, processor = build_mini(0)
    times = measurements.measure(network.to(where), processor, repeats=repeats)
    rows = measurements.rows_of(times, measurements.GOALS[where.type] if full else {})
    for row in rows:
        print(f'{row["label"]:<48}{row["value"]:>12.2f}{_goal(row)}')
    _write_json(json_path, {row['name']: row['value'] for row in rows})


def _goal(row: Mapping[str, Any]) -> str:
    at_least, at_most = row.get('at_least'), row.get('at_most')
    if at_least is not None:
        return f'   goal >= {at_least:g}: {"met" if row["value"] >= at_least else "missed"}'
    if at_most is not None:
        return f'   goal <= {at_most:g}: {"met" if row["value"] <= at_most else "missed"}'
    return ''


def _write_json(path: Path | None, content: object) -> None:
    if path is None:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content, indent=2) + '\n', encoding='utf-8')
