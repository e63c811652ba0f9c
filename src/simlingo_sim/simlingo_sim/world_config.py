# SPDX-License-Identifier: Apache-2.0
"""Parameters of a simulated world."""

from __future__ import annotations

from dataclasses import dataclass, field

from simlingo_core.config import parameter
from simlingo_sim.camera.specs import CameraQuality, CameraSpec
from simlingo_sim.ego.sensors import SensorConfig
from simlingo_sim.ego.vehicle import VehicleConfig
from simlingo_sim.traffic.traffic import TrafficConfig


@dataclass(frozen=True, kw_only=True)
class WorldConfig:
    """Parameters of a simulated world.

    Attributes:
        traffic: number of other road users.
        vehicle: size and dynamics of the ego car.
        sensors: sensor noise.
        camera: the camera whose image is part of each frame.
        quality: quality of all images.
    """

    role_name: str = parameter('ego_vehicle', description='Role name of the ego car.')
    parked_share: float = parameter(
        0.5, low=0.0, high=1.0, description='Share of the parking slots with a car in them.'
    )
    billboards: int = parameter(
        0, low=0, high=200, description='Number of billboards beside the streets.'
    )
    road_works: int = parameter(
        0, low=0, high=100, description='Number of parking slots closed by road works.'
    )
    weather: str = parameter(
        '',
        description="A weather preset of CARLA such as HardRainNight, 'random' (by the seed), "
        "'noon', or empty: that of the route.",
    )
    camera_faults: str = parameter(
        '',
        description='Faults of the front camera, separated by commas: dirt, drops, glare, noise, '
        'exposure, frozen, late, dropped.',
    )
    traffic: TrafficConfig = field(default_factory=TrafficConfig)
    vehicle: VehicleConfig = field(default_factory=VehicleConfig)
    sensors: SensorConfig = field(default_factory=SensorConfig)
    camera: CameraSpec = field(default_factory=CameraSpec)
    quality: CameraQuality = CameraQuality.PLAIN
