# SPDX-License-Identifier: Apache-2.0
"""Cuts long routes of the leaderboard into short ones around their scenarios, and balances them.

In the manner of upstream's data collection (upstream_spec §5.4): a short route begins 20 m before
the first trigger (50 m where cars must have come up to speed) and ends a way behind the last one
that depends on the scenario.  Balancing gives every scenario type as many routes: those of rare
types are repeated with other distances and weathers, those of frequent types drawn.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

import numpy as np

from simlingo_core.errors import ConfigError
from simlingo_core.route import Route
from simlingo_core.types import RoadOption
from simlingo_sim.town.route_files import RouteSpec, SituationSpec, WeatherPoint
from simlingo_sim.town.route_planner import PlannedRoute

BEFORE_M, BEFORE_FAST_M = 20.0, 50.0
FAST = frozenset({'HardBreakRoute', 'HighwayExit'})
AFTER_M = 30.0
_AFTER_BY_TYPE = {
    260.0: ('YieldToEmergencyVehicle',),
    250.0: ('MergerIntoSlowTraffic', 'MergerIntoSlowTrafficV2'),
    200.0: ('HighwayCutIn',),
    150.0: ('HazardAtSideLane', 'HazardAtSideLaneTwoWays'),
    130.0: ('ControlLoss',),
    110.0: ('EnterActorFlow', 'EnterActorFlowV2'),
    86.0: ('Accident', 'AccidentTwoWays'),
    85.0: ('ParkingCutIn',),
    80.0: ('StaticCutIn',),
    70.0: (
        'ConstructionObstacle',
        'ConstructionObstacleTwoWays',
        'DynamicObjectCrossing',
        'ParkedObstacle',
        'ParkedObstacleTwoWays',
        'VehicleTurningRoute',
        'VehicleTurningRoutePedestrian',
    ),
    65.0: ('HardBreakRoute',),
    60.0: ('ParkingCrossingPedestrian',),
    50.0: ('InterurbanAdvancedActorFlow', 'InvadingTurn', 'ParkingExit'),
    40.0: ('VehicleOpensDoorTwoWays',),
    25.0: ('CrossingBicycleFlow',),
    20.0: ('BlockedIntersection',),
}
AFTER_BY_TYPE_M: Mapping[str, float] = MappingProxyType(
    {name: after_m for after_m, names in _AFTER_BY_TYPE.items() for name in names}
)
"""Way behind the trigger, by scenario type; all others: ``AFTER_M``."""
EXTRA_ARGUMENT = 'distance'
"""A scenario that begins so far behind its trigger needs the route to be longer by that."""
JITTER = 0.1
FREQUENT = frozenset({'ControlLoss', 'HardBreakRoute'})
"""Types that stand on nearly every long route; upstream keeps 1 % of them."""
SPACING_M = 10.0
WEATHER_VALUES: Mapping[str, tuple[float, ...]] = MappingProxyType(
    {
        'cloudiness': (5.0, 20.0, 60.0, 100.0),
        'precipitation': (0.0, 0.0, 30.0, 60.0, 100.0),
        'precipitation_deposits': (0.0, 0.0, 50.0, 90.0),
        'wetness': (0.0, 0.0, 50.0, 80.0),
        'wind_intensity': (10.0, 30.0, 60.0, 100.0),
        'fog_density': (2.0, 2.0, 10.0, 30.0),
        'sun_azimuth_angle': (-1.0, 45.0, 120.0, 270.0),
        'sun_altitude_angle': (-90.0, -20.0, 5.0, 15.0, 45.0, 75.0),
    }
)
"""Values a weather is drawn from, with CARLA's names and units; frequent ones stand twice."""

Planner = Callable[[RouteSpec], PlannedRoute | None]


@dataclass(frozen=True, kw_only=True)
class SplitSettings:
    """How routes are cut.

    Attributes:
        scenarios: at most so many on a short route.
        samples: short routes of each scenario type; 0: all, each once.
        frequent_kept: share of the scenarios of the types ``FREQUENT`` that are kept.
        keeps_weather: False: draw a new weather for each route.
        seed: of all draws.

    Raises:
        ConfigError: a number is too small.
    """

    scenarios: int = 1
    samples: int = 0
    frequent_kept: float = 1.0
    keeps_weather: bool = False
    seed: int = 0

    def __post_init__(self) -> None:
        if self.scenarios < 1:
            raise ConfigError(f'scenarios is {self.scenarios}; expected 1 or more on a route')
        if self.samples < 0:
            raise ConfigError(f'samples is {self.samples}; expected 0 (all) or more')
        if not 0.0 <= self.frequent_kept <= 1.0:
            raise ConfigError(f'frequent_kept is {self.frequent_kept}; expected 0 to 1')


@dataclass(frozen=True, kw_only=True)
class SplitResult:
    """Short routes, and what could not be cut.

    Attributes:
        routes: with ids of their own, in the order of scenario types.
        counts: short routes by the type of their first scenario.
        left_out: scenarios that are on no short route, by reason.
        warnings: routes of towns whose map is not here, along their waypoints.
    """

    routes: tuple[RouteSpec, ...]
    counts: dict[str, int]
    left_out: dict[str, int]
    warnings: tuple[str, ...]


def split_routes(
    routes: Sequence[RouteSpec], settings: SplitSettings, plan: Planner
) -> SplitResult:
    """Cut routes around their scenarios and balance the types.

    Args:
        routes: to cut.
        settings: how.
        plan: returns a route along the lanes of its town; None: the map of the town is not here.

    Raises:
        ConfigError: no route has a scenario with a trigger.
    """
    left_out: Counter[str] = Counter()
    rng = np.random.default_rng(settings.seed)
    pieces: dict[str, list[RouteSpec]] = defaultdict(list)
    warnings = []
    for route in routes:
        planned = plan(route)
        if planned is None:
            warnings.append(
                f'route {route.id}: the map of {route.town} is not here; it is cut along the '
                'straight lines between its waypoints'
            )
        thinned = _thin(route, settings, rng, left_out)
        for piece in _cut(thinned, planned, settings.scenarios, left_out):
            pieces[piece.situations[0].name].append(piece)
    if not pieces:
        raise ConfigError(
            f'none of {len(routes)} routes has a scenario with a trigger point on it; nothing can '
            'be cut'
        )
    chosen = []
    for name in sorted(pieces):
        kept = pieces[name] if settings.samples == 0 else _balance(pieces[name], settings, rng)
        chosen += kept
    renamed = tuple(replace(route, id=str(number)) for number, route in enumerate(chosen))
    if not settings.keeps_weather:
        renamed = tuple(replace(route, weathers=_draw_weather(rng)) for route in renamed)
    counts = Counter(route.situations[0].name for route in renamed)
    return SplitResult(
        routes=renamed,
        counts=dict(sorted(counts.items())),
        left_out=dict(left_out.most_common()),
        warnings=tuple(warnings),
    )


def _thin(
    route: RouteSpec, settings: SplitSettings, rng: np.random.Generator, left_out: Counter[str]
) -> RouteSpec:
    kept = []
    for situation in route.situations:
        if situation.name in FREQUENT and rng.random() >= settings.frequent_kept:
            left_out[f'{situation.name} is frequent'] += 1
        else:
            kept.append(situation)
    return replace(route, situations=tuple(kept))


def _cut(
    route: RouteSpec, planned: PlannedRoute | None, most: int, left_out: Counter[str]
) -> list[RouteSpec]:
    line = planned.route if planned is not None else _line(route)
    placed = []
    for situation in route.situations:
        if situation.trigger_map is None:
            left_out['the scenario has no trigger point'] += 1
            continue
        arc_m, offset_m = line.project(situation.trigger_map.position_m)
        if abs(offset_m) > BEFORE_M:
            left_out[f'the trigger is more than {BEFORE_M:g} m beside the route'] += 1
            continue
        placed.append((float(arc_m), situation))
    placed.sort(key=lambda item: item[0])
    groups = [placed[start : start + most] for start in range(0, len(placed), most)]
    return [_piece(route, line, planned, group) for group in groups]


def _piece(
    route: RouteSpec,
    line: Route,
    planned: PlannedRoute | None,
    group: Sequence[tuple[float, SituationSpec]],
) -> RouteSpec:
    first, last = group[0], group[-1]
    start_m = max(first[0] - (BEFORE_FAST_M if first[1].name in FAST else BEFORE_M), 0.0)
    if planned is not None:
        start_m = _before_junction(planned, start_m)
    after_m = AFTER_BY_TYPE_M.get(last[1].name, AFTER_M) + _extra_m(last[1])
    end_m = min(last[0] + after_m, line.length_m)
    start_m = min(start_m, max(end_m - SPACING_M, 0.0))
    count = max(2, round((end_m - start_m) / SPACING_M) + 1)
    return replace(
        route,
        waypoints_map_m=line.position_at(np.linspace(start_m, end_m, count)),
        situations=tuple(situation for _, situation in group),
    )


def _before_junction(planned: PlannedRoute, start_m: float) -> float:
    """Return the last place up to ``start_m`` that is not in a junction."""
    index = min(round(start_m), len(planned.is_junction) - 1)
    free = np.flatnonzero(~planned.is_junction[: index + 1])
    return min(start_m, float(free[-1])) if len(free) else start_m


def _extra_m(situation: SituationSpec) -> float:
    try:
        return max(float(situation.arguments.get(EXTRA_ARGUMENT, {}).get('value', 0.0)), 0.0)
    except ValueError:
        return 0.0


def _balance(
    pieces: Sequence[RouteSpec], settings: SplitSettings, rng: np.random.Generator
) -> list[RouteSpec]:
    """Return as many routes as asked for: whole rounds of all, then some of them."""
    order: list[int] = []
    while len(order) < settings.samples:
        order += [int(i) for i in rng.permutation(len(pieces))]
    chosen = order[: settings.samples]
    is_repeated = [number in chosen[:place] for place, number in enumerate(chosen)]
    return [
        _vary(pieces[number], rng) if again else pieces[number]
        for number, again in zip(chosen, is_repeated, strict=True)
    ]


def _vary(route: RouteSpec, rng: np.random.Generator) -> RouteSpec:
    """Return a route whose scenarios begin up to 10 % nearer or farther."""

    def vary(situation: SituationSpec) -> SituationSpec:
        extra_m = _extra_m(situation)
        if not extra_m:
            return situation
        value = f'{extra_m * rng.uniform(1.0 - JITTER, 1.0 + JITTER):.1f}'
        changed = {**situation.arguments[EXTRA_ARGUMENT], 'value': value}
        return replace(situation, arguments={**situation.arguments, EXTRA_ARGUMENT: changed})

    return replace(route, situations=tuple(vary(situation) for situation in route.situations))


def _draw_weather(rng: np.random.Generator) -> tuple[WeatherPoint, ...]:
    return tuple(
        WeatherPoint(
            route_percentage=share,
            values={name: float(rng.choice(values)) for name, values in WEATHER_VALUES.items()},
        )
        for share in (0.0, 100.0)
    )


def _line(route: RouteSpec) -> Route:
    options = [RoadOption.LANE_FOLLOW] * len(route.waypoints_map_m)
    return Route.without_repeats(route.waypoints_map_m, options)
