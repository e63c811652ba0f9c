# SPDX-License-Identifier: Apache-2.0
"""Prepare OpenDRIVE files for CARLA's map library: check them, number ids, read speed limits.

The library takes the ids of roads and junctions for numbers and reads every other id as 0, so that
all such roads become one; and it takes a link to a junction for one to a road where both have the
same number.  OpenDRIVE allows both.  Such ids are replaced by free numbers here.
"""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Iterator

from lxml import etree

from simlingo_core.errors import WorldError

KMH_TO_MPS = 1.0 / 3.6
MPH_TO_MPS = 0.44704
SPEED_LIMIT_TYPE = '274'
NO_JUNCTION = '-1'
LARGEST_ID = 2**31 - 1

_NUMBER = re.compile(r'0|[1-9][0-9]{0,9}')
# Attributes that refer to a junction or a road, apart from links, which have an elementType.
_JUNCTION_ATTRIBUTES = (('road', 'junction'),)
_ROAD_ATTRIBUTES = (
    ('connection', 'incomingRoad'),
    ('connection', 'connectingRoad'),
    ('connection', 'linkedRoad'),
    ('junction', 'mainRoad'),
    ('roadLink', 'id'),
    ('crossPath', 'crossingRoad'),
    ('crossPath', 'roadAtStart'),
    ('crossPath', 'roadAtEnd'),
)


def parse_opendrive(name: str, text: str) -> etree._Element:
    """Return the root of an OpenDRIVE text.

    Raises:
        WorldError: it is not OpenDRIVE, or a road has no id or the id of another road.
    """
    try:
        root = etree.fromstring(text.encode())
    except etree.XMLSyntaxError as error:
        raise WorldError(
            f'{name} is not readable XML: {error}; expected an OpenDRIVE file'
        ) from error
    if etree.QName(root).localname != 'OpenDRIVE':
        raise WorldError(f'{name} has the root {root.tag!r}; expected OpenDRIVE')
    known: set[str] = set()
    for number, road in enumerate(root.iterfind('road'), start=1):
        road_id = road.get('id')
        if not road_id:
            raise WorldError(
                f'{name}: road number {number} ({road.get("name") or "no name"}) has no id; '
                'give each road an id of its own'
            )
        if road_id in known:
            raise WorldError(
                f'{name}: two roads have the id {road_id!r}; give each road an id of its own'
            )
        known.add(road_id)
    return root


def number_ids(root: etree._Element) -> bool:
    """Replace ids that the library cannot tell apart; return whether there were any.

    Replaced are the ids of roads and junctions that are no plain numbers, and of junctions with
    the number of a road.  All references follow; other ids stay.
    """
    road_ids = [road.get('id') for road in root.iterfind('road')]
    junction_ids = [junction.get('id') for junction in root.iterfind('junction')]
    taken = {text for text in (*road_ids, *junction_ids) if _is_number(text)}
    free = (str(number) for number in itertools.count(1) if str(number) not in taken)
    roads = {text: next(free) for text in road_ids if not _is_number(text)}
    numbered = {text for text in road_ids if _is_number(text)}
    junctions = {
        text: next(free) for text in junction_ids if not _is_number(text) or text in numbered
    }
    if not roads and not junctions:
        return False
    for element, attribute in _references(root, 'road', _ROAD_ATTRIBUTES):
        element.set(attribute, roads.get(element.get(attribute), element.get(attribute)))
    for element, attribute in _references(root, 'junction', _JUNCTION_ATTRIBUTES):
        value = element.get(attribute)
        if (element.tag, value) != ('road', NO_JUNCTION):
            element.set(attribute, junctions.get(value, value))
    return True


def read_limits_mps(root: etree._Element) -> dict[int, float]:
    """Return the speed limit of each numbered road that states one, in m/s.

    The largest of its lanes, else of its type, else of its 274 signs.
    """
    limits = {}
    for road in root.iterfind('road'):
        lane_speeds = [
            _speed_mps(speed.get('max'), speed.get('unit') or 'm/s')
            for speed in road.iterfind('.//lane[@type="driving"]/speed')
        ]
        type_speeds = [
            _speed_mps(speed.get('max'), speed.get('unit') or 'm/s')
            for speed in road.iterfind('type/speed')
        ]
        signs = [
            _speed_mps(sign.get('value'), sign.get('unit') or 'km/h')
            for sign in road.iterfind(f'signals/signal[@type="{SPEED_LIMIT_TYPE}"]')
        ]
        for speeds in (lane_speeds, type_speeds, signs):
            known = [speed for speed in speeds if speed > 0.0]
            if known:
                limits[int(road.get('id'))] = max(known)
                break
    return limits


def _is_number(text: str | None) -> bool:
    return text is not None and bool(_NUMBER.fullmatch(text)) and int(text) <= LARGEST_ID


def _references(
    root: etree._Element, kind: str, attributes: tuple[tuple[str, str], ...]
) -> Iterator[tuple[etree._Element, str]]:
    """Yield element and attribute of everything that names a road or a junction."""
    for element in root.iterfind(kind):
        yield element, 'id'
    for tag, attribute in attributes:
        for element in root.iter(tag):
            if element.get(attribute) is not None:
                yield element, attribute
    for tag in ('predecessor', 'successor'):
        for element in root.iter(tag):
            if element.get('elementType') == kind:
                yield element, 'elementId'


def _speed_mps(value: str | None, unit: str) -> float:
    try:
        number = float(value or 'nan')
    except ValueError:
        return 0.0
    factor = {'m/s': 1.0, 'km/h': KMH_TO_MPS, 'mph': MPH_TO_MPS}.get(unit, 1.0)
    return number * factor if math.isfinite(number) else 0.0
