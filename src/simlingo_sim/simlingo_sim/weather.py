# SPDX-License-Identifier: Apache-2.0
"""Weather in CARLA's parameters: presets, random draws and changes along a route."""

from __future__ import annotations

import functools
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields

import numpy as np

from simlingo_core.errors import WorldError

NOON = 'noon'
RANDOM = 'random'
# Share of the dry grip that a fully wet road leaves.
WET_GRIP = 0.7
LAMPS_BELOW_DEG = 6.0
LAMPS_RAIN_PERCENT, LAMPS_FOG_PERCENT = 50.0, 25.0
# Steps of a weather that changes along the route.
STEP_PERCENT = 2.0
# Parameters of CARLA that make no difference here.
NOT_DRAWN = frozenset(
    (
        'fog_falloff',
        'scattering_intensity',
        'mie_scattering_scale',
        'rayleigh_scattering_scale',
        'dust_storm',
    )
)


@dataclass(frozen=True, kw_only=True)
class Weather:
    """CARLA's weather parameters; the names and units are those of ``carla.WeatherParameters``.

    Attributes:
        cloudiness: 0 (clear) to 100 (covered) percent.
        precipitation: rain, 0 to 100 percent.
        precipitation_deposits: puddles, 0 to 100 percent.
        wind_intensity: 0 to 100 percent; slants the rain.
        sun_azimuth_angle: degrees in CARLA's left-handed axes, from +x towards +y.
        sun_altitude_angle: degrees above the horizon, -90 to 90.
        fog_density: 0 to 100 percent.
        fog_distance: distance in metres at which fog begins.
        wetness: wet surfaces without puddles, 0 to 100 percent.

    Raises:
        WorldError: a number is not finite or out of its range.
    """

    cloudiness: float = 50.0
    precipitation: float = 0.0
    precipitation_deposits: float = 0.0
    wind_intensity: float = 10.0
    sun_azimuth_angle: float = -1.0
    sun_altitude_angle: float = 70.0
    fog_density: float = 2.0
    fog_distance: float = 0.75
    wetness: float = 0.0

    def __post_init__(self) -> None:
        for field in fields(self):
            low, high = _RANGES.get(field.name, (0.0, 100.0))
            number = getattr(self, field.name)
            if not (math.isfinite(number) and low <= number <= high):
                raise WorldError(
                    f'weather {field.name} is {number}; expected {low:g} to {high:g} as in CARLA'
                )

    @classmethod
    def nearest(cls, values: Mapping[str, float]) -> Weather:
        """Return the weather of values by name, brought into their ranges.

        CARLA has -1 in its preset ``Default``, and worlds of a user's own have other values.

        Raises:
            WorldError: a number is not finite.
        """
        known = {}
        for field in fields(cls):
            low, high = _RANGES.get(field.name, (0.0, 100.0))
            number = float(values[field.name])
            known[field.name] = min(max(number, low), high) if math.isfinite(number) else number
        return cls(**known)

    @property
    def wet_share(self) -> float:
        """How wet the road is, 0 (dry) to 1: the most of puddles, wetness and rain."""
        shares = (self.precipitation_deposits / 90, self.wetness / 100, self.precipitation / 60)
        return min(1.0, max(shares))

    @property
    def are_lamps_on(self) -> bool:
        """Whether head, tail and street lamps are lit: in the dark, in rain and in fog."""
        return (
            self.sun_altitude_angle < LAMPS_BELOW_DEG
            or self.precipitation >= LAMPS_RAIN_PERCENT
            or self.fog_density >= LAMPS_FOG_PERCENT
        )

    @property
    def grip_share(self) -> float:
        """Grip of the tyres over that of a dry road, 0.7 to 1."""
        return 1.0 - (1.0 - WET_GRIP) * self.wet_share


_RANGES = {
    'sun_azimuth_angle': (-360.0, 360.0),
    'sun_altitude_angle': (-90.0, 90.0),
    'fog_distance': (0.0, 10_000.0),
}

# CARLA's presets; each has the sun at an azimuth of -1 degree.
_COLUMNS = (
    'cloudiness',
    'precipitation',
    'precipitation_deposits',
    'wind_intensity',
    'sun_altitude_angle',
    'fog_density',
    'fog_distance',
    'wetness',
)
_ROWS = {
    'ClearNoon': (5.0, 0.0, 0.0, 10.0, 45.0, 2.0, 0.75, 0.0),
    'CloudyNoon': (60.0, 0.0, 0.0, 10.0, 45.0, 3.0, 0.75, 0.0),
    'WetNoon': (5.0, 0.0, 50.0, 10.0, 45.0, 3.0, 0.75, 0.0),
    'WetCloudyNoon': (60.0, 0.0, 50.0, 10.0, 45.0, 3.0, 0.75, 0.0),
    'SoftRainNoon': (20.0, 30.0, 50.0, 30.0, 45.0, 3.0, 0.75, 0.0),
    'MidRainyNoon': (60.0, 60.0, 60.0, 60.0, 45.0, 3.0, 0.75, 0.0),
    'HardRainNoon': (100.0, 100.0, 90.0, 100.0, 45.0, 7.0, 0.75, 0.0),
    'ClearSunset': (5.0, 0.0, 0.0, 10.0, 15.0, 2.0, 0.75, 0.0),
    'CloudySunset': (60.0, 0.0, 0.0, 10.0, 15.0, 3.0, 0.75, 0.0),
    'WetSunset': (5.0, 0.0, 50.0, 10.0, 15.0, 2.0, 0.75, 0.0),
    'WetCloudySunset': (60.0, 0.0, 50.0, 10.0, 15.0, 2.0, 0.75, 0.0),
    'SoftRainSunset': (20.0, 30.0, 50.0, 30.0, 15.0, 2.0, 0.75, 0.0),
    'MidRainSunset': (60.0, 60.0, 60.0, 60.0, 15.0, 3.0, 0.75, 0.0),
    'HardRainSunset': (100.0, 100.0, 90.0, 100.0, 15.0, 7.0, 0.75, 0.0),
    'ClearNight': (5.0, 0.0, 0.0, 10.0, -90.0, 60.0, 75.0, 0.0),
    'CloudyNight': (60.0, 0.0, 0.0, 10.0, -90.0, 60.0, 0.75, 0.0),
    'WetNight': (5.0, 0.0, 50.0, 10.0, -90.0, 60.0, 75.0, 60.0),
    'WetCloudyNight': (60.0, 0.0, 50.0, 10.0, -90.0, 60.0, 0.75, 60.0),
    'SoftRainNight': (60.0, 30.0, 50.0, 30.0, -90.0, 60.0, 0.75, 60.0),
    'MidRainyNight': (80.0, 60.0, 60.0, 60.0, -90.0, 60.0, 0.75, 80.0),
    'HardRainNight': (100.0, 100.0, 90.0, 100.0, -90.0, 100.0, 0.75, 100.0),
}
_OWN = {
    'Dawn': Weather(cloudiness=20.0, sun_altitude_angle=4.0, fog_density=12.0),
    'Dusk': Weather(cloudiness=20.0, sun_altitude_angle=-4.0),
    'LowSun': Weather(cloudiness=5.0, sun_altitude_angle=7.0, sun_azimuth_angle=0.0),
    'Fog': Weather(cloudiness=80.0, sun_altitude_angle=40.0, fog_density=90.0),
    'FogNight': Weather(cloudiness=80.0, sun_altitude_angle=-30.0, fog_density=95.0),
}
PRESETS = {
    name: Weather(**dict(zip(_COLUMNS, row, strict=True))) for name, row in _ROWS.items()
} | _OWN


def weather_named(name: str) -> Weather:
    """Return the weather of a preset of CARLA, or of one of this package.

    Raises:
        WorldError: there is no such preset.
    """
    if name not in PRESETS:
        known = ', '.join(PRESETS)
        raise WorldError(f'weather is {name!r}; expected {NOON!r}, {RANDOM!r} or one of: {known}')
    return PRESETS[name]


def random_weather(rng: np.random.Generator) -> Weather:
    """Draw a weather for training: every hour of the day, every second one dry and clear."""
    altitude = float(rng.choice([rng.uniform(25, 85), rng.uniform(2, 25), rng.uniform(-60, 2)]))
    rain = float(rng.uniform(10, 100)) if rng.random() < 0.3 else 0.0
    wet = rain > 0.0 or rng.random() < 0.15
    return Weather(
        cloudiness=float(rng.uniform(60, 100) if rain else rng.uniform(0, 90)),
        precipitation=rain,
        precipitation_deposits=float(rng.uniform(20, 90)) if wet else 0.0,
        wind_intensity=float(rng.uniform(0, 100)),
        sun_azimuth_angle=float(rng.uniform(0, 360)),
        sun_altitude_angle=altitude,
        fog_density=float(rng.uniform(20, 85) if rng.random() < 0.15 else rng.uniform(0, 10)),
        wetness=float(rng.uniform(30, 100)) if wet else 0.0,
    )


@dataclass(frozen=True)
class RouteWeather:
    """Weather along a route, linear between its entries, as in the CARLA leaderboard.

    Attributes:
        entries: pairs of the share of the route in percent, ascending, and the weather there.

    Raises:
        WorldError: there is no entry, or the shares are not ascending within 0 to 100.
    """

    entries: tuple[tuple[float, Weather], ...]

    def __post_init__(self) -> None:
        shares = [share for share, _ in self.entries]
        in_range = all(0.0 <= share <= 100.0 for share in shares)
        if not shares or not in_range or shares != sorted(shares):
            raise WorldError(
                f'route_percentage of the weathers is {shares}; expected 0 to 100, ascending'
            )

    def at(self, share_percent: float) -> Weather:
        """Return the weather where this share of the route is driven, in steps of 2 percent."""
        if len(self.entries) == 1:
            return self.entries[0][1]
        return _between(self.entries, STEP_PERCENT * round(share_percent / STEP_PERCENT))


# Asked for at every tick, and different only every 2 percent of the route.
@functools.lru_cache(maxsize=64)
def _between(entries: tuple[tuple[float, Weather], ...], share_percent: float) -> Weather:
    shares = [share for share, _ in entries]
    rows = [asdict(weather) for _, weather in entries]
    return Weather(
        **{
            key: float(np.interp(share_percent, shares, [row[key] for row in rows]))
            for key in rows[0]
        }
    )


def choose_weather(
    name: str, points: Sequence[tuple[float, Mapping[str, float]]], seed: int
) -> RouteWeather | None:
    """Return the weather of an episode; None: a dry noon whose sun and clouds the seed decides.

    Args:
        name: a preset, ``random``, ``noon``, or empty: as the route has it.
        points: the route's own weathers: share of the route in percent, values by CARLA's names.
        seed: seed of a random weather.

    Raises:
        WorldError: there is no such preset, or a value of the route is out of its range.
    """
    if name == NOON or (not name and not points):
        return None
    if name == RANDOM:
        return RouteWeather(((0.0, random_weather(np.random.default_rng([seed, 7]))),))
    if name:
        return RouteWeather(((0.0, weather_named(name)),))
    known = {field.name for field in fields(Weather)}
    entries = []
    for share, values in points:
        unknown = sorted(set(values) - known - NOT_DRAWN)
        if unknown:
            raise WorldError(
                f'weather has {", ".join(unknown)}; expected parameters of CARLA: '
                f'{", ".join(sorted(known | NOT_DRAWN))}'
            )
        entries.append((share, Weather(**{k: v for k, v in values.items() if k in known})))
    return RouteWeather(tuple(entries))
