# SPDX-License-Identifier: Apache-2.0
"""Low-polygon vehicles; x forward, the foot in the middle of the box on the ground.

A body is lofted through cross-sections.  Each model fills its box, so that scaling it by an
actor's extent makes image and box agree.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from simlingo_sim.camera.mesh import FINE_SIDES, Color, Mesh, MeshBuilder, Part

_PAINT: Color = (1.0, 1.0, 1.0)
_GLASS: Color = (0.10, 0.14, 0.17)
_TRIM: Color = (0.07, 0.07, 0.08)
_TYRE: Color = (0.045, 0.045, 0.05)
_RIM: Color = (0.62, 0.63, 0.65)
_TAIL: Color = (0.36, 0.02, 0.02)
_HEADLAMP: Color = (0.93, 0.94, 0.90)
_AMBER: Color = (0.45, 0.22, 0.03)
_SHADE: Color = (0.13, 0.13, 0.14)


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


def vehicle_model(body: Body, most_sides: int = FINE_SIDES) -> Mesh:
    """Return a car-like vehicle."""
    mesh = MeshBuilder(most_sides)
    _add_shell(mesh, body)
    first, last = body.sections[0], body.sections[-1]
    half_width = max(s.half_belt_m for s in body.sections)
    _add_wheels(mesh, body.axles_m, half_width, body.wheel_radius_m)
    _add_tail(mesh, first.x_m, first.half_belt_m, body.tail_z_m)
    _add_front(mesh, last.x_m, last.half_belt_m, body.head_z_m)
    windscreen = body.sections[body.glass_to]
    for side in (-1, 1):
        y = side * (half_width + 0.0)
        low = (windscreen.x_m - 0.35, min(y, y - side * 0.16), windscreen.belt_m + 0.02)
        high = (windscreen.x_m - 0.15, max(y, y - side * 0.16), windscreen.belt_m + 0.18)
        mesh.box(low, high, _PAINT, part=Part.PAINT)
    _add_ground_shade(mesh, first.x_m, last.x_m, half_width)
    if body is VAN:
        rear = [(-2.715, y, z) for y, z in ((0.7, 1.4), (-0.7, 1.4), (-0.7, 1.95), (0.7, 1.95))]
        mesh.quad(rear, _GLASS, part=Part.GLASS)
    return mesh.build()


def truck_model(most_sides: int = FINE_SIDES) -> Mesh:
    """Return a box truck."""
    mesh = MeshBuilder(most_sides)
    mesh.box((-4.0, -1.22, 1.0), (2.1, 1.22, 3.4), (0.93, 0.93, 0.94))
    mesh.box((-4.02, -1.25, 0.85), (2.1, 1.25, 1.06), (0.35, 0.36, 0.38))
    mesh.box((-3.9, -1.0, 0.5), (3.8, 1.0, 0.9), _TRIM)
    mesh.box((2.2, -1.2, 0.5), (4.0, 1.2, 1.55), _PAINT, part=Part.PAINT)
    mesh.box((2.2, -1.2, 1.55), (3.98, 1.2, 2.65), _PAINT, (0.32, 0, 0.1, 0.1), part=Part.PAINT)
    _add_truck_windows(mesh)
    _add_wheels(mesh, (-2.9, -1.9, 2.9), 1.25, 0.5)
    for side in (-1, 1):
        stripe = [(-3.9, 1.226 * side, 1.9), (2.0, 1.226 * side, 1.9)]
        stripe += [(2.0, 1.226 * side, 2.5), (-3.9, 1.226 * side, 2.5)]
        mesh.quad(stripe if side < 0 else stripe[::-1], _PAINT, part=Part.PAINT)
        y0, y1 = sorted((side * 1.38, side * 1.22))
        mesh.box((3.5, y0 * 0.9, 1.75), (3.62, y1 * 0.9, 2.3), _TRIM)
    for y in (-0.02, 0.02):
        door = [(-4.01, y + 0.02, 1.1), (-4.01, y - 0.02, 1.1)]
        mesh.quad([*door, (-4.01, y - 0.02, 3.3), (-4.01, y + 0.02, 3.3)], (0.6, 0.6, 0.6))
    _add_tail(mesh, -4.02, 1.25, (0.62, 0.98))
    _add_front(mesh, 4.0, 1.22, (0.7, 1.0))
    _add_ground_shade(mesh, -4.0, 4.0, 1.25)
    return mesh.build()


def _add_truck_windows(mesh: MeshBuilder) -> None:
    screen = [(3.975, -1.02, 1.62), (3.975, 1.02, 1.62), (3.70, 0.96, 2.5), (3.70, -0.96, 2.5)]
    mesh.quad(screen, _GLASS, part=Part.GLASS)
    for side in (-1, 1):
        y0, y1 = 1.205 * side, 1.12 * side
        window = [(2.7, y0, 1.62), (3.7, y0, 1.62), (3.5, y1, 2.45), (2.7, y1, 2.45)]
        mesh.quad(window if side < 0 else window[::-1], _GLASS, part=Part.GLASS)


def _add_shell(mesh: MeshBuilder, body: Body) -> None:
    for i, (a, b) in enumerate(zip(body.sections[:-1], body.sections[1:], strict=True)):
        is_cabin = body.glass_from <= i < body.glass_to
        slope = abs(b.top_m - a.top_m) / (b.x_m - a.x_m)
        is_screen = slope > 0.35 and max(a.top_m, b.top_m) > max(a.belt_m, b.belt_m) + 0.2
        for side in (-1.0, 1.0):
            lower = _strip(a, b, side, 'sill_m', 'belt_m', 'half_belt_m', 'half_belt_m')
            upper = _strip(a, b, side, 'belt_m', 'top_m', 'half_belt_m', 'half_top_m')
            mesh.quad(lower, _PAINT, part=Part.PAINT)
            if is_cabin:
                mesh.quad(upper, _GLASS, part=Part.GLASS)
                _add_pillar(mesh, b, side)
            else:
                mesh.quad(upper, _PAINT, part=Part.PAINT)
        top = [
            (a.x_m, -a.half_top_m, a.top_m),
            (b.x_m, -b.half_top_m, b.top_m),
            (b.x_m, b.half_top_m, b.top_m),
            (a.x_m, a.half_top_m, a.top_m),
        ]
        tint, part = (_GLASS, Part.GLASS) if is_screen else (_PAINT, Part.PAINT)
        mesh.quad(top, tint, part=part)
    for section, sign in ((body.sections[0], -1), (body.sections[-1], 1)):
        outline = [
            (section.x_m, -section.half_belt_m, section.sill_m),
            (section.x_m, section.half_belt_m, section.sill_m),
            (section.x_m, section.half_belt_m, section.belt_m),
            (section.x_m, section.half_top_m, section.top_m),
            (section.x_m, -section.half_top_m, section.top_m),
            (section.x_m, -section.half_belt_m, section.belt_m),
        ]
        for piece in ([0, 1, 2, 5], [5, 2, 3, 4]):
            quad = [outline[k] for k in piece]
            mesh.quad(quad if sign > 0 else quad[::-1], _PAINT, part=Part.PAINT)


def _strip(
    a: Section, b: Section, side: float, low: str, high: str, half_low: str, half_high: str
) -> list[tuple[float, float, float]]:
    corners = [
        (a.x_m, side * getattr(a, half_low), getattr(a, low)),
        (b.x_m, side * getattr(b, half_low), getattr(b, low)),
        (b.x_m, side * getattr(b, half_high), getattr(b, high)),
        (a.x_m, side * getattr(a, half_high), getattr(a, high)),
    ]
    return corners if side < 0 else corners[::-1]


def _add_pillar(mesh: MeshBuilder, section: Section, side: float) -> None:
    if section.top_m - section.belt_m < 0.25:
        return
    shift = side * 0.012
    x, half = section.x_m, 0.05
    corners = [
        (x - half, side * section.half_belt_m + shift, section.belt_m),
        (x + half, side * section.half_belt_m + shift, section.belt_m),
        (x + half, side * section.half_top_m + shift, section.top_m),
        (x - half, side * section.half_top_m + shift, section.top_m),
    ]
    mesh.quad(corners if side < 0 else corners[::-1], _PAINT, part=Part.PAINT)


def _add_wheels(
    mesh: MeshBuilder, axles_m: tuple[float, ...], half_width_m: float, radius_m: float
) -> None:
    for x in axles_m:
        for side in (-1.0, 1.0):
            tyre = (x, side * (half_width_m - 0.26), radius_m)
            outside = (x, side * (half_width_m + 0.005), radius_m)
            arch = (x, side * (half_width_m - 0.002), radius_m)
            rim = (x, side * (half_width_m + 0.015), radius_m)
            if mesh.most_sides == FINE_SIDES:
                mesh.rod(tyre, outside, radius_m, _TYRE, 10, has_caps=False)
                _add_hub(mesh, arch, radius_m * 1.18, _TRIM, 10, side)
            _add_hub(mesh, outside, radius_m, _TYRE, 10, side)
            _add_hub(mesh, rim, radius_m * 0.62, _RIM, 8, side)


def _add_hub(
    mesh: MeshBuilder,
    centre: tuple[float, float, float],
    radius_m: float,
    tint: Color,
    sides: int,
    side: float,
) -> None:
    """A disc that faces sideways."""
    sides = min(sides, mesh.most_sides + 1)
    angles = np.linspace(0, 2 * math.pi, sides + 1) * side
    spokes = np.stack([np.sin(angles), np.zeros(sides + 1), np.cos(angles)], axis=1)
    rim = np.array(centre) + radius_m * spokes
    fan = np.stack([np.broadcast_to(centre, rim[1:].shape), rim[:-1], rim[1:]], axis=1)
    mesh.triangles(fan.reshape(-1, 3), (0.0, side, 0.0), tint)


def _rectangle(
    x_m: float, y0_m: float, y1_m: float, z0_m: float, z1_m: float, faces_front: bool
) -> list[tuple[float, float, float]]:
    y0, y1 = min(y0_m, y1_m), max(y0_m, y1_m)
    corners = [(x_m, y0, z0_m), (x_m, y1, z0_m), (x_m, y1, z1_m), (x_m, y0, z1_m)]
    return corners if faces_front else corners[::-1]


def _add_tail(
    mesh: MeshBuilder, x_m: float, half_width_m: float, z_m: tuple[float, float]
) -> None:
    low, high = z_m
    x = x_m - 0.02
    for side, blinker in ((1.0, Part.LEFT_BLINKER), (-1.0, Part.RIGHT_BLINKER)):
        outer, middle = side * half_width_m, side * (half_width_m - 0.36)
        split = low + (high - low) * 0.36
        lamp = _rectangle(x, outer, middle, split, high, False)
        mesh.quad(lamp, _TAIL, part=Part.BRAKE_LAMP)
        amber = _rectangle(x, outer, middle, low, split - 0.01, False)
        mesh.quad(amber, _AMBER, part=blinker)
        # Seen from the side as well.
        y = side * (half_width_m + 0.012)
        flank = [(x, y, split), (x + 0.22, y, split), (x + 0.22, y, high), (x, y, high)]
        mesh.quad(flank if side < 0 else flank[::-1], _TAIL, part=Part.BRAKE_LAMP)
    third = _rectangle(x + 0.005, -0.22, 0.22, high + 0.0, high + 0.06, False)
    mesh.quad(third, _TAIL, part=Part.BRAKE_LAMP)
    mesh.quad(_rectangle(x, -0.27, 0.27, low - 0.02, low + 0.11, False), (0.95, 0.95, 0.9))
    bumper = _rectangle(x, -half_width_m * 0.9, half_width_m * 0.9, low - 0.3, low - 0.12, False)
    mesh.quad(bumper, _TRIM)


def _add_front(
    mesh: MeshBuilder, x_m: float, half_width_m: float, z_m: tuple[float, float]
) -> None:
    low, high = z_m
    x = x_m + 0.015
    for side, blinker in ((1.0, Part.LEFT_BLINKER), (-1.0, Part.RIGHT_BLINKER)):
        outer, middle = side * half_width_m, side * (half_width_m - 0.32)
        mesh.quad(_rectangle(x, outer, middle, low, high, True), _HEADLAMP)
        mesh.quad(
            _rectangle(x + 0.005, outer, outer - side * 0.12, low - 0.02, high, True),
            _AMBER,
            part=blinker,
        )
        y = side * (half_width_m + 0.02)
        flank = [(x - 0.2, y, low), (x, y, low), (x, y, high), (x - 0.2, y, high)]
        mesh.quad(flank if side < 0 else flank[::-1], _AMBER, part=blinker)
    grill = _rectangle(x, -half_width_m + 0.36, half_width_m - 0.36, low - 0.06, high - 0.04, True)
    mesh.quad(grill, _TRIM)
    bumper = _rectangle(x, -half_width_m * 0.8, half_width_m * 0.8, low - 0.26, low - 0.12, True)
    mesh.quad(bumper, _TRIM)
    mesh.quad(_rectangle(x + 0.005, -0.26, 0.26, low - 0.12, low, True), (0.95, 0.95, 0.9))


def _add_ground_shade(mesh: MeshBuilder, x0_m: float, x1_m: float, half_width_m: float) -> None:
    """A dark patch under the body that sets it on the ground, also without shadows."""
    half, corner = half_width_m + 0.02, 0.35
    ring = [
        (x0_m + corner, -half),
        (x1_m - corner, -half),
        (x1_m, -half + corner),
        (x1_m, half - corner),
        (x1_m - corner, half),
        (x0_m + corner, half),
        (x0_m, half - corner),
        (x0_m, -half + corner),
    ]
    centre = np.array([(x0_m + x1_m) / 2, 0.0, 0.02])
    rim = np.array([(x, y, 0.02) for x, y in ring])
    fan = np.stack([np.broadcast_to(centre, rim.shape), rim, np.roll(rim, -1, axis=0)], axis=1)
    mesh.triangles(fan.reshape(-1, 3), (0, 0, 1), _SHADE)


def model_extent_m(mesh: Mesh) -> tuple[float, float, float]:
    """Half length, half width and half height of the box a model fills."""
    reach = np.abs(mesh[:, :3]).max(axis=0)
    return float(reach[0]), float(reach[1]), float(mesh[:, 2].max()) / 2
