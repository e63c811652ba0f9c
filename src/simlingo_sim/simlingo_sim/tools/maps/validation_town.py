# SPDX-License-Identifier: Apache-2.0
"""``Town97``, the validation town: a bit of all that the training towns have."""

from __future__ import annotations

import numpy as np

from simlingo_sim.tools.maps.motorways import MEDIAN_M, Ramp, beside, carriageway
from simlingo_sim.tools.maps.roundabouts import roundabout
from simlingo_sim.tools.maps.street_kinds import country_road, main_street, narrow_street
from simlingo_sim.tools.maps.town_plan import Junction, TownPlan, round_corners
from simlingo_sim.town.landscape import Landscape


def validation_town() -> TownPlan:
    """A motorway whose ramps meet a village at a roundabout; a winding road on its other side."""
    corners = np.array([(-450.0, 30.0), (-100.0, 30.0), (150.0, 0.0), (450.0, 0.0)])
    centre = round_corners(corners, 450.0)
    junctions = [
        Junction(name='w', x_m=-450, y_m=30, kind='traffic_light'),
        Junction(name='e', x_m=450, y_m=0, kind='traffic_light'),
        Junction(name='x', x_m=-240, y_m=-190, kind='priority_stop'),
        Junction(name='y', x_m=250, y_m=-190, kind='traffic_light'),
        Junction(name='v', x_m=0, y_m=-290, kind='allway_stop'),
    ]
    streets = [
        main_street('u3', 'x', ((-90, -150), (-150, -190))),
        main_street('u0', 'y', ((90, -150), (150, -190))),
        main_street('u4', 'v'),
        narrow_street('x', 'v', ((-240, -290),), has_parking=True),
        narrow_street('v', 'y', ((120, -290), (180, -250), (250, -250)), has_parking=True),
        country_road('w', 'x', ((-450, -130), (-380, -190)), is_major=True),
        country_road('y', 'e', ((330, -190), (370, -120), (450, -120)), is_major=True),
        country_road('w', 'e', ((-450, 190), (-340, 220), (-250, 130), (-130, 220), (0, 130),
                                (120, 210), (250, 130), (330, 210), (450, 150)), is_major=True),
    ]  # fmt: skip
    ring_junctions, ring = roundabout(
        'u', (0.0, -150.0), (0.0, 55.0, 125.0, 180.0, 270.0), radius_m=20.0
    )
    ramps = (
        Ramp(at_m=330.0, junction='u2', via_m=((-50.0, -60.0), (-50.0, -90.0)), is_exit=True),
        Ramp(at_m=530.0, junction='u1', via_m=((30.0, -100.0), (-5.0, -30.0)), is_exit=False),
    )
    links = []
    for name, side, ends, own_ramps in (
        ('a', -1.0, ('w', 'e'), ramps),
        ('b', 1.0, ('e', 'w'), ()),
    ):
        line = beside(centre, side * MEDIAN_M / 2)
        line = line if side < 0 else line.reverse()
        way_junctions, way, way_links = carriageway(name, line, *ends, own_ramps)
        junctions += way_junctions
        streets += way
        links += way_links
    return TownPlan(
        name='Town97',
        junctions=(*junctions, *ring_junctions),
        streets=(*streets, *ring),
        links=tuple(links),
        latitude_deg=45.2,
        longitude_deg=5.7,
        landscape=Landscape(hills_m=45.0, most_floors=3.0),
        has_more_signs=True,
    )
