# SPDX-License-Identifier: Apache-2.0
"""Policies and drivers that can be evaluated, by name."""

from __future__ import annotations

import difflib
import hashlib
import re
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType

from simlingo_core.errors import ConfigError
from simlingo_core.protocols import Policy
from simlingo_core.schedule import Schedule
from simlingo_evaluation.agents import Agent, DriverAgent, PolicyAgent
from simlingo_evaluation.words_truth import absent_claims
from simlingo_model.model_names import COMMITTED, ModelChoice, find_model
from simlingo_planner.policies import BUILT_IN as POLICIES
from simlingo_sim.episode_runner import EpisodeWorld
from simlingo_sim.expert import Expert
from simlingo_sim.expert.route_follower import RouteFollower

AgentFactory = Callable[[EpisodeWorld, Schedule], Agent]


def _expert(world: EpisodeWorld, schedule: Schedule) -> Agent:
    return DriverAgent(Expert(world))


def _expert_policy(world: EpisodeWorld, schedule: Schedule) -> Agent:
    return PolicyAgent(Expert(world), schedule, name='expert_policy', uses_images=False)


def _route_follower(world: EpisodeWorld, schedule: Schedule) -> Agent:
    return DriverAgent(RouteFollower(world))


def _policy_factory(make: Callable[[], Policy]) -> AgentFactory:
    return lambda world, schedule: PolicyAgent(make(), schedule)


BUILT_IN: Mapping[str, AgentFactory] = MappingProxyType(
    {
        'expert': _expert,
        'expert_policy': _expert_policy,
        'route_follower': _route_follower,
        **{name: _policy_factory(make) for name, make in POLICIES.items()},
    }
)


def make_agent(
    name: str, world: EpisodeWorld, schedule: Schedule, *, comments: bool = False
) -> Agent:
    """Make the agent of that name, or one that drives by a model.

    Args:
        name: ``expert`` (20 Hz), ``expert_policy`` (the expert's plans through the stack's own
            control), ``route_follower``, a policy of ``simlingo_planner.policies``, or a model:
            see ``simlingo_model.model_names``.
        world: that it will drive in.
        schedule: of policies.
        comments: have a model comment on every plan, and compare the two.

    Raises:
        ConfigError: no policy has this name and no such folder exists.
        CheckpointError: the model is not there or cannot be read.
    """
    if name in BUILT_IN:
        return BUILT_IN[name](world, schedule)
    return _model_agent(name, _find_model(name), schedule, world if comments else None)


def check_policy(name: str) -> None:
    """Make sure that a name is known, without loading anything.

    Raises:
        ConfigError: it is not.
        CheckpointError: it is a model that is not part of this installation.
    """
    if name not in BUILT_IN:
        _find_model(name)


@cache
def policy_label(name: str) -> str:
    """Return a policy's name for files; that of a model changes with its weights."""
    if name in BUILT_IN:
        return name
    mark = f'{name} {_find_model(name).fingerprint()}'
    digest = hashlib.sha256(mark.encode()).hexdigest()[:8]
    kind, _, path = name.rpartition('=')
    words = re.sub(r'[^A-Za-z0-9_.-]+', '-', Path(path).name)
    prefix = re.sub(r'[^a-z0-9]+', '_', f'{kind}_') if kind else ''
    return '__'.join([f'{prefix}{words}', digest])


def _find_model(name: str) -> ModelChoice:
    choice = find_model(name)
    if choice is None:
        names = (*BUILT_IN, *COMMITTED)
        near = difflib.get_close_matches(name, names, n=1)
        hint = f'did you mean {near[0]}?' if near else f'expected {", ".join(names)}'
        raise ConfigError(f'there is no policy {name!r}; {hint} or the path of a model folder')
    return choice


def make_policy(name: str, *, comments: bool = False) -> Policy:
    """Make a policy that plans from observations alone, as in every process of an evaluation.

    Args:
        name: of a policy or a model.
        comments: have a model ready to comment on its plans.

    Raises:
        ConfigError: no policy has this name and no such folder exists.
        CheckpointError: the model is not there or cannot be read.
    """
    return (
        POLICIES[name]() if name in POLICIES else _load_model(_find_model(name), comments=comments)
    )


def _model_agent(
    name: str, choice: ModelChoice, schedule: Schedule, commented: EpisodeWorld | None
) -> Agent:
    policy = _load_model(choice, comments=commented is not None)
    if commented is None:
        return PolicyAgent(policy, schedule, name=name, uses_images=not choice.is_blind)
    world = commented
    return PolicyAgent(
        policy,
        schedule,
        name=name,
        uses_images=not choice.is_blind,
        comments=True,
        claims=lambda stated: absent_claims(stated, world.state, world.town),
    )


def _load_model(choice: ModelChoice, *, comments: bool = False) -> Policy:
    # Torch takes seconds to import; only models need it.
    import torch

    from simlingo_model.policy import SimLingoPolicy
    from simlingo_model.policy_config import Order, PolicyConfig

    # Sums of floats depend on how many threads share them, and episodes on sums; episodes share
    # the processors among themselves.
    torch.set_num_threads(1)
    order = Order.PARALLEL if comments else Order.ACTION_ONLY
    settings = PolicyConfig(order=order, is_blind=choice.is_blind)
    return SimLingoPolicy.load(
        choice.folder, settings, engine=choice.engine, precision=choice.precision
    )
