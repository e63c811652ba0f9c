# SPDX-License-Identifier: Apache-2.0
"""Settings of the localisation."""

from __future__ import annotations

import math
from dataclasses import dataclass

from simlingo_core.config import parameter, validate
from simlingo_core.errors import ConfigError, ContractError
from simlingo_core.geodesy import GeoReference

AUTO = 'auto'


@dataclass(frozen=True, kw_only=True)
class LocalisationConfig:
    """Settings of the localisation.

    Raises:
        ConfigError: a value is out of range, or the reference is not understood.
    """

    role_name: str = parameter('ego_vehicle', description="The car's role name.")
    reference: str = parameter(
        AUTO,
        description='Latitude and longitude of the origin of map, such as 49.0,8.0; auto: from '
        'the map, or from the two forms of the route.',
    )
    compass_offset_rad: float = parameter(
        0.0,
        unit='rad',
        low=-2.0 * math.pi,
        high=2.0 * math.pi,
        description="Added to the IMU's yaw; pi/4 for the native output of CARLA 0.9.16.",
    )
    is_imu_left_handed: bool = parameter(
        False, description="The IMU's vectors are in CARLA's axes (native output of 0.9.15)."
    )
    has_speedometer: bool = parameter(
        True,
        description='A speedometer sends; without it the speed comes from fixes and IMU, which '
        'needs fixes without noise.',
    )
    gap_limit_s: float = parameter(
        0.3, unit='s', low=0.05, high=5.0, description='After a longer gap the filter begins anew.'
    )
    jump_limit_m: float = parameter(
        20.0,
        unit='m',
        low=1.0,
        high=1000.0,
        description='A fix farther from the filtered position: the car was put elsewhere.',
    )

    def __post_init__(self) -> None:
        validate(self)
        self.fixed_reference()

    def fixed_reference(self) -> GeoReference | None:
        """Return the reference that was given; None: it is found.

        Raises:
            ConfigError: the text is not two numbers in range.
        """
        if self.reference == AUTO:
            return None
        try:
            latitude, longitude = (float(part) for part in self.reference.split(','))
            return GeoReference(latitude_deg=latitude, longitude_deg=longitude)
        except (ValueError, ContractError) as error:
            raise ConfigError(
                f'reference is {self.reference!r}; expected auto, or latitude,longitude in '
                f'degrees such as 49.0,8.0 ({error})'
            ) from error
