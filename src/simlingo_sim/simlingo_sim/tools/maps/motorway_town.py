# SPDX-License-Identifier: Apache-2.0
"""``Town94``: a motorway between two interurban roads, a village on one of them."""

from __future__ import annotations

import numpy as np

from simlingo_sim.tools.maps.motorways import MEDIAN_M, Ramp, beside, carriageway
from simlingo_sim.tools.maps.town_plan import Junction, Street, TownPlan, round_corners
from simlingo_sim.town.landscape import Landscape
from simlingo_sim.town.town import RoadKind

RURAL = RoadKind.RURAL
JUNCTIONS = (
    Junction(name='w', x_m=-560, y_m=0, kind='traffic_light'),
    Junction(name='e', x_m=560, y_m=-60, kind='traffic_light'),
    Junction(name='n1', x_m=-30, y_m=150),
    Junction(name='n2', x_m=80, y_m=150),
    Junction(name='s1', x_m=-260, y_m=-230, kind='priority_stop'),
    Junction(name='s2', x_m=-60, y_m=-210),
    Junction(name='s3', x_m=60, y_m=-210),
    Junction(name='s4', x_m=280, y_m=-250, kind='traffic_light'),
    Junction(name='v1', x_m=-260, y_m=-360, kind='priority_stop'),
    Junction(name='v2', x_m=280, y_m=-360, kind='priority_stop'),
    Junction(name='v3', x_m=60, y_m=-360, kind='priority_stop'),
)
STREETS = (
    Street(start='w', end='n1', via_m=((-560, 150),), curve_radius_m=80, limit_kmh=70,
           is_major=True, road=RURAL),
    Street(start='n1', end='n2', limit_kmh=70, is_major=True, road=RURAL),
    Street(start='n2', end='e', via_m=((300, 170), (560, 120)), curve_radius_m=80,
           limit_kmh=70, is_major=True, road=RURAL),
    Street(start='w', end='s1', via_m=((-560, -200), (-420, -230)), curve_radius_m=70,
           limit_kmh=70, is_major=True, road=RURAL),
    Street(start='s1', end='s2', is_major=True),
    Street(start='s2', end='s3', is_major=True),
    Street(start='s3', end='s4', is_major=True),
    Street(start='s4', end='e', via_m=((560, -250),), curve_radius_m=70, limit_kmh=70,
           is_major=True, road=RURAL),
    Street(start='s1', end='v1'),
    Street(start='v1', end='v3', has_parking=True, limit_kmh=30),
    Street(start='v3', end='v2', has_parking=True, limit_kmh=30),
    Street(start='v2', end='s4'),
    Street(start='v3', end='s3'),
)  # fmt: skip


def motorway_town() -> TownPlan:
    """West and east of the motorway are traffic lights; half a junction on either side of it."""
    corners = [(-560.0, 0.0), (-180.0, 0.0), (180.0, -60.0), (560.0, -60.0)]
    centre = round_corners(np.array(corners), 500.0)
    east = beside(centre, -MEDIAN_M / 2)
    west = beside(centre, MEDIAN_M / 2).reverse()
    south = (
        Ramp(at_m=400.0, junction='s2', via_m=((-80.0, -90.0), (-60.0, -140.0)), is_exit=True),
        Ramp(at_m=700.0, junction='s3', via_m=((60.0, -150.0), (30.0, -80.0)), is_exit=False),
    )
    north = (
        Ramp(at_m=400.0, junction='n2', via_m=((100.0, 30.0), (80.0, 80.0)), is_exit=True),
        Ramp(at_m=700.0, junction='n1', via_m=((-35.0, 90.0), (-20.0, 35.0)), is_exit=False),
    )
    junctions, streets, links = list(JUNCTIONS), list(STREETS), []
    for name, line, ends, ramps in (
        ('a', east, ('w', 'e'), south),
        ('b', west, ('e', 'w'), north),
    ):
        more_junctions, more_streets, more_links = carriageway(name, line, *ends, ramps)
        junctions += more_junctions
        streets += more_streets
        links += more_links
    return TownPlan(
        name='Town94',
        junctions=tuple(junctions),
        streets=tuple(streets),
        links=tuple(links),
        latitude_deg=48.2,
        longitude_deg=11.6,
        landscape=Landscape(hills_m=25.0, most_floors=4.0),
        has_more_signs=True,
    )
