# SPDX-License-Identifier: Apache-2.0
"""IMU, GNSS and speedometer with the noise of the CARLA leaderboard."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from simlingo_core.config import parameter, validate
from simlingo_core.frame import GnssReading, ImuReading
from simlingo_core.geodesy import GeoReference
from simlingo_core.types import EgoState

GRAVITY_MPS2 = 9.81


@dataclass(frozen=True, kw_only=True)
class SensorConfig:
    """Sensor noise; the defaults are those of the leaderboard."""

    has_noise: bool = parameter(True, description='Whether sensors have noise.')
    gnss_noise_deg: float = parameter(
        5e-6,
        unit='deg',
        low=0.0,
        high=1.0,
        description='Standard deviation of latitude and longitude (and of altitude in metres).',
    )
    accelerometer_noise_mps2: tuple[float, ...] = parameter(
        (0.001, 0.001, 0.015),
        unit='m/s^2',
        low=0.0,
        high=100.0,
        description='Standard deviation along x, y, z.',
    )
    gyroscope_noise_radps: float = parameter(
        0.001, unit='rad/s', low=0.0, high=10.0, description='Standard deviation of each axis.'
    )

    def __post_init__(self) -> None:
        validate(self)


class Sensors:
    """Simulates the sensors of the ego car, once per tick.

    Args:
        config: sensor noise.
        reference: latitude and longitude of the origin of map.
        rng: source of the noise.
    """

    def __init__(
        self, config: SensorConfig, reference: GeoReference, rng: np.random.Generator
    ) -> None:
        self._config = config
        self._reference = reference
        self._rng = rng

    def read_imu(self, ego: EgoState) -> ImuReading:
        """Return acceleration with gravity, turn rates and the yaw of the compass."""
        acceleration = ego.acceleration_base_mps2 + np.array([0.0, 0.0, GRAVITY_MPS2])
        turn = np.array([0.0, 0.0, ego.yaw_rate_radps])
        # Drawn also without noise, so that both settings share their other random numbers.
        noise = self._rng.standard_normal(6)
        if self._config.has_noise:
            acceleration = acceleration + noise[:3] * self._config.accelerometer_noise_mps2
            turn = turn + noise[3:] * self._config.gyroscope_noise_radps
        return ImuReading(
            acceleration_base_mps2=acceleration,
            angular_velocity_base_radps=turn,
            orientation_yaw_rad=ego.pose_map.planar.yaw_rad,
        )

    def read_gnss(self, ego: EgoState) -> GnssReading:
        """Return the satellite fix of base_link."""
        fix = self._reference.geodetic_from_map(ego.pose_map.translation_m)
        noise = self._rng.standard_normal(3)
        if self._config.has_noise:
            fix = fix + noise * self._config.gnss_noise_deg
        return GnssReading(
            latitude_deg=float(fix[0]), longitude_deg=float(fix[1]), altitude_m=float(fix[2])
        )

    def read_speedometer(self, ego: EgoState) -> float:
        """Return the forward speed; the leaderboard's speedometer has no noise."""
        return ego.speed_mps
