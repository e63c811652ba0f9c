# SPDX-License-Identifier: Apache-2.0
"""A short route for tests of the world, and two commands."""

import numpy as np

from simlingo_core.types import VehicleCommand
from simlingo_sim.town.route_files import RouteSpec

GO, STAY = VehicleCommand(throttle=0.4), VehicleCommand.full_brake()
# Northbound on a street of one lane each way, 100 m to the junction ahead.
STREET = np.array([[-68.25, -150.0], [-68.25, 0.0]])


def street(**changes):
    """Return a route along the street, with changes."""
    values = {'id': 's', 'town': 'Town91', 'waypoints_map_m': STREET, **changes}
    return RouteSpec(**values)
