# SPDX-License-Identifier: Apache-2.0
"""Who can be evaluated, by name."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType

from simlingo_core.errors import ConfigError
from simlingo_core.schedule import Schedule
from simlingo_evaluation.pilots import DriverPilot, Pilot, PolicyPilot
from simlingo_sim.expert import Expert
from simlingo_sim.route_follower import RouteFollower
from simlingo_sim.world import SimWorld

PilotFactory = Callable[[SimWorld, Schedule], Pilot]


def _expert(world: SimWorld, schedule: Schedule) -> Pilot:
    return DriverPilot(Expert(world))


def _expert_policy(world: SimWorld, schedule: Schedule) -> Pilot:
    return PolicyPilot(Expert(world), schedule, name='expert_policy', uses_images=False)


def _route_follower(world: SimWorld, schedule: Schedule) -> Pilot:
    return DriverPilot(RouteFollower(world))


BUILT_IN: Mapping[str, PilotFactory] = MappingProxyType(
    {
        'expert': _expert,
        'expert_policy': _expert_policy,
        'route_follower': _route_follower,
    }
)


def make_pilot(name: str, world: SimWorld, schedule: Schedule) -> Pilot:
    """Make the pilot of that name, or one that drives by a model.

    Args:
        name: ``expert`` (20 Hz), ``expert_policy`` (the expert's plans through the stack's own
            control), ``route_follower``, or the path of a model folder.
        world: that it will drive in.
        schedule: of policies.

    Raises:
        ConfigError: nobody has this name and no such folder exists.
        CheckpointError: the model cannot be read.
    """
    if name in BUILT_IN:
        return BUILT_IN[name](world, schedule)
    folder = Path(name)
    if folder.exists():
        # Torch takes seconds to import; only models need it.
        from simlingo_model.policy import SimLingoPolicy

        return PolicyPilot(SimLingoPolicy.load(folder), schedule, name=folder.name)
    near = difflib.get_close_matches(name, BUILT_IN, n=1)
    hint = f'did you mean {near[0]}?' if near else f'expected {", ".join(BUILT_IN)} or a folder'
    raise ConfigError(f'there is no policy {name!r}; {hint}')


def check_policy(name: str) -> None:
    """Make sure that a name means somebody, without loading anything.

    Raises:
        ConfigError: it does not.
    """
    if name not in BUILT_IN and not Path(name).exists():
        near = difflib.get_close_matches(name, BUILT_IN, n=1)
        hint = f'did you mean {near[0]}?' if near else f'expected {", ".join(BUILT_IN)}'
        raise ConfigError(f'there is no policy {name!r}; {hint} or the path of a model folder')
