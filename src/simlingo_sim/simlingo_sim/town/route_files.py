# SPDX-License-Identifier: Apache-2.0
"""Route files in the XML of the CARLA leaderboard.

Files have CARLA's left-handed axes; in memory everything is in map.
"""

from __future__ import annotations

import hashlib
import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from types import MappingProxyType

import numpy as np
from lxml import etree
from numpy.typing import NDArray

from simlingo_core.carla_frame import pose2_from_carla, vector_to_carla, yaw_to_carla
from simlingo_core.checks import finite_array
from simlingo_core.errors import WorldError
from simlingo_core.geometry import Pose2
from simlingo_sim.weather import choose_weather

ROUTE_FOLDER = Path(__file__).parents[1] / 'data' / 'routes'


def _nothing() -> Mapping[str, Mapping[str, str]]:
    return MappingProxyType({})


@dataclass(frozen=True, kw_only=True)
class SituationSpec:
    """A situation to stage on a route.

    Attributes:
        name: name in the registry of ``simlingo_sim.situations``.
        trigger_map: pose on the route where it begins; None: the situation chooses a place.
        arguments: what else the file says of it, unchanged and in CARLA's axes, such as
            ``{'direction': {'value': 'left'}, 'frequency': {'from': '60', 'to': '130'}}``.
    """

    name: str
    trigger_map: Pose2 | None = None
    arguments: Mapping[str, Mapping[str, str]] = field(default_factory=_nothing)


@dataclass(frozen=True, kw_only=True)
class WeatherPoint:
    """The weather at one place of a route; between two of them it changes linearly.

    Attributes:
        route_percentage: share of the route, 0 to 100.
        values: parameters by CARLA's names, such as ``sun_altitude_angle``, in CARLA's units.
    """

    route_percentage: float
    values: Mapping[str, float]


@dataclass(frozen=True, kw_only=True, eq=False)
class RouteSpec:
    """A route to drive: town, waypoints and situations.

    Attributes:
        id: id of the route, unique in its file.
        town: name of a town of this package or path of an OpenDRIVE file.
        waypoints_map_m: positions that the route is planned through, shape (n, 2), n >= 2.
        situations: situations in their order along the route; empty: free driving.
        sun_seed: seed of sun, textures and colours; None: the seed of the episode.
        weathers: by their places along the route; empty: the file says nothing of it.

    Raises:
        WorldError: there are fewer than two waypoints.
        ContractError, NonFiniteError: the waypoints are not such an array.
    """

    id: str
    town: str
    waypoints_map_m: NDArray[np.float64]
    situations: tuple[SituationSpec, ...] = ()
    sun_seed: int | None = None
    weathers: tuple[WeatherPoint, ...] = ()

    def __post_init__(self) -> None:
        waypoints = finite_array('RouteSpec.waypoints_map_m', self.waypoints_map_m, (None, 2))
        if len(waypoints) < 2:
            raise WorldError(f'route {self.id} has {len(waypoints)} waypoints; expected 2 or more')
        object.__setattr__(self, 'waypoints_map_m', waypoints)

    def look_seed(self, seed: int) -> int:
        """Return the seed of sun, textures and colours in an episode with this seed."""
        return seed if self.sun_seed is None else self.sun_seed

    def fingerprint(self) -> str:
        """Return eight hex digits that routes of other content differ in, whatever their ids.

        The same route in another file, or read in another process, has the same.
        """
        town = str(Path(self.town).resolve()) if self.town.endswith('.xodr') else self.town
        situations = [(spec.name, _trigger_numbers(spec.trigger_map)) for spec in self.situations]
        waypoints = self.waypoints_map_m.tolist()
        content: tuple[object, ...] = (self.id, town, waypoints, situations, self.sun_seed)
        arguments = [
            {name: dict(values) for name, values in spec.arguments.items()}
            for spec in self.situations
        ]
        weathers = [(point.route_percentage, dict(point.values)) for point in self.weathers]
        if any(arguments) or weathers:
            content = (*content, arguments, weathers)
        return hashlib.sha256(repr(content).encode()).hexdigest()[:8]

    @property
    def situation_names(self) -> tuple[str, ...]:
        """Names of its situations; ``free_driving`` where there is none."""
        return tuple(spec.name for spec in self.situations) or ('free_driving',)


def _trigger_numbers(trigger_map: Pose2 | None) -> tuple[float, ...]:
    if trigger_map is None:
        return ()
    return float(trigger_map.x_m), float(trigger_map.y_m), float(trigger_map.yaw_rad)


def read_routes(path: str | Path) -> tuple[RouteSpec, ...]:
    """Read a route file.

    Args:
        path: path of an XML file, or name of a route set of this package (``train``, ``test``).

    Raises:
        WorldError: the file is missing, is not such XML, holds an id twice, or a number in it is
            bad.
    """
    file = Path(path)
    if file.suffix != '.xml':
        file = ROUTE_FOLDER / f'{path}.xml'
    if not file.is_file():
        known = ', '.join(sorted(p.stem for p in ROUTE_FOLDER.glob('*.xml')))
        raise WorldError(
            f'there is no route file {str(path)!r}; expected an .xml path or one of: {known}'
        )
    try:
        root = etree.parse(str(file)).getroot()
    except etree.XMLSyntaxError as error:
        raise WorldError(f'{file} is not readable XML: {error}') from error
    routes = tuple(_read_route(file, element) for element in root.iterfind('route'))
    if not routes:
        raise WorldError(f'{file} holds no <route>; expected at least one')
    repeated = [ident for ident, count in Counter(r.id for r in routes).items() if count > 1]
    if repeated:
        raise WorldError(
            f'{file} holds several routes with the id {", ".join(repeated)}; '
            'expected each id once, rename them'
        )
    return routes


def with_weather(route: RouteSpec, name: str, seed: int = 0) -> RouteSpec:
    """Return the route in a weather, which its fingerprint then tells.

    Args:
        route: the route.
        name: a preset, ``random``, ``noon``, or empty: the route as it is.
        seed: seed of a random weather.

    Raises:
        WorldError: there is no such preset.
    """
    if not name:
        return route
    chosen = choose_weather(name, (), seed)
    if chosen is None:
        return replace(route, weathers=())
    points = tuple(
        WeatherPoint(route_percentage=share, values=MappingProxyType(asdict(weather)))
        for share, weather in chosen.entries
    )
    return replace(route, weathers=points)


def read_route_ids(path: Path) -> list[str]:
    """Return the ids of all routes in a file, in its order, without reading the routes."""
    return [str(element.get('id')) for element in etree.parse(path).getroot().iter('route')]


def find_route(routes: Sequence[RouteSpec], ident: str) -> RouteSpec:
    """Return the route with this id.

    Raises:
        WorldError: there is none.
    """
    for route in routes:
        if route.id == ident:
            return route
    raise WorldError(f'there is no route {ident!r}; expected {routes[0].id} to {routes[-1].id}')


def find_named_route(name: str) -> RouteSpec:
    """Return the route of ``<set>:<id>``, such as ``test:3``; a set may be the path of a file.

    Raises:
        WorldError: the name has another form, or there is no such set or no such route.
    """
    set_name, separator, ident = name.partition(':')
    if not separator:
        raise WorldError(f'the route is {name!r}; expected <set>:<id> such as test:3')
    return find_route(read_routes(set_name), ident)


def write_routes(path: Path, routes: Sequence[RouteSpec]) -> None:
    """Write routes to an XML file."""
    root = etree.Element('routes')
    for route in routes:
        element = etree.SubElement(root, 'route', id=route.id, town=route.town)
        if route.sun_seed is not None:
            element.set('sun_seed', str(route.sun_seed))
        _write_weathers(element, route.weathers)
        waypoints = etree.SubElement(element, 'waypoints')
        for x_m, y_m in vector_to_carla(route.waypoints_map_m):
            etree.SubElement(waypoints, 'position', x=f'{x_m:.2f}', y=f'{y_m:.2f}', z='0.0')
        scenarios = etree.SubElement(element, 'scenarios')
        for number, situation in enumerate(route.situations, start=1):
            _write_situation(scenarios, situation, number)
    data = etree.tostring(root, pretty_print=True, xml_declaration=True, encoding='UTF-8')
    path.write_bytes(data)


def _write_situation(parent: etree._Element, situation: SituationSpec, number: int) -> None:
    element = etree.SubElement(
        parent, 'scenario', name=f'{situation.name}_{number}', type=situation.name
    )
    for name, values in situation.arguments.items():
        etree.SubElement(element, name, dict(values))
    if situation.trigger_map is None:
        return
    x_m, y_m = vector_to_carla(situation.trigger_map.position_m)
    etree.SubElement(
        element,
        'trigger_point',
        x=f'{x_m:.2f}',
        y=f'{y_m:.2f}',
        z='0.0',
        yaw=f'{yaw_to_carla(situation.trigger_map.yaw_rad):.2f}',
    )


def _write_weathers(route: etree._Element, weathers: Sequence[WeatherPoint]) -> None:
    if not weathers:
        return
    parent = etree.SubElement(route, 'weathers')
    for point in weathers:
        values = {name: f'{value:g}' for name, value in point.values.items()}
        etree.SubElement(
            parent, 'weather', {'route_percentage': f'{point.route_percentage:g}', **values}
        )


def _read_weather(file: Path, element: etree._Element) -> WeatherPoint:
    values = {str(name): _number(file, element, str(name)) for name in element.attrib}
    percentage = values.pop('route_percentage', 0.0)
    return WeatherPoint(route_percentage=percentage, values=MappingProxyType(values))


def _read_route(file: Path, element: etree._Element) -> RouteSpec:
    ident, town = element.get('id'), element.get('town')
    if not ident or not town:
        raise WorldError(f'{file}: a <route> lacks its id or town')
    places = [
        pose2_from_carla(_number(file, p, 'x'), _number(file, p, 'y'), 0.0).position_m
        for p in element.iterfind('waypoints/position')
    ]
    if len(places) < 2:
        raise WorldError(f'{file}: route {ident} has {len(places)} positions; expected 2 or more')
    sun_seed = element.get('sun_seed')
    return RouteSpec(
        id=ident,
        town=town,
        waypoints_map_m=np.array(places),
        situations=tuple(
            _read_situation(file, scenario) for scenario in element.iterfind('scenarios/scenario')
        ),
        sun_seed=None if sun_seed is None else int(_number(file, element, 'sun_seed')),
        weathers=tuple(
            _read_weather(file, weather) for weather in element.iterfind('weathers/weather')
        ),
    )


def _read_situation(file: Path, element: etree._Element) -> SituationSpec:
    name = element.get('type')
    if not name:
        raise WorldError(f'{file}: a <scenario> lacks its type')
    arguments = {
        child.tag: {str(key): str(value) for key, value in child.attrib.items()}
        for child in element.iterchildren(tag=etree.Element)
        if child.tag != 'trigger_point'
    }
    trigger = element.find('trigger_point')
    if trigger is None:
        return SituationSpec(name=name, arguments=arguments)
    x_m, y_m = _number(file, trigger, 'x'), _number(file, trigger, 'y')
    pose = pose2_from_carla(x_m, y_m, _number(file, trigger, 'yaw'))
    return SituationSpec(name=name, trigger_map=pose, arguments=arguments)


def _number(file: Path, element: etree._Element, name: str) -> float:
    text = element.get(name)
    try:
        number = float(text or '')
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise WorldError(f'{file}: <{element.tag} {name}="{text}">; expected a finite number')
    return number
