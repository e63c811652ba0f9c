# SPDX-License-Identifier: Apache-2.0
"""Fakes for tests: routes, policies and a small world.

They are real in what they promise (a plan is a valid plan, the world moves by the vehicle model)
and small in everything else.  Hypothesis strategies are in ``simlingo_core.testing.strategies``,
apart, because they alone need Hypothesis.
"""

from simlingo_core.testing.policies import (
    RoutePolicy,
    ScriptedPolicy,
    SlowPolicy,
    TalkingPolicy,
)
from simlingo_core.testing.routes import (
    curve_route,
    junction_route,
    round_trip_route,
    straight_route,
)
from simlingo_core.testing.world import FakeWorld

__all__ = [
    'FakeWorld',
    'RoutePolicy',
    'ScriptedPolicy',
    'SlowPolicy',
    'TalkingPolicy',
    'curve_route',
    'junction_route',
    'round_trip_route',
    'straight_route',
]
