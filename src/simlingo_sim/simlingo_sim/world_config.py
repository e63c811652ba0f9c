# SPDX-License-Identifier: Apache-2.0
"""Settings of a world."""

from __future__ import annotations

from dataclasses import dataclass, field

from simlingo_core.config import parameter
from simlingo_sim.camera.specs import CameraQuality, CameraSpec
from simlingo_sim.ego.sensors import SensorConfig
from simlingo_sim.ego.vehicle import VehicleConfig
from simlingo_sim.traffic.traffic import TrafficConfig


@dataclass(frozen=True, kw_only=True)
class WorldConfig:
    """Settings of a world.

    Attributes:
        traffic, vehicle, sensors: of the parts.
        camera: the image of every frame.
        quality: of all images.
    """

    role_name: str = parameter('ego_vehicle', description='Role of the driven car.')
    parked_share: float = parameter(
        0.5, low=0.0, high=1.0, description='Share of the parking places that are taken.'
    )
    traffic: TrafficConfig = field(default_factory=TrafficConfig)
    vehicle: VehicleConfig = field(default_factory=VehicleConfig)
    sensors: SensorConfig = field(default_factory=SensorConfig)
    camera: CameraSpec = field(default_factory=CameraSpec)
    quality: CameraQuality = CameraQuality.PLAIN
