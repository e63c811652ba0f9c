# SPDX-License-Identifier: Apache-2.0
"""Models of buses, motorcycles and emergency vehicles, and doors that open.

x forward, origin at the centre on the ground.
"""

from __future__ import annotations

import numpy as np

from simlingo_sim.camera.mesh import FINE_SIDES, Color, Mesh, MeshBuilder, Part
from simlingo_sim.camera.vehicle_bodies import SEDAN, VAN, Body
from simlingo_sim.camera.vehicles import (
    add_front,
    add_ground_shade,
    add_tail,
    add_wheels,
    vehicle_model,
)

DOOR_LENGTH_M = 1.05
DOOR_HINGE_BEFORE_M = 0.55
_PAINT: Color = (1.0, 1.0, 1.0)
_WHITE: Color = (0.94, 0.94, 0.95)
_RED: Color = (0.80, 0.05, 0.06)
_BLUE: Color = (0.06, 0.16, 0.62)
_BLUE_LAMP: Color = (0.05, 0.10, 0.40)
_GLASS: Color = (0.10, 0.14, 0.17)
_DARK: Color = (0.05, 0.05, 0.055)
_METAL: Color = (0.5, 0.5, 0.52)


def bus_model(most_sides: int = FINE_SIDES) -> Mesh:
    """Return a city bus with a band of windows and doors on its right side."""
    mesh = MeshBuilder(most_sides)
    mesh.box((-5.6, -1.25, 0.4), (5.6, 1.25, 3.05), _PAINT, (0.12, 0.05, 0.05, 0.05), Part.PAINT)
    mesh.box((-4.6, -0.9, 3.0), (2.0, 0.9, 3.1), _WHITE)
    for side in (-1.0, 1.0):
        y = side * 1.262
        band = [
            (-5.3, y, 1.35),
            (5.2, y, 1.35),
            (5.2, side * 1.235, 2.6),
            (-5.3, side * 1.235, 2.6),
        ]
        mesh.quad(band if side < 0 else band[::-1], _GLASS, part=Part.GLASS)
        for x in np.linspace(-3.7, 3.6, 6):
            bar = [(x - 0.05, y * 1.004, 1.3), (x + 0.05, y * 1.004, 1.3)]
            bar += [(x + 0.05, side * 1.24, 2.65), (x - 0.05, side * 1.24, 2.65)]
            mesh.quad(bar if side < 0 else bar[::-1], _PAINT, part=Part.PAINT)
    for x in (-0.6, 4.1):
        door = [(x, -1.268, 0.5), (x + 1.2, -1.268, 0.5), (x + 1.2, -1.245, 2.6), (x, -1.245, 2.6)]
        mesh.quad(door, _GLASS, part=Part.GLASS)
    screen = [(5.61, -1.1, 1.1), (5.61, 1.1, 1.1), (5.51, 1.05, 2.75), (5.51, -1.05, 2.75)]
    mesh.quad(screen, _GLASS, part=Part.GLASS)
    rear = [(-5.62, 1.0, 1.7), (-5.62, -1.0, 1.7), (-5.58, -1.0, 2.6), (-5.58, 1.0, 2.6)]
    mesh.quad(rear, _GLASS, part=Part.GLASS)
    add_wheels(mesh, (-3.4, 3.2), 1.25, 0.48)
    add_tail(mesh, -5.62, 1.25, (0.75, 1.15))
    add_front(mesh, 5.6, 1.22, (0.6, 0.85))
    add_ground_shade(mesh, -5.6, 5.6, 1.25)
    return mesh.build()


def motorcycle_model(most_sides: int = FINE_SIDES) -> Mesh:
    """Return a motorcycle with its rider, who wears a helmet."""
    mesh = MeshBuilder(most_sides)
    for x in (-0.75, 0.75):
        mesh.rod((x, -0.07, 0.32), (x, 0.07, 0.32), 0.32, _DARK, 12)
        mesh.rod((x, -0.075, 0.32), (x, 0.075, 0.32), 0.17, _METAL, 8)
    mesh.box((-0.45, -0.16, 0.3), (0.35, 0.16, 0.62), _METAL)
    mesh.box((-0.1, -0.17, 0.6), (0.45, 0.17, 0.9), _PAINT, (0.1, 0, 0.05, 0.05), Part.PAINT)
    mesh.box((-0.9, -0.14, 0.66), (-0.1, 0.14, 0.82), _DARK)
    mesh.box((-0.98, -0.15, 0.55), (-0.75, 0.15, 0.78), _PAINT, part=Part.PAINT)
    mesh.rod((0.75, 0, 0.32), (0.45, 0, 1.0), 0.05, _METAL, 5, has_caps=False)
    mesh.rod((0.45, -0.36, 1.02), (0.45, 0.36, 1.02), 0.03, _DARK, 5)
    mesh.box((0.5, -0.14, 0.75), (0.66, 0.14, 1.05), (0.93, 0.94, 0.90), (0.06, 0, 0, 0))
    lamp = [(-0.99, 0.12, 0.6), (-0.99, -0.12, 0.6), (-0.99, -0.12, 0.74), (-0.99, 0.12, 0.74)]
    mesh.quad(lamp, (0.4, 0.02, 0.02), part=Part.BRAKE_LAMP)
    for side, part in ((1.0, Part.LEFT_BLINKER), (-1.0, Part.RIGHT_BLINKER)):
        mesh.ball((-0.95, side * 0.26, 0.72), 0.05, (0.45, 0.22, 0.03), 6, 4, part=part)
        mesh.rod((-0.3, side * 0.12, 0.82), (0.1, side * 0.2, 0.5), 0.09, _DARK, 6)
        mesh.rod((0.1, side * 0.2, 0.5), (-0.15, side * 0.19, 0.3), 0.07, _DARK, 6)
        mesh.rod(
            (-0.05, side * 0.2, 1.28), (0.4, side * 0.3, 1.03), 0.06, _PAINT, 5, part=Part.PAINT
        )
    mesh.rod((-0.35, 0, 0.82), (-0.05, 0, 1.32), 0.18, _PAINT, 8, 0.2, part=Part.PAINT)
    mesh.ball((0.02, 0, 1.45), (0.15, 0.13, 0.15), _WHITE, 8, 6)
    mesh.box((0.1, -0.09, 1.4), (0.18, 0.09, 1.5), _DARK)
    return mesh.build()


def ambulance_model(most_sides: int = FINE_SIDES) -> Mesh:
    """Return a white van with red stripes and blue lights."""
    mesh = MeshBuilder(most_sides)
    mesh.add(_in_white(vehicle_model(VAN, most_sides)))
    _add_stripes(mesh, 1.005, (-2.55, 2.2), (0.82, 1.06), _RED)
    _add_cross(mesh, (-1.0, 1.0), 1.6)
    _add_light_bar(mesh, (0.5, 0.9), 2.2)
    _add_light_bar(mesh, (-2.5, -2.3), 2.2)
    return mesh.build()


def police_model(most_sides: int = FINE_SIDES) -> Mesh:
    """Return a white car with blue stripes and blue lights."""
    mesh = MeshBuilder(most_sides)
    mesh.add(_in_white(vehicle_model(SEDAN, most_sides)))
    _add_stripes(mesh, 0.93, (-1.6, 1.7), (0.55, 0.84), _BLUE)
    _add_light_bar(mesh, (-0.5, -0.2), 1.44)
    return mesh.build()


def with_front_doors(body: Body, most_sides: int = FINE_SIDES) -> Mesh:
    """Return a vehicle whose front doors can turn; the shader opens them."""
    half_m = max(section.half_belt_m for section in body.sections)
    hinge_x = body.sections[body.glass_to].x_m - DOOR_HINGE_BEFORE_M
    low, high = 0.35, body.sections[body.glass_from + 1].belt_m
    mesh = MeshBuilder(most_sides)
    mesh.add(vehicle_model(body, most_sides))
    for side, part in ((1.0, Part.LEFT_DOOR), (-1.0, Part.RIGHT_DOOR)):
        y = side * (half_m + 0.012)
        gap = [(hinge_x - DOOR_LENGTH_M, y * 0.995, low), (hinge_x, y * 0.995, low)]
        gap += [(hinge_x, y * 0.995, high), (hinge_x - DOOR_LENGTH_M, y * 0.995, high)]
        mesh.quad(gap if side < 0 else gap[::-1], _DARK)
        door = MeshBuilder(most_sides)
        y0, y1 = sorted((y, y + side * 0.05))
        door.box((hinge_x - DOOR_LENGTH_M, y0, low), (hinge_x, y1, high), _PAINT)
        door.box((hinge_x - 0.9, y0, high), (hinge_x - 0.1, y1, high + 0.36), _GLASS)
        rows = door.build()
        rows[:, 9:11], rows[:, 12] = (hinge_x, y), part
        mesh.add(rows)
    return mesh.build()


def _in_white(mesh: Mesh) -> Mesh:
    """Return a vehicle whose paint is white whatever the colour of its actor."""
    white = mesh.copy()
    is_paint = white[:, 12] == Part.PAINT
    white[is_paint, 6:9], white[is_paint, 12] = _WHITE, Part.PLAIN
    return white


def _add_stripes(
    mesh: MeshBuilder,
    half_width_m: float,
    x_m: tuple[float, float],
    z_m: tuple[float, float],
    tint: Color,
) -> None:
    (x0, x1), (z0, z1) = x_m, z_m
    for side in (-1.0, 1.0):
        y = side * half_width_m
        stripe = [(x0, y, z0), (x1, y, z0), (x1, y, z1), (x0, y, z1)]
        mesh.quad(stripe if side < 0 else stripe[::-1], tint)


def _add_cross(mesh: MeshBuilder, x_m: tuple[float, float], z_m: float) -> None:
    middle, width = sum(x_m) / 2, 0.13
    for half_x, half_z in ((0.36, width), (width, 0.36)):
        _add_stripes(
            mesh, 0.985, (middle - half_x, middle + half_x), (z_m - half_z, z_m + half_z), _RED
        )


def _add_light_bar(mesh: MeshBuilder, x_m: tuple[float, float], z_m: float) -> None:
    (x0, x1), top = x_m, z_m + 0.16
    mesh.box((x0, 0.05, z_m), (x1, 0.6, top), _BLUE_LAMP, part=Part.LEFT_BLUE_LIGHT)
    mesh.box((x0, -0.6, z_m), (x1, -0.05, top), _BLUE_LAMP, part=Part.RIGHT_BLUE_LIGHT)
    mesh.box((x0, -0.05, z_m), (x1, 0.05, top - 0.03), _DARK)
