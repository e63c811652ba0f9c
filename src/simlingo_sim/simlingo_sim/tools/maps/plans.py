# SPDX-License-Identifier: Apache-2.0
"""The plans of the towns; the first three are made here, the others in files of their own.

``Town91`` is a grid with traffic lights, ``Town92`` has curved streets with stop signs, and the
held-out ``Town93`` mixes both.
"""

from __future__ import annotations

from simlingo_sim.tools.maps.motorway_town import motorway_town
from simlingo_sim.tools.maps.rural_town import rural_town
from simlingo_sim.tools.maps.second_test_town import second_test_town
from simlingo_sim.tools.maps.suburb_town import suburb_town
from simlingo_sim.tools.maps.town_plan import Junction, Street, TownPlan
from simlingo_sim.tools.maps.validation_town import validation_town


def grid_town() -> TownPlan:
    """Four columns by four rows with rounded corners; two avenues of two lanes each way."""
    xs, ys = (-210.0, -70.0, 80.0, 220.0), (-200.0, -60.0, 75.0, 205.0)
    kinds = {(0, 2): 'priority', (3, 2): 'priority', (1, 0): 'priority', (1, 3): 'priority'}
    junctions = tuple(
        Junction(name=f'g{i}{j}', x_m=xs[i], y_m=ys[j], kind=kinds.get((i, j), 'traffic_light'))
        for i in range(4)
        for j in range(4)
        if not (i in {0, 3} and j in {0, 3})
    )
    streets = []
    for j in (1, 2):
        lanes = 2 if j == 1 else 1
        for i in range(3):
            parking = j == 2 and i != 1
            streets.append(
                Street(start=f'g{i}{j}', end=f'g{i + 1}{j}', lanes=lanes, has_parking=parking)
            )
    for i in (1, 2):
        lanes = 2 if i == 2 else 1
        for j in range(3):
            parking = i == 1 and j == 1
            streets.append(
                Street(start=f'g{i}{j}', end=f'g{i}{j + 1}', lanes=lanes, has_parking=parking)
            )
    sides = [('g10', 'g20'), ('g13', 'g23'), ('g01', 'g02'), ('g31', 'g32')]
    streets += [Street(start=a, end=b, is_major=True) for a, b in sides]
    corners = [('g01', 'g10', 0, 0), ('g20', 'g31', 3, 0), ('g32', 'g23', 3, 3)]
    corners.append(('g13', 'g02', 0, 3))
    streets += [
        Street(start=a, end=b, via_m=((xs[i], ys[j]),), curve_radius_m=30.0, is_major=True)
        for a, b, i, j in corners
    ]
    return TownPlan(
        name='Town91',
        junctions=junctions,
        streets=tuple(streets),
        latitude_deg=49.0,
        longitude_deg=8.0,
    )


def curved_town() -> TownPlan:
    """A winding ring with priority and four inner streets that stop where they meet it."""
    ring = [
        Junction(name='a', x_m=-230, y_m=-40, kind='priority_stop'),
        Junction(name='b', x_m=-60, y_m=-200, kind='priority_stop'),
        Junction(name='c', x_m=130, y_m=-190, kind='priority_stop'),
        Junction(name='d', x_m=250, y_m=0, kind='priority_stop'),
        Junction(name='e', x_m=120, y_m=200, kind='priority_stop'),
        Junction(name='f', x_m=-90, y_m=210, kind='priority_stop'),
    ]
    inner = [
        Junction(name='g', x_m=-60, y_m=-10, kind='allway_stop'),
        Junction(name='h', x_m=110, y_m=10, kind='allway_stop'),
    ]
    major = [
        Street(start='a', end='b', via_m=((-230, -130), (-170, -200)), curve_radius_m=70),
        Street(start='b', end='c', via_m=((0, -200), (35, -225), (75, -190)), curve_radius_m=60),
        Street(start='c', end='d', via_m=((250, -190),), curve_radius_m=80, lanes=2),
        Street(start='d', end='e', via_m=((250, 130), (190, 200)), curve_radius_m=70, lanes=2),
        Street(start='e', end='f', via_m=((50, 200), (0, 240), (-40, 210)), curve_radius_m=60),
        Street(start='f', end='a', via_m=((-230, 210), (-215, 70), (-230, 20)), curve_radius_m=60),
    ]
    major = [_as_major(street) for street in major]
    minor = [
        Street(start='a', end='g', via_m=((-170, -40), (-120, -10)), limit_kmh=30),
        Street(start='g', end='h', via_m=((0, -10), (50, 10)), has_parking=True, limit_kmh=30),
        Street(start='h', end='d', via_m=((150, 10), (190, 0))),
        Street(
            start='b', end='g', via_m=((-60, -150), (-85, -105), (-60, -60)), curve_radius_m=40
        ),
        Street(start='g', end='f', via_m=((-60, 60), (-90, 130)), curve_radius_m=60, limit_kmh=30),
        Street(start='c', end='h', via_m=((130, -120), (110, -70)), curve_radius_m=60),
        Street(start='h', end='e', via_m=((110, 80), (120, 140)), has_parking=True, limit_kmh=30),
    ]
    return TownPlan(
        name='Town92',
        junctions=(*ring, *inner),
        streets=(*major, *minor),
        latitude_deg=47.5,
        longitude_deg=9.5,
    )


def _as_major(street: Street) -> Street:
    return Street(
        start=street.start,
        end=street.end,
        via_m=street.via_m,
        curve_radius_m=street.curve_radius_m,
        lanes=street.lanes,
        limit_kmh=street.limit_kmh,
        has_parking=street.has_parking,
        is_major=True,
    )


def mixed_town() -> TownPlan:
    """Lights in the south, stop signs and curves in the north."""
    junctions = (
        Junction(name='k', x_m=-40, y_m=-170, kind='traffic_light'),
        Junction(name='l', x_m=-210, y_m=-20, kind='traffic_light'),
        Junction(name='m', x_m=-40, y_m=-20, kind='traffic_light'),
        Junction(name='n', x_m=140, y_m=-20, kind='traffic_light'),
        Junction(name='o', x_m=-160, y_m=150, kind='priority_stop'),
        Junction(name='p', x_m=-10, y_m=130, kind='priority_stop'),
        Junction(name='q', x_m=160, y_m=150, kind='allway_stop'),
    )
    streets = (
        Street(start='k', end='l', via_m=((-210, -170),), curve_radius_m=35),
        Street(start='k', end='n', via_m=((140, -170),), curve_radius_m=35, has_parking=True),
        Street(start='k', end='m'),
        Street(start='l', end='m', lanes=2),
        Street(start='m', end='n', lanes=2),
        Street(start='l', end='o', via_m=((-210, 60), (-160, 100)), curve_radius_m=60),
        Street(start='m', end='p', via_m=((-40, 40), (-10, 80)), curve_radius_m=50, limit_kmh=30),
        Street(start='n', end='q', via_m=((140, 60), (160, 100)), curve_radius_m=60),
        Street(
            start='o',
            end='p',
            via_m=((-100, 150), (-60, 130)),
            curve_radius_m=60,
            is_major=True,
            has_parking=True,
        ),
        Street(
            start='p', end='q', via_m=((60, 130), (100, 150)), curve_radius_m=60, is_major=True
        ),
        Street(
            start='n',
            end='q',
            via_m=((220, -20), (290, 20), (290, 100), (240, 150)),
            curve_radius_m=55,
        ),
        Street(
            start='o',
            end='q',
            via_m=((-160, 240), (-60, 250), (40, 230), (160, 250)),
            curve_radius_m=50,
        ),
    )
    return TownPlan(
        name='Town93',
        junctions=junctions,
        streets=streets,
        latitude_deg=42.0,
        longitude_deg=2.0,
    )


def all_plans() -> tuple[TownPlan, ...]:
    """Return the plans of every committed town."""
    return (
        grid_town(),
        curved_town(),
        mixed_town(),
        motorway_town(),
        suburb_town(),
        rural_town(),
        validation_town(),
        second_test_town(),
    )
