# SPDX-License-Identifier: Apache-2.0
"""Evaluate what a model says about recorded frames, and how it follows instructions there."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from simlingo_evaluation.jobs.options import Cluster, GpuShare, WorkerCount
from simlingo_evaluation.jobs.workers import LOCAL, Workers
from simlingo_evaluation.language.judge import KEY_VARIABLE

app = typer.Typer(add_completion=False, rich_markup_mode=None)

Mode = Annotated[
    str, typer.Option(help='qa, commentary, dreaming, safety or instruction.', show_default=False)
]
Data = Annotated[Path, typer.Option(help='Root of the data set.')]
Model = Annotated[
    str,
    typer.Option(help="mini, a model folder, upstream's file, or blind= and one of these."),
]
Predictions = Annotated[
    Path | None,
    typer.Option(help='Score the texts of this file language_preds_*.json; no model is asked.'),
]
EvalSet = Annotated[
    Path | None,
    typer.Option(help='evalset_vqa.json or evalset_commentary.json: only the frames in it.'),
]
Causal = Annotated[
    int,
    typer.Option(
        min=0, help='With commentary: frames on which another text is put in its place; 0: none.'
    ),
]
JudgeUrl = Annotated[
    str,
    typer.Option(
        help='Base URL of an OpenAI-compatible endpoint that rates texts, such as '
        'http://localhost:8000/v1; texts are sent there. Off by default.'
    ),
]


@app.command()
def run(
    mode: Mode,
    data: Data = Path('data/mini'),
    model: Model = 'mini',
    out: Annotated[
        Path | None, typer.Option(help='Folder for the files. Default: out/language/...')
    ] = None,
    frames: Annotated[int, typer.Option(min=1, help='At most so many, evenly spread.')] = 500,
    eval_set: EvalSet = None,
    predictions: Predictions = None,
    causal: Causal = 0,
    held_out: Annotated[
        bool,
        typer.Option('--held-out', help='Instructions in wordings that no training has shown.'),
    ] = False,
    judge_url: JudgeUrl = '',
    judge_model: Annotated[str, typer.Option(help='Model of the judge.')] = '',
    judge_key: Annotated[
        str, typer.Option(help='Environment variable that holds the key of the judge.')
    ] = KEY_VARIABLE,
    max_broken_files: Annotated[
        int, typer.Option(min=0, help='Refuse to evaluate with more broken files.')
    ] = 20,
    device: Annotated[str, typer.Option(help='auto, cpu or cuda.')] = 'auto',
    engine: Annotated[str, typer.Option(help='auto, torch, onnxruntime or openvino.')] = 'auto',
    tokenizer: Annotated[
        Path | None, typer.Option(help="Folder of the vocabulary, for upstream's file.")
    ] = None,
    workers: WorkerCount = None,
    cluster: Cluster = LOCAL,
    gpus: GpuShare = 0.0,
) -> None:
    """Score texts and instructed plans; write summary.json, table.md, index.html.

    Files of upstream's evaluation are written beside them, and read with --predictions.
    """
    # Here and not at the top: --help shall be quick.
    from simlingo_evaluation.language.judge import JudgeConfig
    from simlingo_evaluation.language.summary import markdown
    from simlingo_training.language.run import LanguageRun, evaluate_language, find_mode
    from simlingo_training.language.score_file import score_file

    console = Console()
    wanted = find_mode(mode)
    folder = out or Path('out') / 'language' / datetime.now(UTC).strftime('%Y%m%d_%H%M%S')
    judge = None
    if judge_url or judge_model:
        judge = JudgeConfig(url=judge_url, model=judge_model, key_variable=judge_key)
    if predictions is not None:
        summary = score_file(predictions, wanted, folder, judge)
    else:
        at_work = Workers.of(workers, cluster, gpus, local_count=1)
        settings = LanguageRun(
            mode=wanted,
            data=at_work.path(data),
            model=model,
            out=folder,
            frames=frames,
            eval_set=eval_set,
            causal_frames=causal,
            held_out_wordings=held_out,
            judge=judge,
            max_problems=max_broken_files,
            device=device,
            engine=engine,
            tokenizer_folder=tokenizer and at_work.path(tokenizer),
            workers=at_work,
        )
        summary = evaluate_language(settings, console)
    console.print(markdown(summary), markup=False, highlight=False, soft_wrap=True)
    console.print(
        f'summary.json, table.md and index.html are in {folder}', highlight=False, soft_wrap=True
    )
