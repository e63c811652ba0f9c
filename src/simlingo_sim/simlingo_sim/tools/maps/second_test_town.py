# SPDX-License-Identifier: Apache-2.0
"""``Town98``, the second held-out town: motorway, suburb and hills, never trained on."""

from __future__ import annotations

import numpy as np

from simlingo_sim.tools.maps.motorways import MEDIAN_M, Ramp, beside, carriageway
from simlingo_sim.tools.maps.roundabouts import roundabout
from simlingo_sim.tools.maps.street_kinds import country_road, main_street, narrow_street
from simlingo_sim.tools.maps.town_plan import Junction, TownPlan, round_corners
from simlingo_sim.town.landscape import Landscape

JUNCTIONS = (
    Junction(name='s', x_m=30, y_m=-420, kind='traffic_light'),
    Junction(name='n', x_m=-40, y_m=420, kind='traffic_light'),
    Junction(name='a', x_m=180, y_m=200, kind='priority_stop'),
    Junction(name='b', x_m=180, y_m=-200, kind='traffic_light'),
    Junction(name='d', x_m=345, y_m=160, kind='allway_stop'),
    Junction(name='f', x_m=345, y_m=-180, kind='priority_stop'),
    Junction(name='g', x_m=-240, y_m=30),
)
STREETS = (
    main_street('u1', 'a', ((180, 100), (195, 140))),
    main_street('u4', 'b', has_parking=True),
    main_street('u0', 'c1'),
    main_street('c0', 'd'),
    main_street('c2', 'f'),
    narrow_street('a', 'd', ((230, 200), (280, 160)), has_parking=True),
    narrow_street('b', 'f', ((240, -200), (280, -160), (310, -180)), curve_radius_m=15),
    narrow_street('d', 'f', ((440, 160), (440, 40), (470, -40), (440, -180)),
                  curve_radius_m=25, has_parking=True),
    country_road('a', 'n', ((180, 300), (110, 340), (110, 420)), is_major=True),
    country_road('b', 's', ((180, -300), (240, -350), (180, -420)), is_major=True),
    country_road('n', 'g', ((-150, 420), (-230, 370), (-160, 290), (-270, 230), (-180, 150),
                            (-240, 100)), is_major=True),
    country_road('g', 's', ((-240, -60), (-310, -120), (-210, -190), (-270, -290),
                            (-190, -350), (-110, -320), (-90, -420)), is_major=True),
)  # fmt: skip


def second_test_town() -> TownPlan:
    """A motorway from south to north, a suburb east of it, a winding road west of it."""
    corners = np.array([(30.0, -420.0), (30.0, -130.0), (-40.0, 150.0), (-40.0, 420.0)])
    centre = round_corners(corners, 420.0)
    junctions, streets = list(JUNCTIONS), list(STREETS)
    for name, centre_m, arms_deg, radius_m in (
        ('u', (180.0, 0.0), (0.0, 90.0, 145.0, 215.0, 270.0), 20.0),
        ('c', (345.0, 0.0), (90.0, 180.0, 270.0), 17.0),
    ):
        ring_junctions, ring = roundabout(name, centre_m, arms_deg, radius_m=radius_m)
        junctions += ring_junctions
        streets += ring
    east = (
        Ramp(at_m=270.0, junction='u3', via_m=((85.0, -60.0), (130.0, -40.0)), is_exit=True),
        Ramp(at_m=490.0, junction='u2', via_m=((120.0, 30.0), (45.0, -20.0)), is_exit=False),
    )
    west = (
        Ramp(at_m=260.0, junction='g', via_m=((-130.0, 60.0), (-180.0, 35.0)), is_exit=True),
        Ramp(at_m=490.0, junction='g', via_m=((-150.0, 0.0), (-50.0, 20.0)), is_exit=False),
    )
    links = []
    for name, side, ends, ramps in (('p', -1.0, ('s', 'n'), east), ('q', 1.0, ('n', 's'), west)):
        line = beside(centre, side * MEDIAN_M / 2)
        line = line if side < 0 else line.reverse()
        way_junctions, way, way_links = carriageway(name, line, *ends, ramps)
        junctions += way_junctions
        streets += way
        links += way_links
    return TownPlan(
        name='Town98',
        junctions=tuple(junctions),
        streets=tuple(streets),
        links=tuple(links),
        latitude_deg=43.5,
        longitude_deg=-5.8,
        landscape=Landscape(hills_m=60.0, most_floors=3.0),
        has_more_signs=True,
    )
