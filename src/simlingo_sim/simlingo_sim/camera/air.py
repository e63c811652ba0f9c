# SPDX-License-Identifier: Apache-2.0
"""What air and lens add to an image: halos of lamps, glare of the sun, rain and drops."""

from __future__ import annotations

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from simlingo_core.carla_frame import yaw_from_carla
from simlingo_core.geometry import Pose3
from simlingo_sim.camera.specs import CameraSpec
from simlingo_sim.camera.weather_light import lamp_light
from simlingo_sim.weather import Weather

Image = NDArray[np.uint8]

HALO_SHRINK = 4
STREAKS_AT_MOST = 420
STREAK_PERIOD_S = 0.04
DROPS_AT_MOST = 26
DROP_LIFE_S = 1.6


def add_air(
    image: Image,
    camera: CameraSpec,
    map_from_camera: Pose3,
    weather: Weather,
    seed: int,
    t_s: float,
) -> None:
    """Change an image of a front camera in place.

    Args:
        image: BGRA, shape (height, width, 4).
        camera: the camera; one without perspective is left alone.
        map_from_camera: its pose.
        weather: the weather.
        seed: seed of rain and drops.
        t_s: time since the reset; the same time gives the same rain.
    """
    if camera.orthographic_width_m is not None:
        return
    lamps = lamp_light(weather)
    if lamps.are_on:
        add_halos(image, 0.35 + 0.45 * lamps.darkness, lamps.wetness)
    if weather.cloudiness < 60.0 and weather.sun_altitude_angle > -2.0:
        add_glare(image, camera, map_from_camera, weather)
    if weather.precipitation > 0.0:
        add_streaks(image, weather, seed, t_s)
        add_drops(image, weather.precipitation / 100.0, seed, t_s)


def add_halos(image: Image, strength: float, wetness: float) -> None:
    """Add halos around what is very bright; a wet road mirrors it and draws it out."""
    height, width = image.shape[:2]
    small = cv2.resize(
        image, (width // HALO_SHRINK, height // HALO_SHRINK), interpolation=cv2.INTER_AREA
    )
    small[..., 3] = 0
    # Lamps are brighter than what is around them; a bright sky is bright everywhere.
    bright = cv2.subtract(small, cv2.blur(small, (61, 61)))
    bright[bright.max(axis=2) < 90] = 0
    halo = cv2.GaussianBlur(bright, (0, 0), 2.6 * width / 1024)
    if wetness > 0.0:
        half = len(bright) // 2
        mirrored = cv2.add(bright[half:], np.ascontiguousarray(bright[half - 1 :: -1]))
        tall = max(3, height // 24 | 1)
        streak = cv2.blur(mirrored, (3, tall), anchor=(1, tall - 1))
        halo[half:] = cv2.addWeighted(halo[half:], 1.0, streak, 2.0 * wetness, 0.0)
    halo = cv2.convertScaleAbs(halo, alpha=strength)
    cv2.add(image, cv2.resize(halo, (width, height)), dst=image)


def add_glare(image: Image, camera: CameraSpec, map_from_camera: Pose3, weather: Weather) -> None:
    """Add the disc of the sun and the glare of a low one, where nothing hides it."""
    azimuth = yaw_from_carla(weather.sun_azimuth_angle)
    altitude = math.radians(weather.sun_altitude_angle)
    flat = math.cos(altitude)
    sun_map = np.array([flat * math.cos(azimuth), flat * math.sin(azimuth), math.sin(altitude)])
    sun = map_from_camera.rotation.T @ sun_map
    if sun[0] < 0.2:
        return
    column, row = camera.project(sun[None])[0]
    height, width = image.shape[:2]
    if not (0 <= column < width and 0 <= row < height) or not _sees_sky(image, row, column):
        return
    clear = 1.0 - weather.cloudiness / 60.0
    low = 1.0 - min(1.0, max(0.0, (weather.sun_altitude_angle - 5.0) / 40.0))
    reach = width * (0.05 + 0.22 * low)
    y, x = np.ogrid[0:height:4, 0:width:4]
    distance2 = ((x - column) ** 2 + (y - row) ** 2).astype(np.float32)
    glow = np.exp(-distance2 / (0.012 * width) ** 2) + (0.2 + 0.5 * low) * np.exp(
        -np.sqrt(distance2) / (reach * 0.6)
    )
    light = (glow[..., None] * (clear * np.array([205.0, 240.0, 255.0, 0.0]))).clip(0, 255)
    cv2.add(image, cv2.resize(light.astype(np.uint8), (width, height)), dst=image)


def _sees_sky(image: Image, row: float, column: float) -> bool:
    """Return whether the pixels around the sun are sky, which is bluish or bright."""
    patch = image[max(0, int(row) - 2) : int(row) + 3, max(0, int(column) - 2) : int(column) + 3]
    blue, green, red = patch[..., :3].reshape(-1, 3).mean(axis=0)
    return bool(blue > 120 and green > 90 and blue + green + red > 360)


def add_streaks(image: Image, weather: Weather, seed: int, t_s: float) -> None:
    """Add falling rain, slanted by the wind."""
    height, width = image.shape[:2]
    rng = np.random.default_rng([seed, 11, int(t_s / STREAK_PERIOD_S)])
    count = int(STREAKS_AT_MOST * weather.precipitation / 100.0)
    depth = rng.uniform(0.0, 1.0, count) ** 2
    length = height * (0.015 + 0.07 * depth)
    slant = 0.35 * weather.wind_intensity / 100.0 * (1.0 if seed % 2 else -1.0)
    start = np.column_stack([rng.uniform(-0.1, 1.1, count) * width, rng.uniform(-0.1, 1, count)])
    start[:, 1] *= height
    end = start + np.column_stack([slant * length, length])
    layer = np.zeros((height, width), np.uint8)
    lines = np.stack([start, end], axis=1).round().astype(np.int32)
    shade = (26 + 46 * depth).astype(int)
    for line, value in zip(lines, shade, strict=True):
        cv2.line(layer, line[0].tolist(), line[1].tolist(), int(value), 1)
    # Rain is as bright as the light around it.
    light = min(1.0, (40.0 + float(image[: height // 3 : 4, ::4, :3].mean())) / 200.0)
    rain = cv2.convertScaleAbs(layer, alpha=light)
    cv2.add(image, cv2.merge([rain, rain, rain, np.zeros_like(rain)]), dst=image)


def add_drops(image: Image, rain_share: float, seed: int, t_s: float) -> None:
    """Add drops on the lens; each stays for a while and shows what is behind it upside down."""
    height, width = image.shape[:2]
    count = int(DROPS_AT_MOST * rain_share)
    for number in range(count):
        birth = (t_s + DROP_LIFE_S * number / count) // DROP_LIFE_S
        rng = np.random.default_rng([seed, 12, number, int(birth)])
        radius = int(width * rng.uniform(0.004, 0.016))
        column = int(rng.uniform(radius, width - radius))
        row = int(rng.uniform(radius, height - radius))
        if radius >= 2:
            _draw_drop(image, row, column, radius)


def _draw_drop(image: Image, row: int, column: int, radius_px: int) -> None:
    height, width = image.shape[:2]
    reach = 3 * radius_px
    top, left = max(0, row - reach), max(0, column - reach)
    around = image[top : min(height, row + reach), left : min(width, column + reach), :3]
    side = 2 * radius_px
    inside = cv2.resize(around[::-1, ::-1], (side, side), interpolation=cv2.INTER_AREA)
    inside = cv2.blur(inside, (3, 3))
    mask = np.zeros((side, side), np.float32)
    cv2.circle(mask, (radius_px, radius_px), radius_px - 1, 0.85, -1)
    soft = cv2.blur(mask, (3, 3))[..., None]
    target = image[row - radius_px : row + radius_px, column - radius_px : column + radius_px, :3]
    soft = soft[: target.shape[0], : target.shape[1]]
    inside = inside[: target.shape[0], : target.shape[1]]
    target[:] = (target * (1.0 - soft) + inside * soft).astype(np.uint8)
