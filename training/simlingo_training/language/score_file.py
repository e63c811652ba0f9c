# SPDX-License-Identifier: Apache-2.0
"""Scores of a file of predictions, upstream's or ours, without a model and without a data set."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from simlingo_core.errors import ConfigError
from simlingo_evaluation.language.judge import JudgeConfig
from simlingo_evaluation.language.page import write_page
from simlingo_evaluation.language.predictions import read_predictions
from simlingo_evaluation.language.summary import text_summary, write_summary
from simlingo_training.language.items import Mode


def score_file(
    path: Path, mode: Mode, out: Path, judge: JudgeConfig | None = None
) -> dict[str, Any]:
    """Score the texts of a file ``language_preds_*.json`` and write the results.

    Args:
        path: the file.
        mode: ``qa`` or ``commentary``; the file holds no plans.
        out: folder for the results.
        judge: rates the texts; None: nobody does.

    Returns:
        The summary.

    Raises:
        ConfigError: the mode needs plans.
        ContractError: the file cannot be used; it names file, item and field.
    """
    if mode.has_dreams:
        raise ConfigError(
            f'mode {mode.value} needs plans, which {path} does not hold; expected qa or '
            'commentary with --predictions'
        )
    pairs = read_predictions(path)
    summary = {
        'mode': mode.value,
        'predictions': str(path),
        'items': len(pairs),
        **text_summary(pairs, is_questions=mode is Mode.QA, judge_config=judge),
    }
    write_summary(out, summary)
    write_page(out, summary, [], [(pair.path, pair.truth, pair.prediction) for pair in pairs])
    return summary
