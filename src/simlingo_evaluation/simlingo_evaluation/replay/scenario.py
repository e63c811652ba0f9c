# SPDX-License-Identifier: Apache-2.0
"""Scenario files in the format of driving_log_replayer_v2, with criteria for trajectories.

The file is TIER IV's (``ScenarioFormatVersion`` 3.x); ``TrajectoryConditions`` are ours:

    Evaluation:
      UseCaseName: planning_control
      UseCaseFormatVersion: 2.0.0
      Datasets:
        - drive: {VehicleId: default, time_offset: {start: 2.0, duration: 20.0}}
      Conditions:
        TrajectoryConditions:
          - {name: ade_2s, condition_type: mean, value_range: {max: 1.0}}
          - {name: lateral_error, condition_type: all_of, value_range: {max: 0.8},
             time: {start: 3.0, end: 9.0}, area: {x: 71.5, y: 345.1, range: 20.0}}
          - {name: stop_and_go, condition_type: mean, value_range: {min: 0.9}}
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from simlingo_core.errors import ConfigError
from simlingo_evaluation.replay.scores import MEASURES

SUPPORTED_MAJOR = '3'
STOP_AND_GO, PLAN_MADE = 'stop_and_go', 'plan_made'
# 1 where plan and car agree on standing in 2.5 s; 1 where the policy made a plan.
SHARES = (STOP_AND_GO, PLAN_MADE)
KINDS = ('all_of', 'any_of', 'mean', 'median', 'p99')
OURS = 'TrajectoryConditions'
# What theirs may hold beside, and why it says nothing about a recording run through our stack.
THEIRS = {
    'MetricConditions': "Autoware's metric topics are not published by this stack",
    'PlanningFactorConditions': "Autoware's planning factors are not published by this stack",
    'DiagConditions': 'diagnostics of nodes that do not run in-process',
}


@dataclass(frozen=True, kw_only=True)
class Criterion:
    """One condition of a scenario.

    Attributes:
        name: a measure, or one of ``SHARES``.
        kind: all_of, any_of: of the single values; mean, median, p99: of all of them.
        low, high: range that passes; infinite where it is open.
        start_s, end_s: of the time that counts; infinite where it is open.
        x_m, y_m, range_m: circle in map in which the car must be; None: anywhere.
    """

    name: str
    kind: str
    low: float
    high: float
    start_s: float = -math.inf
    end_s: float = math.inf
    area: tuple[float, float, float] | None = None

    def holds(self, value: float) -> bool:
        """Tell whether one value is in the range."""
        return self.low <= value <= self.high

    def counts(self, t_s: float, x_m: float, y_m: float) -> bool:
        """Tell whether a plan at that time and place is judged."""
        if not self.start_s <= t_s <= self.end_s:
            return False
        if self.area is None:
            return True
        return math.hypot(x_m - self.area[0], y_m - self.area[1]) <= self.area[2]

    @property
    def words(self) -> str:
        """The condition in words."""
        unit = MEASURES.get(self.name, ('', ''))[0]
        bounds = [f'>= {self.low:g}'] * math.isfinite(self.low)
        bounds += [f'<= {self.high:g}'] * math.isfinite(self.high)
        return f'{self.kind} {self.name} {" and ".join(bounds)} {unit}'.strip()


@dataclass(frozen=True, kw_only=True)
class Scenario:
    """What is demanded of a run.

    Attributes:
        name: of the scenario.
        criteria: to be met.
        windows: start and duration by dataset; a bag of that name is played so.
        ignored: conditions of theirs that cannot be judged, with the reason.
        condition: the conditions as in the file, for the result file.
    """

    name: str
    criteria: tuple[Criterion, ...]
    windows: Mapping[str, tuple[float, float | None]]
    ignored: tuple[str, ...] = ()
    condition: Mapping[str, Any] | None = None

    def window(self, dataset: str) -> tuple[float, float | None]:
        """Return start and duration for a bag; the only dataset stands for any bag."""
        if len(self.windows) == 1 and dataset not in self.windows:
            return next(iter(self.windows.values()))
        return self.windows.get(dataset, (0.0, None))


# Without a scenario nothing is demanded but plans.
NO_SCENARIO = Scenario(
    name='default',
    criteria=(Criterion(name=PLAN_MADE, kind='mean', low=1.0, high=math.inf),),
    windows={},
)


def read_scenario(path: Path) -> Scenario:
    """Read a scenario file.

    Raises:
        ConfigError: it is no such file, or a condition of ours is wrong; it names what.
    """
    try:
        data = yaml.safe_load(path.read_text(encoding='utf-8'))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise ConfigError(f'scenario {path} cannot be read: {error}') from error
    where = f'scenario {path}'
    version = str(_get(data, 'ScenarioFormatVersion', where))
    if version.split('.')[0] != SUPPORTED_MAJOR:
        raise ConfigError(f'{where}: ScenarioFormatVersion is {version}; expected 3.x')
    evaluation = _get(data, 'Evaluation', where)
    conditions = _get(evaluation, 'Conditions', where) or {}
    included = (data.get('include_use_case') or {}).get('Conditions') or {}
    ignored = []
    for name in (*conditions, *included):
        if name in THEIRS:
            ignored.append(f'{name}: {THEIRS[name]}')
        elif name != OURS:
            raise ConfigError(
                f'{where}: there are no conditions {name!r}; expected {OURS} or, of '
                f'driving_log_replayer_v2, {", ".join(THEIRS)}'
            )
    criteria = tuple(
        _read_criterion(entry, f'{where}, {OURS}[{index}]')
        for index, entry in enumerate(conditions.get(OURS) or [])
    )
    if not criteria:
        raise ConfigError(
            f'{where} holds no {OURS}, so that nothing can be judged; '
            + ('; '.join(ignored) or 'add one such as {name: ade_2s, value_range: {max: 1.0}}')
        )
    return Scenario(
        name=str(data.get('ScenarioName') or path.stem),
        criteria=criteria,
        windows=_read_windows(evaluation.get('Datasets') or [], where),
        ignored=tuple(ignored),
        condition=conditions,
    )


def _read_criterion(entry: Any, where: str) -> Criterion:
    known = {'name', 'condition_type', 'value_range', 'time', 'area'}
    if not isinstance(entry, Mapping) or not known.issuperset(entry):
        raise ConfigError(f'{where} is {entry!r}; expected a mapping with some of {sorted(known)}')
    name = str(_get(entry, 'name', where))
    if name not in (*MEASURES, *SHARES):
        raise ConfigError(
            f'{where}: there is no measure {name!r}; expected one of '
            f'{", ".join((*MEASURES, *SHARES))}'
        )
    kind = str(entry.get('condition_type', 'mean'))
    if kind not in KINDS:
        raise ConfigError(f'{where}: condition_type is {kind!r}; expected one of {KINDS}')
    bounds = _numbers(_get(entry, 'value_range', where), ('min', 'max'), f'{where}.value_range')
    times = _numbers(entry.get('time') or {}, ('start', 'end'), f'{where}.time')
    area = None
    if entry.get('area'):
        place = _numbers(entry['area'], ('x', 'y', 'range'), f'{where}.area')
        if len(place) < 3:
            raise ConfigError(f'{where}.area is {entry["area"]}; expected x, y and range')
        area = (place['x'], place['y'], place['range'])
    if not bounds:
        raise ConfigError(f'{where}: value_range is empty; expected min, max or both')
    return Criterion(
        name=name,
        kind=kind,
        low=bounds.get('min', -math.inf),
        high=bounds.get('max', math.inf),
        start_s=times.get('start', -math.inf),
        end_s=times.get('end', math.inf),
        area=area,
    )


def _read_windows(
    datasets: Sequence[Mapping[str, Any]], where: str
) -> dict[str, tuple[float, float | None]]:
    windows = {}
    for entry in datasets:
        if not isinstance(entry, Mapping):
            raise ConfigError(f'{where}: a dataset is {entry!r}; expected NAME: {{...}}')
        for name, options in entry.items():
            offset = _numbers(
                (options or {}).get('time_offset') or {}, ('start', 'duration'), f'{where}, {name}'
            )
            windows[str(name)] = (offset.get('start', 0.0), offset.get('duration'))
    return windows


def _numbers(data: Any, names: Sequence[str], where: str) -> dict[str, float]:
    if not isinstance(data, Mapping) or not set(names).issuperset(data):
        raise ConfigError(f'{where} is {data!r}; expected some of {", ".join(names)}')
    try:
        return {str(name): float(value) for name, value in data.items()}
    except (TypeError, ValueError):
        raise ConfigError(f'{where} is {data!r}; expected numbers') from None


def _get(data: Any, name: str, where: str) -> Any:
    if not isinstance(data, Mapping) or name not in data:
        raise ConfigError(f'{where} lacks {name}')
    return data[name]
