# SPDX-License-Identifier: Apache-2.0
"""``Town96``: country roads with tight curves among hills, around a hamlet."""

from __future__ import annotations

from simlingo_sim.tools.maps.street_kinds import country_road, main_street, narrow_street
from simlingo_sim.tools.maps.town_plan import Junction, TownPlan
from simlingo_sim.town.landscape import Landscape


def rural_town() -> TownPlan:
    """Four streets of a hamlet; country roads leave it and meet in the hills."""
    junctions = (
        Junction(name='h1', x_m=-80, y_m=0, kind='priority_stop'),
        Junction(name='h2', x_m=80, y_m=0, kind='priority_stop'),
        Junction(name='h3', x_m=0, y_m=-90, kind='allway_stop'),
        Junction(name='h4', x_m=0, y_m=0, kind='allway_stop'),
        Junction(name='k', x_m=0, y_m=190, kind='allway_stop'),
        Junction(name='n', x_m=250, y_m=40),
        Junction(name='w', x_m=-310, y_m=30),
        Junction(name='s', x_m=-150, y_m=-180, kind='allway_stop'),
    )
    streets = (
        main_street('h1', 'h4', has_parking=True),
        main_street('h4', 'h2', has_parking=True),
        narrow_street('h1', 'h3', ((-80, -60), (-50, -90))),
        narrow_street('h2', 'h3', ((80, -60), (50, -90)), has_parking=True),
        country_road('h4', 'k', ((0, 60), (-40, 110), (0, 150)), curve_radius_m=30),
        country_road('w', 'h1', ((-240, 30), (-200, -30), (-140, 0)), is_major=True),
        country_road('w', 'k', ((-400, 30), (-440, 110), (-370, 170), (-290, 120), (-210, 200),
                                (-130, 140), (-70, 190)), is_major=True),
        country_road('h2', 'n', ((140, 0), (180, 40)), is_major=True),
        country_road('n', 'k', ((330, 40), (400, 90), (370, 180), (280, 150), (220, 230),
                                (130, 170), (80, 190)), is_major=True),
        country_road('h3', 's', ((0, -140), (-60, -180)), is_major=True),
        country_road('s', 'n', ((-220, -180), (-270, -240), (-200, -310), (-100, -270),
                                (-30, -330), (60, -260), (140, -300), (190, -250), (300, -250),
                                (320, -190), (250, -140), (310, -80), (250, -30)),
                     is_major=True),
        country_road('w', 's', ((-310, -50), (-370, -100), (-320, -160), (-230, -110),
                                (-150, -110))),
    )  # fmt: skip
    return TownPlan(
        name='Town96',
        junctions=junctions,
        streets=streets,
        latitude_deg=46.8,
        longitude_deg=9.8,
        landscape=Landscape(hills_m=70.0, most_floors=2.0),
        has_more_signs=True,
    )
