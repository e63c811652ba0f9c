# SPDX-License-Identifier: Apache-2.0
"""Published protocols, by name: how infractions become a score.

Sources: CARLA leaderboard 2.0 and 2.1, Bench2Drive 0.0.4, and the evaluator as changed by
upstream SimLingo (reference facts: carla_ros_interface §6.3 and §6.4, agent_spec §11).
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
    """Rules of a score.

    Attributes:
        name: name, as given to ``--protocol``.
        weights: factor of each infraction, or its coefficient where ``is_sum``.
        is_sum: whether the penalty is 1 / (1 + sum of coefficients) instead of the product.
        min_speed_weight: largest share of the score that is lost by driving slowly; 0: none.
        min_speed_checkpoints: number of parts of the route over which the speed is compared.
        records_every_min_speed: whether parts that were fast enough are listed, too.
        completion_share: route completion from which the route counts as completed near the goal.
        completion_distance_m: distance to the goal that counts as near.
        blocked_s: time of standing that ends the episode.
        tick_limit: number of ticks that ends the episode; None: no limit.
        drops_crashed: whether episodes of crashed agents are left out of the means.
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
    """Return a protocol by its name.

    Raises:
        ConfigError: there is no protocol of this name.
    """
    if name in PROTOCOLS:
        return PROTOCOLS[name]
    near = difflib.get_close_matches(name, PROTOCOLS, n=1)
    hint = f'did you mean {near[0]}?' if near else f'expected one of {", ".join(PROTOCOLS)}'
    raise ConfigError(f'score protocol is {name!r}; {hint}')
