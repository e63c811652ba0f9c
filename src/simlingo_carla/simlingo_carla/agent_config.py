# SPDX-License-Identifier: Apache-2.0
"""Settings of the leaderboard's agent, and what its ``--agent-config`` string says."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

import yaml

from simlingo_core.config import parameter, validate
from simlingo_core.errors import ConfigError

UPSTREAM = 'upstream'
YAML_SUFFIXES = ('.yaml', '.yml')


@dataclass(frozen=True, kw_only=True)
class AgentConfig:
    """What drives on the leaderboard, and how.

    Raises:
        ConfigError: a value is out of range.
    """

    policy: str = parameter('mini', description='mini, route, straight or a model folder.')
    profile: str = parameter(
        'default',
        choices=('default', UPSTREAM),
        description="upstream: SimLingo's agent to the tick, plans with every image.",
    )
    order: str = parameter(
        'action_only',
        choices=('exact', 'parallel', 'action_only'),
        description='exact: text before every action, as upstream; much slower.',
    )
    uses_command: bool = parameter(False, description='Navigate by command, not target points.')
    plan_period_ticks: int = parameter(
        1, low=1, high=10, description='Ticks from plan to plan; upstream: 1.'
    )
    device: str = parameter('auto', description='auto, cpu or cuda.')
    engine: str = parameter('auto', description='auto, torch, onnxruntime or openvino.')
    instruction: str = parameter('', description='Given at the start; empty: none.')
    target_reached_m: float = parameter(
        7.5, unit='m', low=0.5, high=50.0, description='A target point nearer than this is passed.'
    )
    target_search_m: float = parameter(
        50.0, unit='m', low=1.0, high=500.0, description='How far ahead passed points are sought.'
    )

    def __post_init__(self) -> None:
        validate(self)
        if self.is_upstream and self.plan_period_ticks != 1:
            raise ConfigError(
                f"profile is 'upstream' and plan_period_ticks {self.plan_period_ticks}; expected 1"
            )

    @property
    def is_upstream(self) -> bool:
        """Whether the drive is SimLingo's own."""
        return self.profile == UPSTREAM


@dataclass(frozen=True, kw_only=True)
class AgentArguments:
    """What the ``--agent-config`` string says.

    Attributes:
        config: settings.
        save_name: name of this route's files; empty: the evaluator gave none.
    """

    config: AgentConfig
    save_name: str


def read_agent_arguments(text: str, environment: Mapping[str, str]) -> AgentArguments:
    """Read ``<config>[+<checkpoint>][+<save name>]...``.

    Bench2Drive appends ``+<save name>`` for every route of one process, so that the names pile up:
    the last one counts.  The second part is a checkpoint if it is a path, or if there is no other
    name.

    Args:
        text: the string; its first part is a YAML file of settings, or the policy itself.
        environment: ``SIMLINGO_PROFILE`` replaces the profile.

    Raises:
        ConfigError: the file cannot be read, or holds an unknown setting or a bad value.
    """
    first, *rest = text.split('+')
    config = _read_settings(Path(first)) if first.endswith(YAML_SUFFIXES) else None
    if config is None:
        config = AgentConfig(policy=first or 'mini')
    elif rest and Path(rest[0]).exists():
        config = replace(config, policy=rest[0])
        rest = rest[1:]
    profile = environment.get('SIMLINGO_PROFILE')
    if profile:
        config = replace(config, profile=profile)
    return AgentArguments(config=config, save_name=rest[-1] if rest else '')


def _read_settings(path: Path) -> AgentConfig:
    try:
        data: Any = yaml.safe_load(path.read_text(encoding='utf-8')) or {}
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise ConfigError(f'{path} cannot be read as settings of the agent: {error}') from error
    known = {field.name: field for field in fields(AgentConfig)}
    if not isinstance(data, dict) or not data.keys() <= known.keys():
        unknown = sorted(map(str, set(data) - set(known))) if isinstance(data, dict) else data
        raise ConfigError(f'{path} holds {unknown}; expected some of {", ".join(known)}')
    for name, value in data.items():
        default = known[name].default
        wanted = (int, float) if isinstance(default, float) else type(default)
        if not isinstance(value, wanted) or (isinstance(value, float) and math.isnan(value)):
            raise ConfigError(f'{path}: {name} is {value!r}; expected {type(default).__name__}')
    return AgentConfig(**data)
