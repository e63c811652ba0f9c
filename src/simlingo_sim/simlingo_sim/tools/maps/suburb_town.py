# SPDX-License-Identifier: Apache-2.0
"""``Town95``: a suburb with three roundabouts and narrow residential streets."""

from __future__ import annotations

from simlingo_sim.tools.maps.roundabouts import roundabout
from simlingo_sim.tools.maps.street_kinds import main_street, narrow_street
from simlingo_sim.tools.maps.town_plan import Junction, TownPlan
from simlingo_sim.town.landscape import Landscape


def suburb_town() -> TownPlan:
    """Main streets between the roundabouts, a narrow ring of residential streets around."""
    junctions = [
        Junction(name='a', x_m=200, y_m=30, kind='priority_stop'),
        Junction(name='b', x_m=0, y_m=130, kind='allway_stop'),
        Junction(name='c', x_m=-190, y_m=-20),
        Junction(name='d', x_m=0, y_m=-130, kind='traffic_light'),
        Junction(name='f', x_m=0, y_m=225),
        Junction(name='g', x_m=0, y_m=-225),
    ]
    streets = [
        main_street('r0', 'a', ((90, 0), (140, 30))),
        main_street('a', 'p0'),
        main_street('r1', 'b'),
        main_street('q0', 'b', ((-110, 120), (-70, 130)), has_parking=True),
        main_street('r2', 'c', ((-90, 0), (-130, -20))),
        main_street('c', 'q2'),
        main_street('r3', 'd'),
        main_street('d', 'p1', ((60, -130), (110, -110))),
        narrow_street('q1', 'f', ((-190, 225),), has_parking=True),
        narrow_street('f', 'a', ((160, 225), (235, 160), (200, 90)), curve_radius_m=35),
        narrow_street('b', 'f'),
        narrow_street('b', 'a', ((70, 130), (110, 90), (140, 90)), curve_radius_m=25),
        narrow_street('c', 'g', ((-190, -170), (-120, -225)), curve_radius_m=35),
        narrow_street('d', 'g'),
        narrow_street('c', 'd', ((-120, -70), (-90, -130)), curve_radius_m=30, has_parking=True),
        narrow_street('g', 'p2', ((200, -225),), has_parking=True),
    ]
    for name, centre_m, arms_deg, radius_m in (
        ('r', (0.0, 0.0), (0.0, 90.0, 180.0, 270.0), 17.0),
        ('q', (-190.0, 120.0), (0.0, 90.0, 270.0), 17.0),
        ('p', (200.0, -110.0), (90.0, 180.0, 270.0), 17.0),
    ):
        ring_junctions, ring = roundabout(name, centre_m, arms_deg, radius_m=radius_m)
        junctions += ring_junctions
        streets += ring
    return TownPlan(
        name='Town95',
        junctions=tuple(junctions),
        streets=tuple(streets),
        latitude_deg=52.1,
        longitude_deg=5.1,
        landscape=Landscape(most_floors=3.0),
        has_more_signs=True,
    )
