# SPDX-License-Identifier: Apache-2.0
"""Where each plan spent its time, from exposure to command, as a trace that Perfetto opens.

Every message of the stack carries the stamp of the image that it came from; the moments at which a
listener receives them tell the stages apart:

    exposure   the camera's info comes with its image
    perception until the observation of that stamp comes
    waiting    until the policy begins: the arrival of the plan less its inference time
    inference  until the plan comes
    control    until the first judgement of control whose plan has that stamp
    commentary until its text is complete (beside the others)

The transport between processes is in the stage before it.  The listener's own clock is monotonic.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

PERCEPTION, WAITING, INFERENCE, CONTROL = 'perception', 'waiting', 'inference', 'control'
COMMENTARY = 'commentary'
STAGES = (PERCEPTION, WAITING, INFERENCE, CONTROL)
# Rows of the trace; the planner's two stages share one.
ROWS: Mapping[str, int] = {PERCEPTION: 1, WAITING: 2, INFERENCE: 2, CONTROL: 3, COMMENTARY: 4}
ROW_NAMES: Mapping[int, str] = {1: 'perception', 2: 'planner', 3: 'control', 4: 'language'}
SUMMARY_ROW = 0
# A stamp is exact to the nanosecond in messages, and to some microseconds as an age.
KEY_S = 0.001
KEPT_STAMPS = 10_000
# Lockstep repeats frames; stamps that go back farther are of another episode.
NEW_EPISODE_S = 1.0


@dataclass
class PlanTrace:
    """The moments of one plan, in seconds of the listener's clock; None: not seen."""

    stamp_s: float
    exposure_s: float | None = None
    observation_s: float | None = None
    plan_s: float | None = None
    inference_s: float = 0.0
    command_s: float | None = None
    commentary_s: float | None = None
    policy: str = ''

    @property
    def is_complete(self) -> bool:
        """Whether the plan was seen from the exposure to the command."""
        return None not in (self.exposure_s, self.observation_s, self.plan_s, self.command_s)

    @property
    def total_s(self) -> float:
        """From exposure to command; NaN: it is not complete."""
        if self.exposure_s is None or self.command_s is None:
            return math.nan
        return self.command_s - self.exposure_s

    @property
    def plan_latency_s(self) -> float:
        """From exposure to plan; NaN: one of them was not seen.

        Without the last stage, which ends at the next tick of the world and so counts in steps of
        50 ms.
        """
        if self.exposure_s is None or self.plan_s is None:
            return math.nan
        return self.plan_s - self.exposure_s

    def spans(self) -> dict[str, tuple[float, float]]:
        """Return begin and end of each stage that was seen."""
        found: dict[str, tuple[float, float]] = {}
        if self.exposure_s is not None and self.observation_s is not None:
            found[PERCEPTION] = (self.exposure_s, max(self.exposure_s, self.observation_s))
        if self.observation_s is not None and self.plan_s is not None:
            begin_s = max(self.observation_s, self.plan_s - self.inference_s)
            found[WAITING] = (self.observation_s, begin_s)
            found[INFERENCE] = (begin_s, max(begin_s, self.plan_s))
        if self.plan_s is not None and self.command_s is not None:
            found[CONTROL] = (self.plan_s, max(self.plan_s, self.command_s))
        if self.plan_s is not None and self.commentary_s is not None:
            found[COMMENTARY] = (self.plan_s, max(self.plan_s, self.commentary_s))
        return found

    def lengths_ms(self) -> dict[str, float]:
        """Return how long each stage took."""
        return {name: 1000.0 * (end - begin) for name, (begin, end) in self.spans().items()}


@dataclass
class TraceRecorder:
    """Collects the moments of all plans.  Call its methods as messages arrive.

    Attributes:
        plans: by stamp.
        judgements: of control, one with each command: when it came, and the age of its plan.
    """

    plans: dict[int, PlanTrace] = field(default_factory=dict)
    judgements: list[tuple[float, float]] = field(default_factory=list)
    _earlier: list[PlanTrace] = field(default_factory=list)
    _newest_s: float = -math.inf

    def note_exposure(self, stamp_s: float, now_s: float) -> None:
        """Take the arrival of a camera info; stamps that go back begin a new episode."""
        if stamp_s < self._newest_s - NEW_EPISODE_S:
            self._earlier, self.plans = self.complete(), {}
        self._newest_s = stamp_s
        trace = self._of(stamp_s)
        trace.exposure_s = now_s if trace.exposure_s is None else trace.exposure_s

    def note_observation(self, stamp_s: float, now_s: float) -> None:
        """Take the arrival of an observation; one that is sent again does not count."""
        trace = self._of(stamp_s)
        trace.observation_s = now_s if trace.observation_s is None else trace.observation_s

    def note_plan(self, stamp_s: float, now_s: float, inference_s: float, policy: str) -> None:
        """Take the arrival of a plan."""
        trace = self._of(stamp_s)
        if trace.plan_s is None:
            trace.plan_s, trace.inference_s, trace.policy = now_s, inference_s, policy

    def note_control(self, judged_s: float, plan_age_s: float, now_s: float) -> None:
        """Take a judgement of control, published with its command; the age names the plan."""
        self.judgements.append((now_s, plan_age_s))
        if not math.isfinite(plan_age_s):
            return
        trace = self._near(judged_s - plan_age_s)
        if trace is not None and trace.command_s is None and trace.plan_s is not None:
            trace.command_s = now_s

    def note_commentary(self, stamp_s: float, now_s: float, *, is_growing: bool) -> None:
        """Take the arrival of a commentary; it ends with the complete one."""
        if not is_growing:
            self._of(stamp_s).commentary_s = now_s

    def complete(self) -> list[PlanTrace]:
        """Return the plans that were seen from exposure to command, in their order."""
        found = [trace for trace in self.plans.values() if trace.is_complete]
        return [*self._earlier, *sorted(found, key=lambda trace: trace.stamp_s)]

    def _of(self, stamp_s: float) -> PlanTrace:
        known = self._near(stamp_s)
        if known is None:
            known = self.plans[round(stamp_s / KEY_S)] = PlanTrace(stamp_s)
            if len(self.plans) > KEPT_STAMPS:
                del self.plans[next(iter(self.plans))]
        return known

    def _near(self, stamp_s: float) -> PlanTrace | None:
        key = round(stamp_s / KEY_S)
        return next((self.plans[k] for k in (key, key - 1, key + 1) if k in self.plans), None)


def to_chrome(traces: Sequence[PlanTrace]) -> dict[str, Any]:
    """Return the trace in Chrome's format (Trace Event Format, complete events).

    Times are in microseconds since the first exposure.
    """
    events: list[dict[str, Any]] = [
        _name('process_name', {'name': 'SimLingo: exposure to command'}, SUMMARY_ROW),
        _name('thread_name', {'name': 'plans'}, SUMMARY_ROW),
        *(_name('thread_name', {'name': name}, row) for row, name in ROW_NAMES.items()),
    ]
    begins = [trace.exposure_s for trace in traces if trace.exposure_s is not None]
    first_s = min(begins, default=0.0)
    for trace in traces:
        facts = {'stamp_s': round(trace.stamp_s, 6), 'policy': trace.policy}
        lengths = {f'{name}_ms': round(ms, 3) for name, ms in trace.lengths_ms().items()}
        if trace.exposure_s is not None and trace.command_s is not None:
            whole = (trace.exposure_s, trace.command_s)
            name = f'plan of {trace.stamp_s:.2f} s'
            events.append(_event(name, whole, first_s, SUMMARY_ROW, {**facts, **lengths}))
        events += [
            _event(name, span, first_s, ROWS[name], facts) for name, span in trace.spans().items()
        ]
    return {'traceEvents': events, 'displayTimeUnit': 'ms'}


def write_chrome(traces: Sequence[PlanTrace]) -> str:
    """Return the JSON text of ``to_chrome``."""
    return json.dumps(to_chrome(traces), indent=1)


def explain(traces: Sequence[PlanTrace], slowest: int = 3) -> str:
    """Return a table of the stages, and where the slowest plans spent their time."""
    if not traces:
        return 'not one plan was seen from its exposure to its command'
    columns = {name: _column(traces, name) for name in STAGES}
    columns['exposure to command'] = [1000.0 * trace.total_s for trace in traces]
    rows = [f'{len(traces)} plans [ms]        median     99 %    worst']
    for name, values in columns.items():
        numbers = (np.median(values), np.quantile(values, 0.99), max(values))
        rows.append(f'{name:<20}' + ''.join(f'{number:9.1f}' for number in numbers))
    for trace in sorted(traces, key=lambda trace: -trace.total_s)[:slowest]:
        lengths = trace.lengths_ms()
        longest = max(STAGES, key=lambda name: lengths.get(name, 0.0))
        parts = ', '.join(f'{name} {lengths[name]:.1f}' for name in STAGES if name in lengths)
        rows.append(
            f'plan of {trace.stamp_s:.2f} s: {1000.0 * trace.total_s:.1f} ms, most in {longest} '
            f'({parts})'
        )
    return '\n'.join(rows)


def _column(traces: Iterable[PlanTrace], name: str) -> list[float]:
    return [trace.lengths_ms().get(name, 0.0) for trace in traces]


def _name(kind: str, arguments: Mapping[str, Any], row: int) -> dict[str, Any]:
    return {'name': kind, 'ph': 'M', 'pid': 1, 'tid': row, 'args': dict(arguments)}


def _event(
    name: str, span: tuple[float, float], first_s: float, row: int, facts: Mapping[str, Any]
) -> dict[str, Any]:
    begin_s, end_s = span
    return {
        'name': name,
        'cat': 'plan',
        'ph': 'X',
        'ts': round(1e6 * (begin_s - first_s), 1),
        'dur': round(1e6 * (end_s - begin_s), 1),
        'pid': 1,
        'tid': row,
        'args': dict(facts),
    }
