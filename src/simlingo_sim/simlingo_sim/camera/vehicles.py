# SPDX-License-Identifier: Apache-2.0
"""Low-polygon models of vehicles; x forward, origin at the centre on the ground.

A body is lofted through cross-sections.  Each model fills its bounding box, so that a model scaled
to an actor's extent agrees with the actor's box.
"""

from __future__ import annotations

import math

import numpy as np

from simlingo_sim.camera.mesh import FINE_SIDES, Color, Mesh, MeshBuilder, Part
from simlingo_sim.camera.vehicle_bodies import VAN, Body, Section

_PAINT: Color = (1.0, 1.0, 1.0)
_GLASS: Color = (0.10, 0.14, 0.17)
_TRIM: Color = (0.07, 0.07, 0.08)
_TYRE: Color = (0.045, 0.045, 0.05)
_RIM: Color = (0.62, 0.63, 0.65)
_TAIL: Color = (0.36, 0.02, 0.02)
_HEADLAMP: Color = (0.93, 0.94, 0.90)
_AMBER: Color = (0.45, 0.22, 0.03)
_SHADE: Color = (0.13, 0.13, 0.14)


def vehicle_model(body: Body, most_sides: int = FINE_SIDES) -> Mesh:
    """Return the mesh of a car-like vehicle."""
    mesh = MeshBuilder(most_sides)
    _add_shell(mesh, body)
    first, last = body.sections[0], body.sections[-1]
    half_width = max(s.half_belt_m for s in body.sections)
    add_wheels(mesh, body.axles_m, half_width, body.wheel_radius_m)
    add_tail(mesh, first.x_m, first.half_belt_m, body.tail_z_m)
    add_front(mesh, last.x_m, last.half_belt_m, body.head_z_m)
    windscreen = body.sections[body.glass_to]
    for side in (-1, 1):
        y = side * (half_width + 0.0)
        low = (windscreen.x_m - 0.35, min(y, y - side * 0.16), windscreen.belt_m + 0.02)
        high = (windscreen.x_m - 0.15, max(y, y - side * 0.16), windscreen.belt_m + 0.18)
        mesh.box(low, high, _PAINT, part=Part.PAINT)
    add_ground_shade(mesh, first.x_m, last.x_m, half_width)
    if body is VAN:
        rear = [(-2.715, y, z) for y, z in ((0.7, 1.4), (-0.7, 1.4), (-0.7, 1.95), (0.7, 1.95))]
        mesh.quad(rear, _GLASS, part=Part.GLASS)
    return mesh.build()


def truck_model(most_sides: int = FINE_SIDES) -> Mesh:
    """Return the mesh of a box truck."""
    mesh = MeshBuilder(most_sides)
    mesh.box((-4.0, -1.22, 1.0), (2.1, 1.22, 3.4), (0.93, 0.93, 0.94))
    mesh.box((-4.02, -1.25, 0.85), (2.1, 1.25, 1.06), (0.35, 0.36, 0.38))
    mesh.box((-3.9, -1.0, 0.5), (3.8, 1.0, 0.9), _TRIM)
    mesh.box((2.2, -1.2, 0.5), (4.0, 1.2, 1.55), _PAINT, part=Part.PAINT)
    mesh.box((2.2, -1.2, 1.55), (3.98, 1.2, 2.65), _PAINT, (0.32, 0, 0.1, 0.1), part=Part.PAINT)
    _add_truck_windows(mesh)
    add_wheels(mesh, (-2.9, -1.9, 2.9), 1.25, 0.5)
    for side in (-1, 1):
        stripe = [(-3.9, 1.226 * side, 1.9), (2.0, 1.226 * side, 1.9)]
        stripe += [(2.0, 1.226 * side, 2.5), (-3.9, 1.226 * side, 2.5)]
        mesh.quad(stripe if side < 0 else stripe[::-1], _PAINT, part=Part.PAINT)
        y0, y1 = sorted((side * 1.38, side * 1.22))
        mesh.box((3.5, y0 * 0.9, 1.75), (3.62, y1 * 0.9, 2.3), _TRIM)
    for y in (-0.02, 0.02):
        door = [(-4.01, y + 0.02, 1.1), (-4.01, y - 0.02, 1.1)]
        mesh.quad([*door, (-4.01, y - 0.02, 3.3), (-4.01, y + 0.02, 3.3)], (0.6, 0.6, 0.6))
    add_tail(mesh, -4.02, 1.25, (0.62, 0.98))
    add_front(mesh, 4.0, 1.22, (0.7, 1.0))
    add_ground_shade(mesh, -4.0, 4.0, 1.25)
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


def add_wheels(
    mesh: MeshBuilder, axles_m: tuple[float, ...], half_width_m: float, radius_m: float
) -> None:
    """Add wheels with rims and arches."""
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
    """Add a disc that faces sideways."""
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


def add_tail(mesh: MeshBuilder, x_m: float, half_width_m: float, z_m: tuple[float, float]) -> None:
    """Add tail lamps, blinkers, plate and bumper at the rear."""
    low, high = z_m
    x = x_m - 0.02
    for side, blinker in ((1.0, Part.LEFT_BLINKER), (-1.0, Part.RIGHT_BLINKER)):
        outer, middle = side * half_width_m, side * (half_width_m - 0.36)
        split = low + (high - low) * 0.36
        lamp = _rectangle(x, outer, middle, split, high, False)
        mesh.quad(lamp, _TAIL, part=Part.BRAKE_LAMP)
        amber = _rectangle(x, outer, middle, low, split - 0.01, False)
        mesh.quad(amber, _AMBER, part=blinker)
        # Visible from the side, too.
        y = side * (half_width_m + 0.012)
        flank = [(x, y, split), (x + 0.22, y, split), (x + 0.22, y, high), (x, y, high)]
        mesh.quad(flank if side < 0 else flank[::-1], _TAIL, part=Part.BRAKE_LAMP)
    third = _rectangle(x + 0.005, -0.22, 0.22, high + 0.0, high + 0.06, False)
    mesh.quad(third, _TAIL, part=Part.BRAKE_LAMP)
    mesh.quad(_rectangle(x, -0.27, 0.27, low - 0.02, low + 0.11, False), (0.95, 0.95, 0.9))
    bumper = _rectangle(x, -half_width_m * 0.9, half_width_m * 0.9, low - 0.3, low - 0.12, False)
    mesh.quad(bumper, _TRIM)


def add_front(
    mesh: MeshBuilder, x_m: float, half_width_m: float, z_m: tuple[float, float]
) -> None:
    """Add headlamps, blinkers, grill and bumper at the front."""
    low, high = z_m
    x = x_m + 0.015
    for side, blinker in ((1.0, Part.LEFT_BLINKER), (-1.0, Part.RIGHT_BLINKER)):
        outer, middle = side * half_width_m, side * (half_width_m - 0.32)
        lamp = _rectangle(x, outer, middle, low, high, True)
        mesh.quad(lamp, _HEADLAMP, part=Part.HEADLAMP)
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


def add_ground_shade(mesh: MeshBuilder, x0_m: float, x1_m: float, half_width_m: float) -> None:
    """Add a dark area below the body, so that it stands on the ground without shadows."""
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
    """Return half length, half width and half height of the bounding box of a model."""
    reach = np.abs(mesh[:, :3]).max(axis=0)
    return float(reach[0]), float(reach[1]), float(mesh[:, 2].max()) / 2
