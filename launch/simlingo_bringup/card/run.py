# SPDX-License-Identifier: Apache-2.0
"""Measure this machine and write its card."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from simlingo_bringup.card.conditions import ten_hertz
from simlingo_bringup.card.drive import measure_drive
from simlingo_bringup.card.machine import machine_facts
from simlingo_bringup.card.page import render_card
from simlingo_bringup.card.scores import score_latencies
from simlingo_core.errors import ConfigError
from simlingo_core.files import write_atomically

FORMAT = 'simlingo-card/1'
JSON_FILE, PAGE_FILE = 'card.json', 'card.md'
DRIVE_S, QUICK_DRIVE_S = 60.0, 15.0
ROUTES, QUICK_ROUTES = (0, 8, 16), ()


def write_card(
    model: str, folder: Path, *, quick: bool = False, beside: Sequence[Path] = ()
) -> str:
    """Drive, measure, write ``card.json`` and ``card.md``; return the page.

    Args:
        model: a model as ``simlingo eval --policy`` takes it, such as ``openvino:int8=FOLDER``.
        folder: where the card goes.
        quick: a shorter drive, and no scores.
        beside: cards of other machines, to stand beside this one.

    Raises:
        BackendError: the stack does not start, or makes no plans.
        ConfigError: there is no such model, or a file is no card.
    """
    others = [read_card(path) for path in beside]
    policy, engine, precision = split_model(model)
    folder.mkdir(parents=True, exist_ok=True)
    machine = machine_facts()
    words = (f'policy:={policy}', f'engine:={engine}', f'precision:={precision}')
    drive = measure_drive(words, QUICK_DRIVE_S if quick else DRIVE_S, folder)
    routes = QUICK_ROUTES if quick else ROUTES
    measured_ms = drive['exposure_to_plan_ms']['median']
    card = {
        'format': FORMAT,
        'policy': model,
        'engine': engine,
        'precision': precision,
        'machine': machine,
        'drive': drive,
        'ten_hertz': [one.to_dict() for one in ten_hertz(drive, machine)],
        'scores': score_latencies(model, measured_ms, routes, folder / 'eval') if routes else [],
    }
    page = render_card([card, *others])
    write_atomically(folder / JSON_FILE, json.dumps(card, indent=2) + '\n')
    write_atomically(folder / PAGE_FILE, page)
    return page


def split_model(model: str) -> tuple[str, str, str]:
    """Return policy, engine and precision of the stack for a model's name.

    Raises:
        ConfigError: there is no such model.
    """
    from simlingo_model.model_names import find_model
    from simlingo_planner.policies import BUILT_IN

    if model in BUILT_IN:
        return model, 'auto', 'auto'
    found = find_model(model)
    if found is None or found.is_blind:
        names = ', '.join(('mini', *BUILT_IN))
        raise ConfigError(
            f'policy is {model!r}; expected {names}, a model folder, or ENGINE[:PRECISION]=FOLDER'
        )
    return str(found.folder.resolve()), found.engine, found.precision


def read_card(path: Path) -> dict[str, Any]:
    """Read the card of a machine.

    Raises:
        ConfigError: the file is no card.
    """
    try:
        card: dict[str, Any] = json.loads(path.read_text(encoding='utf-8'))
    except (OSError, ValueError) as error:
        raise ConfigError(f'{path} cannot be read as a card: {error}') from error
    if not isinstance(card, dict) or card.get('format') != FORMAT:
        raise ConfigError(
            f'{path} is no card; expected the format {FORMAT!r}: simlingo bench --card'
        )
    return card
