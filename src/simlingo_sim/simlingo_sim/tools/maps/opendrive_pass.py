# SPDX-License-Identifier: Apache-2.0
"""Make netconvert's output what a CARLA town is: signs, colours, lane types, place on Earth.

netconvert writes no stop sign, no speed limit sign, only white marks and no geoReference; it also
writes the time of the run into both files, which must go for the bytes to be repeatable.
"""

from __future__ import annotations

import re

from lxml import etree

from simlingo_sim.tools.maps.streets import Streets
from simlingo_sim.tools.maps.town_plan import SIDEWALK_WIDTH_M, TownPlan
from simlingo_sim.town.road_signs import SignKind
from simlingo_sim.town.town import RoadKind

STOP_SIGN_TYPE = '206'
SPEED_LIMIT_TYPE = '274'
SIGN_BEHIND_KERB_M = 0.6
SPEED_SIGN_S_M = 8.0
STOP_SIGN_BEFORE_END_M = 0.5
CURVE_ARROWS_M = 12.0
# Beyond the opposite lane of a country road.
ACROSS_ROAD_M = 5.2


def finish_net(raw: str) -> str:
    """Return the SUMO network as the simulator needs it.

    Left out is the time stamp.  All links of an arm of a light show one colour, as one signal head
    does; netconvert lets right turns without a conflict go with other arms.

    At a ``priority_stop`` node netconvert lets even the left turn out of the major street stop;
    only streets without any priority link keep their stop.
    """
    net = re.sub(r'<!--.*?-->\s*', '', raw, count=1, flags=re.DOTALL)
    root = etree.fromstring(net.encode())
    major = {link.get('from') for link in Streets.links(root) if link.get('state') == 'M'}
    for link in Streets.links(root):
        if link.get('state') == 's' and link.get('from') in major:
            link.set('state', 'm')
    _show_one_colour_per_arm(root)
    finished: str = etree.tostring(root, encoding='unicode')
    return finished + '\n'


def _show_one_colour_per_arm(root: etree._Element) -> None:
    arms: dict[tuple[str, str], list[int]] = {}
    for link in Streets.links(root):
        if link.get('tl') is not None:
            arms.setdefault((link.get('tl'), link.get('from')), []).append(
                int(link.get('linkIndex'))
            )
    for (light, _), links in arms.items():
        for phase in root.iterfind(f'tlLogic[@id="{light}"]/phase'):
            letters = list(phase.get('state'))
            if any(letters[k] == 'r' for k in links):
                for k in links:
                    letters[k] = 'r'
                phase.set('state', ''.join(letters))


def finish_opendrive(raw: bytes, net: str, plan: TownPlan) -> bytes:
    """Return the OpenDRIVE file of the town.

    Args:
        raw: what netconvert wrote.
        net: the finished SUMO network of the same run.
        plan: where the town lies and what its limits are.
    """
    parser = etree.XMLParser(remove_comments=True, remove_blank_text=True)
    root = etree.fromstring(raw, parser)
    _finish_header(root, plan)
    streets = Streets(net)
    for road in root.iterfind('road'):
        name = road.get('name')
        kind = streets.kind(name)
        for lane in road.iterfind('.//lane[@type="none"]'):
            if lane.getparent().tag == 'right':
                lane.set('type', 'shoulder' if kind is RoadKind.MOTORWAY else 'parking')
        if road.get('junction') != '-1':
            continue
        road.find('type').set('type', kind)
        if streets.has_opposite(name):
            for mark in road.iterfind('.//center/lane/roadMark'):
                mark.set('color', 'yellow')
        _add_speed_sign(road)
        if name in streets.stops:
            _add_sign_at_end(road, STOP_SIGN_TYPE, 'Sign_Stop')
        if plan.has_more_signs:
            _add_more_signs(road, streets)
    finished: bytes = etree.tostring(
        root, pretty_print=True, xml_declaration=True, encoding='UTF-8'
    )
    return finished


def _finish_header(root: etree._Element, plan: TownPlan) -> None:
    header = root.find('header')
    header.set('date', '')
    header.set('name', plan.name)
    reference = etree.SubElement(header, 'geoReference')
    reference.text = etree.CDATA(
        f'+proj=tmerc +lat_0={plan.latitude_deg} +lon_0={plan.longitude_deg} '
        '+k=1 +x_0=0 +y_0=0 +datum=WGS84 +units=m +no_defs'
    )
    plan.landscape.write(header)


def _add_speed_sign(road: etree._Element) -> None:
    limit_mps = max(float(e.get('max')) for e in road.iterfind('.//lane[@type="driving"]/speed'))
    limit_kmh = round(limit_mps * 3.6)
    s_m = min(SPEED_SIGN_S_M, 0.5 * float(road.get('length')))
    _add_sign(road, SPEED_LIMIT_TYPE, f'Speed_{limit_kmh}', s_m, limit_kmh)


def _add_sign_at_end(road: etree._Element, kind: str, name: str) -> None:
    s_m = float(road.get('length')) - STOP_SIGN_BEFORE_END_M
    _add_sign(road, kind, name, s_m, None)


def _add_more_signs(road: etree._Element, streets: Streets) -> None:
    """Add signs that only inform: yield, exit, and arrows on the outer side of tight curves."""
    name, length_m = road.get('name'), float(road.get('length'))
    if name in streets.yields:
        _add_sign_at_end(road, SignKind.YIELD, 'Sign_Yield')
    if name in streets.exits:
        _add_sign_at_end(road, SignKind.EXIT, 'Sign_Exit')
    if streets.kind(name) is not RoadKind.RURAL:
        return
    for middle_m, is_left in streets.tight_curves(name):
        kind = SignKind.CURVE_LEFT if is_left else SignKind.CURVE_RIGHT
        for number, step_m in enumerate((-CURVE_ARROWS_M, 0.0, CURVE_ARROWS_M)):
            s_m = middle_m + step_m
            if 1.0 < s_m < length_m - 1.0:
                t_m = None if is_left else ACROSS_ROAD_M
                _add_sign(road, kind, f'Sign_Curve_{round(middle_m)}_{number}', s_m, None, t_m)


def _add_sign(
    road: etree._Element,
    kind: str,
    name: str,
    s_m: float,
    limit_kmh: int | None,
    t_m: float | None = None,
) -> None:
    """Add a sign behind the right kerb, or ``t_m`` to the left of the road's reference line."""
    carriageway_m = sum(
        float(width.get('a'))
        for lane in road.iterfind('.//right/lane')
        if lane.get('type') != 'sidewalk'
        for width in lane.iterfind('width')
    )
    if t_m is None:
        t_m = -carriageway_m - min(SIGN_BEHIND_KERB_M, SIDEWALK_WIDTH_M)
    signals = road.find('signals')
    count = len(signals.findall(f'signal[@type="{kind}"]'))
    sign = etree.SubElement(
        signals,
        'signal',
        name=name,
        id=f'{kind}_{road.get("id")}' + (f'_{count}' if count else ''),
        s=f'{s_m:.2f}',
        t=f'{t_m:.2f}',
        zOffset='2.2',
        orientation='+',
        dynamic='no',
        country='OpenDRIVE',
        type=kind,
        subtype='-1' if limit_kmh is None else str(limit_kmh),
        value='-1' if limit_kmh is None else str(limit_kmh),
        height='0.8',
        width='0.8',
    )
    if limit_kmh is not None:
        sign.set('unit', 'km/h')
    driving = [lane.get('id') for lane in road.iterfind('.//lane[@type="driving"]')]
    first, last = min(driving, key=int), max(driving, key=int)
    etree.SubElement(sign, 'validity', fromLane=first, toLane=last)
