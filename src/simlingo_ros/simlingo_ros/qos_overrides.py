# SPDX-License-Identifier: Apache-2.0
"""Parameters that change the quality of service of one topic of one node, without ROS.

They have the names that ROS 2 defines, such as
``qos_overrides./carla/ego_vehicle/odometry.subscription.reliability``, and checked before any
endpoint is made.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from typing import Any

from simlingo_core.errors import ConfigError

PREFIX = 'qos_overrides.'
ENTITIES = ('publisher', 'subscription')
POLICIES: dict[str, tuple[str, ...]] = {
    'reliability': ('reliable', 'best_effort'),
    'durability': ('volatile', 'transient_local'),
    'depth': (),
}


def override_name(topic: str, entity: str, policy: str) -> str:
    """Return the name of the parameter that changes a policy of a topic."""
    return f'{PREFIX}{topic}.{entity}.{policy}'


def check_overrides(overrides: Mapping[str, Any]) -> None:
    """Check the values of all overrides among the parameters of a node.

    Raises:
        ConfigError: a name or a value cannot be honoured.
    """
    for name, value in overrides.items():
        if name.startswith(PREFIX):
            _check_one(name, value)


def refuse_unused(overrides: Iterable[str], used: Iterable[str]) -> None:
    """Refuse an override of a topic that the node does not have.

    Args:
        overrides: names of the parameters that were set for the node.
        used: names of overrides that its endpoints have read.

    Raises:
        ConfigError: an override would have no effect; the nearest names are given.
    """
    known = sorted(name for name in used if name.startswith(PREFIX))
    for name in overrides:
        if name.startswith(PREFIX) and name not in known:
            near = difflib.get_close_matches(name, known, n=3, cutoff=0.0)
            raise ConfigError(
                f'parameter {name!r} has no effect: the node has no such topic; '
                f'did you mean one of {", ".join(near)}?'
            )


def _check_one(name: str, value: Any) -> None:
    topic, entity, policy = _split(name)
    allowed = POLICIES.get(policy)
    if not topic.startswith('/') or entity not in ENTITIES or allowed is None:
        raise ConfigError(
            f'parameter {name!r} is no override of a quality of service; expected '
            f'{PREFIX}/topic.({"|".join(ENTITIES)}).({"|".join(POLICIES)})'
        )
    if policy == 'depth':
        if isinstance(value, bool) or not isinstance(value, int) or value < 1:
            raise ConfigError(f'parameter {name!r} is {value!r}; expected 1 or more messages')
    elif value not in allowed:
        raise ConfigError(f'parameter {name!r} is {value!r}; expected one of {", ".join(allowed)}')


def _split(name: str) -> tuple[str, str, str]:
    """Return topic, kind of endpoint and policy; empty where the name has fewer parts."""
    topic, _, policy = name.removeprefix(PREFIX).rpartition('.')
    topic, _, entity = topic.rpartition('.')
    return topic, entity, policy
