# SPDX-License-Identifier: Apache-2.0
"""Shapes of car-like vehicles as tables of cross-sections; x forward, metres."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Section:
    """A cross-section: heights of sill, belt line and top; half widths of belt and top."""

    x_m: float
    sill_m: float
    belt_m: float
    top_m: float
    half_belt_m: float
    half_top_m: float


@dataclass(frozen=True)
class Body:
    """A vehicle's shape."""

    sections: tuple[Section, ...]
    wheel_radius_m: float
    axles_m: tuple[float, ...]
    tail_z_m: tuple[float, float]
    head_z_m: tuple[float, float]
    # Sections between which the upper sides are windows.
    glass_from: int
    glass_to: int


def _sections(*rows: tuple[float, float, float, float, float, float]) -> tuple[Section, ...]:
    return tuple(Section(*row) for row in rows)


SEDAN = Body(
    sections=_sections(
        (-2.30, 0.32, 0.90, 0.91, 0.86, 0.74),
        (-2.22, 0.28, 0.94, 0.98, 0.88, 0.80),
        (-1.65, 0.24, 0.96, 1.03, 0.92, 0.78),
        (-0.85, 0.20, 0.96, 1.42, 0.92, 0.60),
        (0.10, 0.20, 0.94, 1.45, 0.92, 0.62),
        (0.98, 0.20, 0.92, 0.98, 0.92, 0.76),
        (1.90, 0.26, 0.80, 0.86, 0.90, 0.72),
        (2.24, 0.28, 0.70, 0.72, 0.88, 0.68),
        (2.30, 0.32, 0.64, 0.65, 0.84, 0.62),
    ),
    wheel_radius_m=0.33,
    axles_m=(-1.38, 1.42),
    tail_z_m=(0.66, 0.90),
    head_z_m=(0.54, 0.70),
    glass_from=2,
    glass_to=5,
)
HATCHBACK = Body(
    sections=_sections(
        (-2.05, 0.30, 0.94, 0.95, 0.85, 0.74),
        (-1.98, 0.26, 0.98, 1.02, 0.88, 0.76),
        (-1.55, 0.22, 0.98, 1.44, 0.90, 0.62),
        (-0.20, 0.20, 0.96, 1.52, 0.90, 0.64),
        (0.25, 0.20, 0.95, 1.48, 0.90, 0.64),
        (1.05, 0.20, 0.93, 1.00, 0.90, 0.74),
        (1.75, 0.26, 0.84, 0.89, 0.88, 0.70),
        (2.00, 0.28, 0.72, 0.74, 0.86, 0.66),
        (2.05, 0.32, 0.66, 0.67, 0.82, 0.60),
    ),
    wheel_radius_m=0.31,
    axles_m=(-1.25, 1.28),
    tail_z_m=(0.70, 1.00),
    head_z_m=(0.56, 0.72),
    glass_from=1,
    glass_to=5,
)
SUV = Body(
    sections=_sections(
        (-2.35, 0.38, 1.06, 1.08, 0.91, 0.82),
        (-2.28, 0.34, 1.10, 1.14, 0.94, 0.84),
        (-2.05, 0.32, 1.12, 1.66, 0.97, 0.72),
        (-0.60, 0.30, 1.10, 1.75, 0.97, 0.74),
        (0.20, 0.30, 1.08, 1.70, 0.97, 0.74),
        (0.92, 0.30, 1.06, 1.14, 0.97, 0.82),
        (1.98, 0.34, 0.98, 1.04, 0.95, 0.80),
        (2.28, 0.36, 0.88, 0.90, 0.93, 0.76),
        (2.35, 0.38, 0.80, 0.81, 0.90, 0.70),
    ),
    wheel_radius_m=0.38,
    axles_m=(-1.42, 1.45),
    tail_z_m=(0.80, 1.10),
    head_z_m=(0.66, 0.86),
    glass_from=1,
    glass_to=5,
)
VAN = Body(
    sections=_sections(
        (-2.70, 0.45, 1.15, 2.10, 0.96, 0.86),
        (-2.62, 0.36, 1.20, 2.20, 1.00, 0.88),
        (0.70, 0.34, 1.20, 2.20, 1.00, 0.88),
        (1.30, 0.34, 1.16, 2.10, 1.00, 0.86),
        (1.95, 0.34, 1.12, 1.22, 1.00, 0.84),
        (2.50, 0.40, 0.98, 1.02, 0.96, 0.78),
        (2.70, 0.40, 0.86, 0.88, 0.93, 0.74),
    ),
    wheel_radius_m=0.36,
    axles_m=(-1.70, 1.75),
    tail_z_m=(0.95, 1.45),
    head_z_m=(0.68, 0.90),
    glass_from=2,
    glass_to=4,
)
