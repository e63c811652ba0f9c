# SPDX-License-Identifier: Apache-2.0
"""Fakes for tests: routes, policies and a small world.

They keep their contracts (plans are valid, the world moves by the vehicle model) and are small in
everything else.  Strategies for Hypothesis are in ``simlingo_core.testing.strategies``, because
nothing else here needs Hypothesis.
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
