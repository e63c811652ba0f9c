# SPDX-License-Identifier: Apache-2.0
"""One page of Markdown: the card of one machine, or of several beside each other."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

Card = Mapping[str, Any]


def render_card(cards: Sequence[Card]) -> str:
    """Return the page.

    Args:
        cards: the first is that of this machine; the others stand beside it.
    """
    head = '| | ' + ' | '.join(_title(card) for card in cards) + ' |'
    lines = ['# Real-time card', '', head, '|---|' + '---|' * len(cards)]
    for label, show in _ROWS:
        lines.append(f'| {label} | ' + ' | '.join(_cell(show, card) for card in cards) + ' |')
    own = cards[0]
    lines += ['', '## What 10 Hz in a car asks for', '']
    lines += ['| what | needed | here | | why |', '|---|---|---|---|---|']
    for one in own['ten_hertz']:
        sign = '>=' if one['at_least'] else '<='
        verdict = 'yes' if one['holds'] else '**no**'
        lines.append(
            f'| {one["what"]} | {sign} {one["needed"]:g} | {one["found"]:.3g} | {verdict} | '
            f'{one["why"]} |'
        )
    return '\n'.join([*lines, *_scores(cards)]) + '\n'


def _scores(cards: Sequence[Card]) -> list[str]:
    if not any(card['scores'] for card in cards):
        return []
    lines = ['', '## Driving score by latency of the plan', '']
    lines += ['| latency | driving score | episodes |', '|---|---|---|']
    for card in cards:
        for row in card['scores']:
            score = '-' if row['driving_score'] is None else f'{row["driving_score"]:.1f}'
            crashed = f', {row["crashed"]} crashed' if row['crashed'] else ''
            lines.append(
                f'| {row["latency_ms"]:.0f} ms ({row["why"]}; {card["policy"]}) | {score} | '
                f'{row["episodes"]}{crashed} |'
            )
    return lines


def _title(card: Card) -> str:
    return f'{card["machine"]["processor"]}, {card["machine"]["cores"]} cores: {card["policy"]}'


def _cell(show: Callable[[Card], str], card: Card) -> str:
    try:
        return show(card)
    except TypeError:  # a number that this machine does not tell
        return 'not known'


def _spread(numbers: Mapping[str, float]) -> str:
    return f'{numbers["median"]:.0f} / {numbers["p99"]:.0f} / {numbers["worst"]:.0f}'


_ROWS: Sequence[tuple[str, Callable[[Card], str]]] = (
    ('engine', lambda card: f'{card["engine"]}, {card["precision"]}'),
    ('units for small numbers', lambda card: ', '.join(card['machine']['units']) or 'none'),
    ('GPU', lambda card: card['machine']['gpu'] or 'none'),
    ('load before', lambda card: f'{card["machine"]["load_before"]:.1f}'),
    (
        'image to command, median / p99 / worst [ms]',
        lambda card: _spread(card['drive']['latency_ms']),
    ),
    ('image to plan [ms]', lambda card: _spread(card['drive']['exposure_to_plan_ms'])),
    ('of that inference [ms]', lambda card: _spread(card['drive']['stages_ms']['inference'])),
    ('plans [1/s]', lambda card: f'{card["drive"]["plans"]["per_second"]:.1f}'),
    ('age of a plan when used [ms]', lambda card: _spread(card['drive']['plans']['age_ms'])),
    ('commands [1/s]', lambda card: f'{card["drive"]["commands"]["per_second"]:.2f}'),
    ('jitter of commands [ms]', lambda card: f'{card["drive"]["commands"]["jitter_ms"]:.1f}'),
    ('missed deadlines [%]', lambda card: f'{card["drive"]["commands"]["missed_percent"]:.2f}'),
    ('memory, all nodes [MB]', lambda card: f'{card["drive"]["usage"]["memory_mb"]:.0f}'),
    ('processors, all nodes [cores]', lambda card: f'{card["drive"]["usage"]["cpu_cores"]:.2f}'),
    (
        'processors, whole machine [%]',
        lambda card: f'{card["drive"]["usage"]["machine_percent"]:.0f}',
    ),
    ('GPU in use [%]', lambda card: f'{card["drive"]["usage"]["gpu_percent"]:.0f}'),
    ('power of the processor [W]', lambda card: f'{card["drive"]["usage"]["processor_w"]:.1f}'),
    ('power of the GPU [W]', lambda card: f'{card["drive"]["usage"]["gpu_w"]:.1f}'),
)
