# SPDX-License-Identifier: Apache-2.0
"""Judges a run by the criteria of a scenario; writes driving_log_replayer_v2's result.jsonl."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from simlingo_core.files import write_atomically
from simlingo_evaluation.replay.scenario import (
    PLAN_MADE,
    STOP_AND_GO,
    Criterion,
    Scenario,
)
from simlingo_evaluation.replay.scores import OF_TICKS, ReplayScore

RESULT_FILE = 'result.jsonl'


@dataclass
class Judgement:
    """What became of one criterion.

    Attributes:
        criterion: judged.
        values: that counted so far, with their times.
        passed: how many of them are in the range.
    """

    criterion: Criterion
    values: list[float] = field(default_factory=list)
    times_s: list[float] = field(default_factory=list)
    passed: int = 0
    _sum: float = 0.0

    @property
    def is_tested(self) -> bool:
        """Whether there was anything to judge."""
        return bool(self.values)

    @property
    def is_met(self) -> bool:
        """Whether the criterion holds; without anything to judge it does not."""
        if not self.values:
            return False
        holds = [self.criterion.holds(value) for value in self.values]
        if self.criterion.kind == 'all_of':
            return all(holds)
        if self.criterion.kind == 'any_of':
            return any(holds)
        return self.criterion.holds(self.value)

    @property
    def value(self) -> float:
        """The number that is judged; for all_of and any_of the share of values that hold."""
        if not self.values:
            return math.nan
        if self.criterion.kind == 'mean':
            return float(np.mean(self.values))
        quantile = {'median': 0.5, 'p99': 0.99}.get(self.criterion.kind)
        if quantile is not None:
            return float(np.quantile(self.values, quantile))
        return self.passed / len(self.values)

    @property
    def is_met_so_far(self) -> bool:
        """Whether it holds after the values that have come, without looking at all of them."""
        if self.criterion.kind == 'mean' and self.values:
            return self.criterion.holds(self._sum / len(self.values))
        need = {'all_of': 1.0, 'median': 0.5, 'p99': 0.99}.get(self.criterion.kind, 1e-9)
        return bool(self.values) and self.passed >= need * len(self.values)

    def add(self, value: float, t_s: float) -> None:
        """Take a value that counts."""
        self.values.append(value)
        self.times_s.append(t_s)
        self._sum += value
        self.passed += self.criterion.holds(value)

    @property
    def words(self) -> str:
        """One line: the condition, the number, where it failed first."""
        if not self.values:
            return f'{self.criterion.words}: NotTested, nothing to judge'
        text = f'{self.criterion.words}: {self.value:.3f} of {len(self.values)}'
        if self.is_met:
            return f'{text}, met'
        text += ', not met'
        if self.criterion.kind == 'all_of':
            first = next(
                i for i, value in enumerate(self.values) if not self.criterion.holds(value)
            )
            text += f'; first at {self.times_s[first]:.2f} s with {self.values[first]:.3f}'
        return text


def judge(score: ReplayScore, scenario: Scenario) -> list[Judgement]:
    """Judge a whole run."""
    judgements = [Judgement(criterion) for criterion in scenario.criteria]
    for index in range(len(score.frames)):
        for judgement in judgements:
            _add_frame(judgement, score, index)
    for judgement in judgements:
        _add_ticks(judgement, score)
    return judgements


def write_result_lines(
    path: Path, score: ReplayScore, scenario: Scenario, judgements: Sequence[Judgement]
) -> None:
    """Write the result file: the condition, a line for each plan, the verdict last."""
    lines = list(_result_lines(score, scenario))
    is_met, words = summary_of(judgements)
    lines.append(_line(is_met, words, score.frames[-1].t_s if score.frames else 0.0, {}))
    write_atomically(path, ''.join(json.dumps(_plain(line)) + '\n' for line in lines))


def summary_of(judgements: Sequence[Judgement]) -> tuple[bool, str]:
    """Return the verdict and its reasons in one line."""
    is_met = all(judgement.is_met for judgement in judgements)
    words = '; '.join(judgement.words for judgement in judgements)
    return is_met, f'{"Passed" if is_met else "Failed"}: {words}'


def _result_lines(score: ReplayScore, scenario: Scenario) -> Iterator[dict[str, Any]]:
    yield {'Condition': scenario.condition or {}}
    yield {
        'Result': {'Success': False, 'Summary': 'NoData'},
        'Stamp': {'System': time.time()},
        'Frame': {},
    }
    judgements = [Judgement(criterion) for criterion in scenario.criteria]
    for index, frame in enumerate(score.frames):
        content: dict[str, Any] = {'Ego': {'TransformStamped': _transform(score, index)}}
        for number, judgement in enumerate(judgements):
            if not _add_frame(judgement, score, index):
                continue
            holds = judgement.criterion.holds(judgement.values[-1])
            content[f'Trajectory_{number}'] = {
                'Result': {'Total': _word(judgement.is_met_so_far), 'Frame': _word(holds)},
                'Info': {
                    'Name': judgement.criterion.name,
                    'Value': judgement.values[-1],
                    'TotalPassed': judgement.passed,
                },
            }
        is_met = all(judgement.is_met_so_far for judgement in judgements)
        counts = ', '.join(f'{j.criterion.name} {j.passed}/{len(j.values)}' for j in judgements)
        yield _line(is_met, counts, frame.t_s, content)


def _add_frame(judgement: Judgement, score: ReplayScore, index: int) -> bool:
    """Add the value of one plan; returns whether it counts."""
    criterion, frame = judgement.criterion, score.frames[index]
    if criterion.name in OF_TICKS:
        return False
    planned = score.run.frames[index]
    pose = planned.plan.pose_map
    if not criterion.counts(frame.t_s, float(pose.translation_m[0]), float(pose.translation_m[1])):
        return False
    if criterion.name == PLAN_MADE:
        value = float(not planned.error)
    elif criterion.name == STOP_AND_GO:
        known = frame.drove_stop is not None
        value = float(frame.plans_stop == frame.drove_stop) if known else math.nan
    else:
        value = frame.values[criterion.name]
    if math.isnan(value):
        return False
    judgement.add(value, frame.t_s)
    return True


def _add_ticks(judgement: Judgement, score: ReplayScore) -> None:
    """Add the values of all commands, for criteria that judge them; they know no place."""
    criterion = judgement.criterion
    if criterion.name not in OF_TICKS:
        return
    for tick in score.ticks:
        value = tick.values[criterion.name]
        if criterion.start_s <= tick.t_s <= criterion.end_s and math.isfinite(value):
            judgement.add(value, tick.t_s)


def _line(is_met: bool, words: str, t_s: float, frame: dict[str, Any]) -> dict[str, Any]:
    return {
        'Result': {'Success': is_met, 'Summary': words},
        'Stamp': {'System': time.time(), 'ROS': t_s},
        'Frame': frame,
    }


def _transform(score: ReplayScore, index: int) -> dict[str, Any]:
    plan = score.run.frames[index].plan
    sec, nanosec = divmod(round(plan.t_s * 1e9), 1_000_000_000)
    x, y, z = plan.pose_map.translation_m.tolist()
    qx, qy, qz, qw = plan.pose_map.quaternion_xyzw.tolist()
    return {
        'header': {'stamp': {'sec': sec, 'nanosec': nanosec}, 'frame_id': 'map'},
        'child_frame_id': 'base_link',
        'transform': {
            'translation': {'x': x, 'y': y, 'z': z},
            'rotation': {'x': qx, 'y': qy, 'z': qz, 'w': qw},
        },
    }


def _word(is_met: bool) -> str:
    return 'Success' if is_met else 'Fail'


def _plain(data: Any) -> Any:
    """Return JSON without NaN and infinity, which no other reader knows."""
    if isinstance(data, dict):
        return {str(key): _plain(value) for key, value in data.items()}
    if isinstance(data, list | tuple):
        return [_plain(value) for value in data]
    if isinstance(data, float) and not math.isfinite(data):
        return None
    return data
