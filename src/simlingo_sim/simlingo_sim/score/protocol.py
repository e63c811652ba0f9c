# SPDX-License-Identifier: Apache-2.0
"""The published ways to turn infractions into a score, by name.

Figures: CARLA leaderboard 2.0 and 2.1, Bench2Drive 0.0.4, and the evaluator that upstream SimLingo
changed (reference facts: carla_ros_interface §6.3 and §6.4, agent_spec §11).
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from simlingo_core.errors import ConfigError
from simlingo_sim.score.infractions import InfractionKind as Kind

PRODUCT_FACTORS = MappingProxyType(
    {
        Kind.COLLISION_PEDESTRIAN: 0.5,
        Kind.COLLISION_VEHICLE: 0.6,
        Kind.COLLISION_STATIC: 0.65,
        Kind.RED_LIGHT: 0.7,
        Kind.STOP_SIGN: 0.8,
        Kind.SCENARIO_TIMEOUT: 0.7,
        Kind.YIELD_EMERGENCY: 0.7,
    }
)
SUM_COEFFICIENTS = MappingProxyType(
    {
        Kind.COLLISION_PEDESTRIAN: 1.0,
        Kind.COLLISION_VEHICLE: 0.7,
        Kind.COLLISION_STATIC: 0.6,
        Kind.RED_LIGHT: 0.4,
        Kind.STOP_SIGN: 0.25,
        Kind.SCENARIO_TIMEOUT: 0.4,
        Kind.YIELD_EMERGENCY: 0.4,
    }
)


@dataclass(frozen=True, kw_only=True)
class ScoreProtocol:
    """One set of rules.

    Attributes:
        name: as given to ``--protocol``.
        weights: of each infraction: a factor, or a coefficient where ``is_sum``.
        is_sum: penalty 1 / (1 + sum of coefficients) instead of the product of factors.
        min_speed_weight: share of the penalty that driving too slowly can cost; 0: not scored.
        min_speed_checkpoints: stretches of the route over which the speed is compared.
        records_every_min_speed: also list stretches that were fast enough.
        completion_share: share of the route from which on, near the goal, it counts as done.
        completion_distance_m: how near the goal.
        blocked_s: standing this long ends the drive.
        tick_limit: ends the drive; None: no limit.
        drops_crashed: crashed agents do not count in the means, which are divided by what is left.
    """

    name: str
    weights: Mapping[Kind, float]
    is_sum: bool = False
    min_speed_weight: float = 0.0
    min_speed_checkpoints: int = 4
    records_every_min_speed: bool = False
    completion_share: float = 0.99
    completion_distance_m: float = 10.0
    blocked_s: float = 180.0
    tick_limit: int | None = None
    drops_crashed: bool = False


LEADERBOARD_2_0 = ScoreProtocol(
    name='leaderboard_2_0', weights=PRODUCT_FACTORS, min_speed_weight=0.3
)
LEADERBOARD_2_1 = ScoreProtocol(
    name='leaderboard_2_1', weights=SUM_COEFFICIENTS, is_sum=True, min_speed_weight=0.4
)
BENCH2DRIVE = ScoreProtocol(
    name='bench2drive',
    weights=PRODUCT_FACTORS,
    min_speed_checkpoints=20,
    records_every_min_speed=True,
    blocked_s=60.0,
    tick_limit=4000,
)
SIMLINGO_UPSTREAM = ScoreProtocol(
    name='simlingo_upstream',
    weights=PRODUCT_FACTORS,
    min_speed_checkpoints=20,
    records_every_min_speed=True,
    completion_share=0.90,
    blocked_s=60.0,
    drops_crashed=True,
)
PROTOCOLS: Mapping[str, ScoreProtocol] = MappingProxyType(
    {p.name: p for p in (LEADERBOARD_2_0, LEADERBOARD_2_1, BENCH2DRIVE, SIMLINGO_UPSTREAM)}
)


def find_protocol(name: str) -> ScoreProtocol:
    """Return the protocol of that name.

    Raises:
        ConfigError: there is none.
    """
    if name in PROTOCOLS:
        return PROTOCOLS[name]
    near = difflib.get_close_matches(name, PROTOCOLS, n=1)
    hint = f'did you mean {near[0]}?' if near else f'expected one of {", ".join(PROTOCOLS)}'
    raise ConfigError(f'score protocol is {name!r}; {hint}')
