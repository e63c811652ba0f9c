# SPDX-License-Identifier: Apache-2.0
"""What a world returns each tick: ego state, image and sensor readings."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simlingo_core.checks import finite_array, store_finite
from simlingo_core.errors import ContractError
from simlingo_core.types import EgoState

TICK_PERIOD_S = 0.05


@dataclass(frozen=True, kw_only=True)
class ImuReading:
    """One reading of the inertial unit, in base_link (REP-103).

    Attributes:
        acceleration_base_mps2: shape (3,), with gravity (about +9.81 along z at rest).
        angular_velocity_base_radps: shape (3,).
        orientation_yaw_rad: yaw in map, counter-clockwise from x.
    """

    acceleration_base_mps2: NDArray[np.float64]
    angular_velocity_base_radps: NDArray[np.float64]
    orientation_yaw_rad: float

    def __post_init__(self) -> None:
        for name in ('acceleration_base_mps2', 'angular_velocity_base_radps'):
            array = finite_array(f'ImuReading.{name}', getattr(self, name), (3,))
            object.__setattr__(self, name, array)
        store_finite(self, 'orientation_yaw_rad')


@dataclass(frozen=True, kw_only=True)
class GnssReading:
    """One satellite fix: degrees, degrees, metres."""

    latitude_deg: float
    longitude_deg: float
    altitude_m: float

    def __post_init__(self) -> None:
        store_finite(self, 'latitude_deg', 'longitude_deg', 'altitude_m')


@dataclass(frozen=True, kw_only=True)
class Frame:
    """The world at one tick.

    Attributes:
        tick: counts from 0 at reset.
        t_s: simulation time, ``tick * 0.05``.
        ego: true state of the car.
        image_bgra: uint8 (height, width, 4), or None if no image was requested.
        imu: inertial unit.
        gnss: satellite fix.
        speedometer_mps: along base_link x.
        is_done: the episode is over (arrived, blocked, deviated or out of time).
    """

    tick: int
    t_s: float
    ego: EgoState
    image_bgra: NDArray[np.uint8] | None
    imu: ImuReading
    gnss: GnssReading
    speedometer_mps: float
    is_done: bool = False

    def __post_init__(self) -> None:
        store_finite(self, 't_s', 'speedometer_mps')
        image = self.image_bgra
        if image is not None and (image.ndim != 3 or image.shape[2] != 4):
            raise ContractError(
                f'Frame.image_bgra has shape {image.shape}; expected (height, width, 4)'
            )
