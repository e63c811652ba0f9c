# SPDX-License-Identifier: Apache-2.0
"""What actors of scenarios do."""

from simlingo_sim.situations.scenarios.behaviours.around_slot import ParkAround, PassingStream
from simlingo_sim.situations.scenarios.behaviours.cut_in import CutIn
from simlingo_sim.situations.scenarios.behaviours.ride import Ride
from simlingo_sim.situations.scenarios.behaviours.stand import OpenDoor, Stand
from simlingo_sim.situations.scenarios.behaviours.stream import OncomingStream
from simlingo_sim.situations.scenarios.behaviours.walk import WalkAcross

__all__ = [
    'CutIn',
    'OncomingStream',
    'OpenDoor',
    'ParkAround',
    'PassingStream',
    'Ride',
    'Stand',
    'WalkAcross',
]
