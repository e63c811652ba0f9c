# SPDX-License-Identifier: Apache-2.0
"""Light of a weather: sun, sky, haze and lamps from CARLA's parameters."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simlingo_core.carla_frame import yaw_from_carla
from simlingo_sim.camera.sky import Daylight, Light
from simlingo_sim.weather import Weather

CLEAREST_M = 1300.0
_NIGHT_SKY, _NIGHT_HORIZON = (0.010, 0.014, 0.035), (0.055, 0.060, 0.085)
_DAY_ZENITH, _DAY_HORIZON = (0.28, 0.50, 0.80), (0.80, 0.86, 0.91)
_LOW_HORIZON, _GREY, _BRIGHT = (0.96, 0.70, 0.46), (0.66, 0.69, 0.72), (0.95, 0.96, 0.97)


@dataclass(frozen=True, kw_only=True)
class LampLight:
    """Light that does not come from the sky.

    Attributes:
        darkness: 0 (day) to 1 (night): how much lamps light up what is around them.
        are_on: whether head, tail and street lamps are lit.
        wetness: 0 (dry) to 1: how much the road mirrors.
    """

    darkness: float
    are_on: bool
    wetness: float


NO_LAMPS = LampLight(darkness=0.0, are_on=False, wetness=0.0)


def lamp_light(weather: Weather) -> LampLight:
    """Return the light of lamps and the mirroring of the road in a weather."""
    day = _day_share(weather)
    return LampLight(
        darkness=(1.0 - day) ** 1.5,
        are_on=weather.are_lamps_on,
        wetness=weather.wet_share,
    )


def daylight_of(weather: Weather) -> Daylight:
    """Return sun, sky and haze of a weather; CARLA's y axis points to the right."""
    day, altitude = _day_share(weather), weather.sun_altitude_angle
    clouds = max(weather.cloudiness, 0.9 * weather.precipitation) / 100.0
    low = 1.0 - _ramp(altitude, 4.0, 28.0)
    direct = _ramp(altitude, -1.0, 18.0) * (1.0 - 0.92 * clouds**1.5)
    sky = np.array([0.58, 0.61, 0.68]) * (1.0 + 0.08 * clouds)
    sky = sky * day + np.array([0.050, 0.056, 0.085]) * (1.0 - day)
    ground = sky * np.array([0.79, 0.74, 0.63])
    horizon = _mix(_DAY_HORIZON, _LOW_HORIZON, 0.75 * low * (1.0 - clouds))
    horizon = _mix(horizon, _GREY, 0.8 * clouds)
    zenith = _mix(_DAY_ZENITH, 0.9 * np.array(_GREY), min(1.0, 1.1 * clouds**1.5))
    horizon = _mix(_NIGHT_HORIZON, horizon, day)
    # Fog hides the sky, too.
    veil = 1.0 - _ramp(visibility_m(weather), 80.0, 700.0)
    clouds_color = _mix(_NIGHT_HORIZON, _mix(_BRIGHT, _GREY, 0.8 * clouds), day)
    return Daylight(
        sun_azimuth_rad=yaw_from_carla(weather.sun_azimuth_angle),
        # Shadows of a lower sun would be longer than what is drawn.
        sun_elevation_rad=math.radians(max(altitude, 5.0)),
        sun_color=_light(0.86 * direct * np.array([1.0, 0.95 - 0.30 * low, 0.88 - 0.50 * low])),
        sky_light=_light(sky),
        ground_light=_light(ground),
        horizon=_light(horizon),
        zenith=_light(_mix(_mix(_NIGHT_SKY, zenith, day), horizon, veil)),
        fog_density=_haze_per_m2(weather),
        cloud_cover=clouds,
        clouds=_light(_mix(clouds_color, horizon, veil)),
        land=_light(_mix(_mix(_NIGHT_HORIZON, (0.55, 0.62, 0.52), day), horizon, veil)),
        hills=_light(_mix(_mix(_NIGHT_SKY, (0.30, 0.42, 0.28), day), horizon, veil)),
    )


def visibility_m(weather: Weather) -> float:
    """Return the distance at which haze hides 95 % of the contrast."""
    fog = 3000.0 * math.exp(-weather.fog_density / 28.0) + 0.5 * weather.fog_distance
    rain = 2400.0 * math.exp(-weather.precipitation / 42.0)
    return min(CLEAREST_M, fog, rain)


def _haze_per_m2(weather: Weather) -> float:
    return 3.0 / visibility_m(weather) ** 2


def _day_share(weather: Weather) -> float:
    return _ramp(weather.sun_altitude_angle, -11.0, 12.0)


def _ramp(value: float, low: float, high: float) -> float:
    """Return 0 below, 1 above, and smooth in between."""
    share = min(1.0, max(0.0, (value - low) / (high - low)))
    return share * share * (3.0 - 2.0 * share)


def _mix(
    a: Light | NDArray[np.float64], b: Light | NDArray[np.float64], share: float
) -> NDArray[np.float64]:
    return np.asarray(a) * (1.0 - share) + np.asarray(b) * share


def _light(color: NDArray[np.float64]) -> Light:
    red, green, blue = (float(min(1.2, channel)) for channel in color)
    return red, green, blue
