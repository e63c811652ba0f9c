# SPDX-License-Identifier: Apache-2.0
"""One screen about a running stack: what runs, what is missing, how old the data are."""

from __future__ import annotations

import math
import os
from dataclasses import dataclass, field

from simlingo_core.status import SafetyState
from simlingo_core.types import DrivingPlan, Observation
from simlingo_ros.monitors import Level

EXPECTED_NODES = ('perception', 'planner', 'control')
ACTIVE_LINE = '/planner: instruction'
_MPS_TO_KMH = 3.6


@dataclass
class StackView:
    """What was seen of a stack while the command listened.

    Attributes:
        nodes: names of the nodes in the stack's namespace.
        state: newest safety state; None: none came.
        observation: newest; None: none came.
        plan: newest; None: none came.
        ages_s: time since the newest message of each of these came, by name; wall time.
        commentary: newest complete text.
        lines: status lines of diagnostics (level, text), by their names.
    """

    nodes: tuple[str, ...] = ()
    state: SafetyState | None = None
    observation: Observation | None = None
    plan: DrivingPlan | None = None
    ages_s: dict[str, float] = field(default_factory=dict)
    commentary: str = ''
    lines: dict[str, tuple[int, str]] = field(default_factory=dict)

    @property
    def is_empty(self) -> bool:
        """Whether nothing at all was seen."""
        return not (self.nodes or self.lines or self.state)


def render_status(view: StackView, namespace: str) -> str:
    """Return the screen: facts first, then every line of diagnostics, the worst first."""
    if view.is_empty:
        domain = os.environ.get('ROS_DOMAIN_ID', '0')
        return f"nothing runs in /{namespace} on ROS domain {domain}; start it: 'simlingo up'"
    rows = [f'{name:<13} {text}' for name, text in _facts(view, namespace)]
    lines = {name.removeprefix(f'{namespace}/'): line for name, line in view.lines.items()}
    width = max((len(name) for name in lines), default=0)
    for name, (level, text) in sorted(lines.items(), key=lambda row: (-row[1][0], row[0])):
        rows.append(f'{Level(level).name:<6} {name:<{width}}  {text}')
    return '\n'.join(rows)


def _facts(view: StackView, namespace: str) -> list[tuple[str, str]]:
    missing = [name for name in EXPECTED_NODES if name not in view.nodes]
    facts = [('runs', ', '.join(view.nodes) or 'nothing')]
    if missing:
        facts.append(('missing', ', '.join(missing)))
    return [
        *facts,
        ('safety', _safety(view.state)),
        ('image', _age(view, 'observation', 'perception sends none')),
        ('plan', _plan(view)),
        ('speed', _speed(view.observation)),
        ('instruction', _instruction(view, namespace)),
        ('commentary', f'"{view.commentary}"' if view.commentary else 'none came'),
    ]


def _safety(state: SafetyState | None) -> str:
    if state is None:
        return 'unknown: control sends no safety state'
    return state.level.words + (f': {", ".join(state.reasons)}' if state.reasons else '')


def _age(view: StackView, name: str, otherwise: str) -> str:
    return f'came {view.ages_s[name]:.1f} s ago' if name in view.ages_s else otherwise


def _plan(view: StackView) -> str:
    came = _age(view, 'plan', 'the planner sends none')
    if view.plan is None:
        return came
    asks_to_stop = f', asks to stop: {view.plan.stop_reason}' if view.plan.stop_reason else ''
    in_use = ''
    if view.state is not None and not math.isnan(view.state.plan_age_s):
        in_use = f', {view.state.plan_age_s:.2f} s old at the newest command'
    return f'{came}, by {view.plan.policy}{in_use}{asks_to_stop}'


def _speed(observation: Observation | None) -> str:
    if observation is None:
        return 'unknown'
    speed_mps = observation.speed_mps
    progress = f'{100.0 * observation.route_progress:.0f} % of the route driven'
    off_route = ', off the route' if observation.is_off_route else ''
    return f'{speed_mps:.1f} m/s ({_MPS_TO_KMH * speed_mps:.0f} km/h), {progress}{off_route}'


def _instruction(view: StackView, namespace: str) -> str:
    if view.plan is None or not view.plan.instruction_id:
        return 'none is active'
    _, text = view.lines.get(namespace + ACTIVE_LINE, (0, ''))
    words = text if text.startswith(view.plan.instruction_id) else view.plan.instruction_id
    cap_mps = view.plan.max_speed_mps
    return words + (f'; speed capped at {cap_mps:.1f} m/s' if math.isfinite(cap_mps) else '')
