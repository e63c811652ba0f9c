# SPDX-License-Identifier: Apache-2.0
"""Sun, sky and haze."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simlingo_sim.camera.mesh import Mesh, MeshBuilder

Light = tuple[float, float, float]


@dataclass(frozen=True, kw_only=True)
class Daylight:
    """Light of the scene; colours 0 to 1, directions in map.

    Attributes:
        sun_azimuth_rad, sun_elevation_rad: direction of the sun.
        sun_color, sky_light, ground_light: strength of the three lights.
        horizon, zenith: colours of the sky.
        fog_density: density per square metre; haze is 1 - exp(-density * distance^2).
        cloud_cover: 0 (clear) to 1 (covered).
        clouds, land, hills: colours of clouds, of the land below the horizon and of hills.
    """

    sun_azimuth_rad: float
    sun_elevation_rad: float
    sun_color: Light
    sky_light: Light
    ground_light: Light
    horizon: Light
    zenith: Light
    fog_density: float
    cloud_cover: float
    clouds: Light = (0.95, 0.96, 0.97)
    land: Light = (0.55, 0.62, 0.52)
    hills: Light = (0.30, 0.42, 0.28)

    @property
    def sun_direction(self) -> NDArray[np.float64]:
        """Unit vector towards the sun, shape (3,)."""
        flat = math.cos(self.sun_elevation_rad)
        return np.array(
            [
                flat * math.cos(self.sun_azimuth_rad),
                flat * math.sin(self.sun_azimuth_rad),
                math.sin(self.sun_elevation_rad),
            ]
        )


def midday(rng: np.random.Generator) -> Daylight:
    """Return random daylight around noon: sun, haze and clouds vary."""
    clouds = float(rng.uniform(0.0, 0.6))
    warm = float(rng.uniform(0.0, 1.0))
    strength = 0.82 - 0.3 * clouds
    blue = rng.uniform(0.9, 1.1)
    return Daylight(
        sun_azimuth_rad=float(rng.uniform(-math.pi, math.pi)),
        sun_elevation_rad=math.radians(rng.uniform(38.0, 65.0)),
        sun_color=(strength, strength * (0.97 - 0.04 * warm), strength * (0.92 - 0.12 * warm)),
        sky_light=(0.57 + 0.08 * clouds, 0.60 + 0.07 * clouds, 0.67 + 0.03 * clouds),
        ground_light=(0.46, 0.45, 0.43),
        horizon=(0.80, 0.86, 0.91),
        zenith=(0.26 + 0.2 * clouds, 0.47 + 0.14 * clouds, min(0.95, 0.78 * blue)),
        fog_density=float(rng.uniform(1.5e-6, 3.5e-6)),
        cloud_cover=clouds,
    )


def sky_dome(daylight: Daylight, rng: np.random.Generator) -> Mesh:
    """Return the mesh of the sky: a dome of 100 m radius with clouds and hills."""
    mesh = MeshBuilder()
    around = 60
    rings = [-14.0, -4.0, -0.6, 0.0, 3, 6, 9, 12, 15.5, 19.5, 24, 29, 34.5, 41, 50]
    elevation = np.radians([*rings, 65, 90])
    azimuth = np.linspace(0, 2 * math.pi, around + 1)
    colors = _gradient(daylight, elevation, azimuth, rng)
    points = np.stack(
        [
            np.cos(elevation)[:, None] * np.cos(azimuth),
            np.cos(elevation)[:, None] * np.sin(azimuth),
            np.sin(elevation)[:, None] * np.ones_like(azimuth),
        ],
        axis=-1,
    )
    _add_grid(mesh, points * 100.0, colors)
    for reach, low, high, shade in ((98.0, 1.5, 4.5, 0.55), (96.0, 0.8, 2.2, 1.0)):
        _add_hills(mesh, reach, low, high, shade, daylight, rng)
    return mesh.build()


def _gradient(
    daylight: Daylight,
    elevation: NDArray[np.float64],
    azimuth: NDArray[np.float64],
    rng: np.random.Generator,
) -> NDArray[np.float64]:
    horizon, zenith = np.array(daylight.horizon), np.array(daylight.zenith)
    height = 1 - (1 - np.clip(np.sin(elevation) * 1.7, 0, 1)) ** 2
    colors = horizon + (zenith - horizon) * height[:, None, None]
    colors = np.repeat(colors, len(azimuth), axis=1)
    # Clouds lie on a plane above: towards the horizon they get small and flat.
    reach = 1.0 / np.tan(np.clip(elevation, 0.12, 1.5))[:, None]
    x, y = reach * np.cos(azimuth), reach * np.sin(azimuth)
    waves = np.zeros_like(x)
    for k in range(7):
        angle, phase = rng.uniform(0, 2 * math.pi, 2)
        frequency = 0.9 * 1.45**k
        waves += np.sin(frequency * (x * math.cos(angle) + y * math.sin(angle)) + phase)
    cover = np.clip(waves / 2.0 - 1.2 + 2.4 * daylight.cloud_cover, 0, 1)
    cover *= np.clip(np.degrees(elevation) / 8, 0, 1)[:, None]
    colors += (np.array(daylight.clouds) - colors) * (0.8 * cover)[..., None]
    colors[elevation < -0.005] = np.array(daylight.land) * 0.6 + horizon * 0.4
    return colors


def _add_grid(mesh: MeshBuilder, points: NDArray[np.float64], colors: NDArray[np.float64]) -> None:
    """Add the cells of a grid, visible from inside."""
    order = [(0, 0), (0, 1), (1, 1), (1, 0)]
    rows, columns = points.shape[0] - 1, points.shape[1] - 1
    corner = [points[i : i + rows, j : j + columns] for i, j in order]
    shade = [colors[i : i + rows, j : j + columns] for i, j in order]
    pick = [0, 2, 1, 0, 3, 2]
    cells = np.stack([corner[k] for k in pick], axis=2).reshape(-1, 3)
    tints = np.stack([shade[k] for k in pick], axis=2).reshape(-1, 3)
    mesh.triangles(cells, (0, 0, 1), tints)


def _add_hills(
    mesh: MeshBuilder,
    reach_m: float,
    low_deg: float,
    high_deg: float,
    shade: float,
    daylight: Daylight,
    rng: np.random.Generator,
) -> None:
    azimuth = np.linspace(0, 2 * math.pi, 65)
    height = np.zeros_like(azimuth)
    for turns in (2, 3, 5, 9, 17):
        height += np.sin(turns * azimuth + rng.uniform(0, 2 * math.pi)) / turns**0.5
    height = (height - height.min()) / (height.max() - height.min())
    top = np.radians(low_deg + (high_deg - low_deg) * height)
    green, horizon = np.array(daylight.hills), np.array(daylight.horizon)
    tint = horizon + (green - horizon) * shade * 0.62
    rows = []
    for elevation in (np.full_like(top, -0.02), top):
        rows.append(
            np.stack(
                [
                    np.cos(elevation) * np.cos(azimuth),
                    np.cos(elevation) * np.sin(azimuth),
                    np.sin(elevation),
                ],
                axis=-1,
            )
        )
    colors = np.broadcast_to(tint, (2, len(azimuth), 3)).copy()
    colors[0] = colors[0] * 0.7 + horizon * 0.3
    _add_grid(mesh, np.array(rows) * reach_m, colors)
