# SPDX-License-Identifier: Apache-2.0
"""Regression of the stack on a recording: what came out, compared field by field with a reference.

The reference is a text file of JSON lines, one for each plan and each command, so that a change
that is meant shows in the review of the commit that makes it.
"""

from __future__ import annotations

import fnmatch
import json
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from simlingo_core.errors import ConfigError
from simlingo_core.files import write_atomically
from simlingo_evaluation.replay.run_results import ControlTick, PlannedFrame, StackRun

SCHEMA = 1
# In metres, metres a second, shares and seconds; networks differ by far less between processors.
TOLERANCE = 0.005
DIGITS = 5
# The stages of the stack, in the order of the data: the first that differs is where to look.
STAGES = ('perception', 'planner', 'control')
FRAMES_LATE = (1, 2, 3)
Row = Mapping[str, Any]
Key = tuple[str, int, int]


def reference_rows(run: StackRun) -> list[dict[str, Any]]:
    """Return what is compared, one row for each plan and each command, in their order."""
    rows = [row for frame in run.frames for row in _frame_rows(frame)]
    return [*rows, *(_tick_row(tick) for tick in run.ticks)]


def write_reference(path: Path, rows: Sequence[Row], header: Mapping[str, Any]) -> None:
    """Write a reference; an old one is replaced."""
    lines = [{'schema': SCHEMA, **header}, *rows]
    write_atomically(path, ''.join(json.dumps(line) + '\n' for line in lines))


def read_reference(path: Path) -> tuple[Row, list[Row]]:
    """Return the header and the rows of a reference.

    Raises:
        ConfigError: there is none, or it cannot be read.
    """
    if not path.is_file():
        raise ConfigError(f'there is no reference {path}; --update-refs writes it')
    try:
        header, *rows = [json.loads(line) for line in path.read_text().splitlines()]
        if header['schema'] != SCHEMA or any('stage' not in row for row in rows):
            raise ValueError(f'its schema is {header["schema"]}; expected {SCHEMA}')
    except (ValueError, KeyError, TypeError, UnicodeDecodeError) as error:
        raise ConfigError(
            f'reference {path} cannot be read ({error}); write it anew with --update-refs'
        ) from error
    return header, rows


@dataclass(frozen=True, kw_only=True)
class FieldDifference:
    """One field that differs.

    Attributes:
        name: of the field, indices left out.
        stage: of the stack.
        count, total: rows that differ, and rows with the field.
        first, worst: time, full name, reference and new value where it differs first and most.
        ratio: median of new over reference; NaN: it has none.
    """

    name: str
    stage: str
    count: int
    total: int
    first: tuple[float, str, Any, Any]
    worst: tuple[float, str, Any, Any]
    ratio: float

    @property
    def words(self) -> str:
        """The difference in one line."""
        text = (
            f'{self.name}: {self.count} of {self.total} differ, first at '
            f'{_change(self.first)}, most at {_change(self.worst)}'
        )
        is_factor = math.isfinite(self.ratio) and abs(self.ratio - 1.0) > 0.01
        return f'{text}; new / reference {self.ratio:.2f} in the median' if is_factor else text


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """All differences between a run and its reference.

    Attributes:
        fields: that differ, in the order of the data.
        missing, added: rows that only the reference or only the run has, in words.
        hints: what the differences look like.
    """

    fields: tuple[FieldDifference, ...]
    missing: tuple[str, ...]
    added: tuple[str, ...]
    hints: tuple[str, ...]

    @property
    def is_equal(self) -> bool:
        """Whether nothing differs."""
        return not (self.fields or self.missing or self.added)

    @property
    def words(self) -> str:
        """The report: where the first difference is, then field by field."""
        if self.is_equal:
            return 'equal to the reference'
        differing = {field.stage for field in self.fields}
        lines = [f'{stage}: {"differs" if stage in differing else "equal"}' for stage in STAGES]
        lines += [f'  {hint}' for hint in self.hints]
        lines += [f'  only in the reference: {text}' for text in self.missing[:5]]
        lines += [f'  only in this run: {text}' for text in self.added[:5]]
        lines += [f'  {field.words}' for field in self.fields]
        return '\n'.join(lines)


def compare(
    reference: Sequence[Row],
    rows: Sequence[Row],
    *,
    tolerance: float = TOLERANCE,
    ignored: Sequence[str] = (),
) -> Comparison:
    """Compare a run with its reference.

    Args:
        reference: rows of the reference.
        rows: rows of the run.
        tolerance: largest difference of two numbers that counts as equal.
        ignored: shell patterns of field names, such as ``plan.speed_waypoints_base_m``.
    """
    old, new = _by_key(reference), _by_key(rows)
    found: dict[str, list[tuple[float, str, Any, Any]]] = {}
    totals: dict[str, int] = {}
    stages: dict[str, str] = {}
    pairs: dict[str, list[tuple[float, float]]] = {}
    for key in (key for key in old if key in new):
        mine, theirs = dict(_flatten(new[key])), dict(_flatten(old[key]))
        for full_name in dict.fromkeys((*theirs, *mine)):
            name = re.sub(r'\[\d+\]', '', full_name)
            if any(fnmatch.fnmatch(name, pattern) for pattern in ignored):
                continue
            stages.setdefault(name, key[0])
            totals[name] = totals.get(name, 0) + 1
            before, now = theirs.get(full_name), mine.get(full_name)
            both = (before, now)
            if all(map(_is_number, both)) and abs(float(before or 0.0)) > 10 * tolerance:
                pairs.setdefault(name, []).append((float(before or 0.0), float(now or 0.0)))
            if not _are_equal(before, now, tolerance):
                found.setdefault(name, []).append((key[1] / 1000.0, full_name, before, now))
    fields = [
        _difference(name, stages[name], changes, totals[name], pairs.get(name, []))
        for name, changes in found.items()
    ]
    fields.sort(key=lambda field: STAGES.index(field.stage))
    return Comparison(
        fields=tuple(fields),
        missing=tuple(_place(key) for key in old if key not in new),
        added=tuple(_place(key) for key in new if key not in old),
        hints=tuple(_hints(old, new, tolerance)),
    )


def _frame_rows(frame: PlannedFrame) -> Iterator[dict[str, Any]]:
    observation, plan = frame.observation, frame.plan
    yield {
        'stage': 'perception',
        't_s': _rounded(observation.t_s),
        'observation': {
            'position_map_m': _rounded(observation.pose_map.translation_m[:2].tolist()),
            'yaw_map_rad': _rounded(observation.pose_map.planar.yaw_rad),
            'speed_mps': _rounded(observation.speed_mps),
            'target_points_base_m': _rounded(observation.target_points_base_m.tolist()),
            'command': observation.command.name,
            'next_command': observation.next_command.name,
            'command_distance_m': _rounded(observation.command_distance_m),
            'route_progress': _rounded(observation.route_progress),
            'is_off_route': observation.is_off_route,
        },
    }
    yield {
        'stage': 'planner',
        't_s': _rounded(plan.t_s),
        'plan': {
            'path_base_m': _rounded(plan.path_base_m.tolist()),
            'speed_waypoints_base_m': _rounded(plan.speed_waypoints_base_m.tolist()),
            'max_speed_mps': _rounded(plan.max_speed_mps),
            'stop_reason': plan.stop_reason,
            'instruction_id': plan.instruction_id,
            'error': frame.error,
        },
    }


def _tick_row(tick: ControlTick) -> dict[str, Any]:
    command = tick.output.command
    return {
        'stage': 'control',
        't_s': _rounded(tick.t_s),
        'command': {
            'plan_t_s': _rounded(tick.plan_t_s),
            'steer': _rounded(command.steer),
            'throttle': _rounded(command.throttle),
            'brake': _rounded(command.brake),
            'safety_level': tick.output.safety_level.name,
            'reasons': list(map(str, tick.output.reasons)),
        },
    }


def _rounded(value: Any) -> Any:
    if isinstance(value, list):
        return [_rounded(element) for element in value]
    number = float(value)
    return round(number, DIGITS) if math.isfinite(number) else str(number)


def _by_key(rows: Sequence[Row]) -> dict[Key, Row]:
    """Return the rows by stage, stamp [ms] and how often that stamp came before."""
    found: dict[Key, Row] = {}
    for row in rows:
        stamp_ms, repeat = round(row['t_s'] * 1000.0), 0
        while (row['stage'], stamp_ms, repeat) in found:
            repeat += 1
        found[row['stage'], stamp_ms, repeat] = row
    return found


def _flatten(value: Any, name: str = '') -> Iterator[tuple[str, Any]]:
    if isinstance(value, Mapping):
        for key, element in value.items():
            if name or key not in {'stage', 't_s'}:
                yield from _flatten(element, f'{name}.{key}' if name else str(key))
    elif isinstance(value, list):
        for index, element in enumerate(value):
            yield from _flatten(element, f'{name}[{index}]')
    else:
        yield name, value


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _are_equal(before: Any, now: Any, tolerance: float) -> bool:
    if _is_number(before) and _is_number(now):
        return bool(abs(before - now) <= tolerance)
    return bool(before == now)


def _difference(
    name: str,
    stage: str,
    changes: Sequence[tuple[float, str, Any, Any]],
    total: int,
    pairs: Sequence[tuple[float, float]],
) -> FieldDifference:
    def size(change: tuple[float, str, Any, Any]) -> float:
        before, now = change[2:]
        return abs(now - before) if _is_number(before) and _is_number(now) else math.inf

    ratios = [now / before for before, now in pairs]
    return FieldDifference(
        name=name,
        stage=stage,
        count=len(changes),
        total=total,
        first=changes[0],
        worst=max(changes, key=size),
        ratio=float(np.median(ratios)) if ratios else math.nan,
    )


def _change(change: tuple[float, str, Any, Any]) -> str:
    t_s, name, before, now = change
    index = ''.join(re.findall(r'\[\d+\]', name))
    text = f'{t_s:.2f} s {index} {_short(before)} -> {_short(now)}'
    if _is_number(before) and _is_number(now):
        text += f' ({now - before:+.4g})'
    return re.sub(r' +', ' ', text)


def _short(value: Any) -> str:
    return f'{value:.4g}' if isinstance(value, float) else repr(value)


def _place(key: Key) -> str:
    return f'{key[0]} at {key[1] / 1000.0:.2f} s'


def _hints(old: Mapping[Key, Row], new: Mapping[Key, Row], tolerance: float) -> Iterator[str]:
    """Yield what the differences look like: plans of earlier frames, plans in force too late."""
    keys = [key for key in old if key[0] == 'planner' and key in new]

    def equals(now: Key, before: Key) -> bool:
        mine, theirs = dict(_flatten(new[now])), dict(_flatten(old[before]))
        return mine.keys() == theirs.keys() and all(
            _are_equal(theirs[name], mine[name], tolerance) for name in theirs
        )

    if any(not equals(key, key) for key in keys):
        for late in FRAMES_LATE:
            pairs = list(zip(keys[late:], keys, strict=False))
            if pairs and sum(equals(now, before) for now, before in pairs) > 0.9 * len(pairs):
                frames = 'one frame' if late == 1 else f'{late} frames'
                yield f'the plans are those of the reference {frames} earlier: the planner is late'
                break
    delays = [
        theirs['command']['plan_t_s'] - new[key]['command']['plan_t_s']
        for key, theirs in old.items()
        if key[0] == 'control'
        and key in new
        and _is_number(theirs['command']['plan_t_s'])
        and _is_number(new[key]['command']['plan_t_s'])
    ]
    if delays and abs(np.median(delays)) > tolerance:
        delay_s = float(np.median(delays))
        word = 'older' if delay_s > 0.0 else 'newer'
        yield f'control follows plans that are {abs(delay_s):.2f} s {word} than in the reference'
