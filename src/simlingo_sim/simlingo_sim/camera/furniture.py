# SPDX-License-Identifier: Apache-2.0
"""What stands beside the road and matters to the driver: lights, signs, lamps.

Models face +x; their foot is the origin.
"""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from shapely.geometry import LineString

from simlingo_sim.camera.mesh import Color, Layer, Mesh, MeshBuilder, Part, place
from simlingo_sim.camera.textures import SIGN_LIMITS_KMH, STOP_RED, sign_cell_uv
from simlingo_sim.state import LightState, TrafficLight

KERB_M = 0.14
# Larger than life: at 40 m a lamp must still cover four pixels of the training camera.
LAMP_RADIUS_M = 0.25
LIT_RADIUS_M = 0.31
# Before the visor, so that nothing hides a lit lamp from the side.
LIT_FRONT_M = 0.38
LAMP_STEP_M = 0.68
POLE_HEAD_M = 3.3
ARM_HEAD_M = 5.4
ARM_LENGTH_M = 4.0
HEAD_FRONT_M = 0.14
LAMP_ARM_M = 1.75
# Half sizes of a head with its plate, and of the octagon.
HEAD_EXTENT_M = (0.18, 0.6, 1.28)
SIGN_HEIGHT_M = 2.4
SIGN_RADIUS_M = 0.52
LAMPS: tuple[tuple[LightState, float, Color, Color], ...] = (
    (LightState.RED, LAMP_STEP_M, (0.2, 0.03, 0.03), (1.0, 0.06, 0.05)),
    (LightState.YELLOW, 0.0, (0.2, 0.15, 0.02), (1.0, 0.78, 0.05)),
    (LightState.GREEN, -LAMP_STEP_M, (0.02, 0.17, 0.05), (0.05, 1.0, 0.42)),
)
_GREY: Color = (0.42, 0.44, 0.46)
_BLACK: Color = (0.035, 0.035, 0.04)


def traffic_light_model(has_arm: bool, is_coarse: bool = False) -> Mesh:
    """Return an unlit light; the coarse one, for the distance, has no visors."""
    body = MeshBuilder()
    sides = 3 if is_coarse else 6
    body.rod((0, 0, 0), (0, 0, 6.3 if has_arm else 4.5), 0.09, _GREY, sides, has_caps=False)
    for head in _heads(has_arm):
        _add_head(body, head, is_coarse)
    if has_arm:
        end_y = -ARM_LENGTH_M
        body.rod((0, 0, 6.1), (0, end_y - 0.3, 6.1), 0.06, _GREY, sides, has_caps=False)
        body.rod((0, end_y, 6.1), (0, end_y, 5.9), 0.05, _GREY, sides, has_caps=False)
    return body.build()


def lit_lamp_models(has_arm: bool) -> dict[LightState, Mesh]:
    """Return for each colour the lamps that are lit."""
    lit = {}
    for state, dz, _, bright in LAMPS:
        lamps = MeshBuilder()
        for x, y, z in _heads(has_arm):
            lamps.disc((x + LIT_FRONT_M, y, z + dz), LIT_RADIUS_M, bright, 12, part=Part.GLOW)
        lit[state] = lamps.build()
    return lit


def _heads(has_arm: bool) -> list[tuple[float, float, float]]:
    heads = [(HEAD_FRONT_M, 0.0, POLE_HEAD_M)]
    return [*heads, (HEAD_FRONT_M, -ARM_LENGTH_M, ARM_HEAD_M)] if has_arm else heads


def light_head_places(light: TrafficLight) -> NDArray[np.float64]:
    """Return the centres of a light's heads in map, shape (n, 3): near post, far post, far arm."""
    near = light.pose_map.transform([HEAD_FRONT_M, 0.0])
    places = [(*near, KERB_M + POLE_HEAD_M)]
    if light.far_pose_map is not None:
        post, arm = light.far_pose_map.transform(
            [[HEAD_FRONT_M, 0.0], [HEAD_FRONT_M, -ARM_LENGTH_M]]
        )
        places += [(*post, KERB_M + POLE_HEAD_M), (*arm, KERB_M + ARM_HEAD_M)]
    return np.array(places)


def _add_head(body: MeshBuilder, head: tuple[float, float, float], is_coarse: bool) -> None:
    x, y, z = head
    _, plate_y, plate_z = HEAD_EXTENT_M
    box_y, box_z = plate_y - 0.24, plate_z - 0.22
    body.box((x - 0.16, y - box_y, z - box_z), (x + 0.16, y + box_y, z + box_z), _BLACK)
    corners = [(-1, -1), (1, -1), (1, 1), (-1, 1)]
    plate = [(y + a * plate_y, z + b * plate_z) for a, b in corners]
    body.quad([(x - 0.02, a, b) for a, b in plate], (0.06, 0.06, 0.065))
    body.quad([(x - 0.03, a, b) for a, b in plate[::-1]], (0.3, 0.31, 0.32))
    for _, dz, dark, _ in LAMPS:
        if is_coarse:
            continue
        body.disc((x + 0.165, y, z + dz), LAMP_RADIUS_M, dark, 10)
        _add_visor(body, (x + 0.16, y, z + dz))


def _add_visor(body: MeshBuilder, centre: tuple[float, float, float]) -> None:
    """Add the upper half of a tube, visible from outside and inside."""
    x, y, z = centre
    radius, depth = LIT_RADIUS_M + 0.02, 0.2
    angles = np.linspace(-0.15, math.pi + 0.15, 5)
    rim = [(y + radius * math.cos(a), z + radius * math.sin(a)) for a in angles]
    for (y0, z0), (y1, z1) in pairwise(rim):
        strip = [(x, y0, z0), (x + depth, y0, z0), (x + depth, y1, z1), (x, y1, z1)]
        body.quad(strip, (0.07, 0.07, 0.07))
        body.quad(strip[::-1], (0.02, 0.02, 0.02))


def stop_sign_model() -> Mesh:
    """A red octagon with a white border and the word STOP."""
    model = MeshBuilder()
    model.rod((0, 0, 0), (0, 0, 2.75), 0.04, (0.55, 0.56, 0.58), 5, has_caps=False)
    red = tuple(c / 255 for c in STOP_RED)
    turn = math.pi / 8
    model.disc((0.06, 0, SIGN_HEIGHT_M), SIGN_RADIUS_M, (1.0, 1.0, 1.0), 8, turn)
    model.disc((0.07, 0, SIGN_HEIGHT_M), SIGN_RADIUS_M - 0.06, red, 8, turn)
    _add_face(model, 'STOP', 0.08, SIGN_HEIGHT_M, (0.40, 0.17))
    _add_back(model, SIGN_HEIGHT_M, SIGN_RADIUS_M, 8, turn)
    return model.build()


def speed_sign_model(limit_kmh: int) -> Mesh:
    """A white disc with a red rim and the limit in km/h."""
    limit = min(SIGN_LIMITS_KMH, key=lambda known: abs(known - limit_kmh))
    model = MeshBuilder()
    model.rod((0, 0, 0), (0, 0, 2.5), 0.035, (0.55, 0.56, 0.58), 5, has_caps=False)
    model.disc((0.05, 0, 2.3), 0.4, (0.78, 0.06, 0.08), 14)
    model.disc((0.06, 0, 2.3), 0.31, (0.97, 0.97, 0.97), 14)
    _add_face(model, str(limit), 0.07, 2.3, (0.21, 0.21))
    _add_back(model, 2.3, 0.4, 12, 0.0)
    return model.build()


def _add_face(
    model: MeshBuilder, text: str, x_m: float, z_m: float, half_m: tuple[float, float]
) -> None:
    """Add a text; of its square cell the middle rows are used that fit the half sizes."""
    u0, v0, u1, v1 = sign_cell_uv(text)
    half_y, half_z = half_m
    inset, middle = 0.012, (v0 + v1) / 2
    reach = (v1 - v0) / 2 * half_z / half_y
    corners = [(-1, -1), (1, -1), (1, 1), (-1, 1)]
    points = [(x_m, a * half_y, z_m + b * half_z) for a, b in corners]
    low, high = middle - reach, middle + reach
    uv = [(u0 + inset, low), (u1 - inset, low), (u1 - inset, high), (u0 + inset, high)]
    model.quad(points, (1.0, 1.0, 1.0), uv, Layer.SIGNS)


def _add_back(
    model: MeshBuilder, z_m: float, radius_m: float, sides: int, turn_rad: float
) -> None:
    back = MeshBuilder()
    back.disc((0.0, 0, 0), radius_m, (0.5, 0.51, 0.52), sides, turn_rad)
    model.add(place(back.build(), [0.03], [0.0], [math.pi], z_m=z_m))


def street_lamp_model(is_coarse: bool = False) -> Mesh:
    """A lamp whose arm reaches towards +x."""
    model = MeshBuilder()
    sides = 3 if is_coarse else 6
    model.rod((0, 0, 0), (0, 0, 7.2), 0.09, _GREY, sides, end_radius_m=0.06, has_caps=False)
    model.rod((0, 0, 7.15), (1.6, 0, 7.45), 0.045, _GREY, 3, has_caps=False)
    if not is_coarse:
        model.box((1.4, -0.14, 7.38), (2.1, 0.14, 7.52), (0.6, 0.6, 0.58))
    return model.build()


def lit_street_lamp_model() -> Mesh:
    """The glass below the head of a street lamp, lit."""
    model = MeshBuilder()
    model.ball((LAMP_ARM_M, 0, 7.36), (0.4, 0.16, 0.12), (1.0, 0.87, 0.62), part=Part.GLOW)
    return model.build()


_O = [(0.3, 0), (0.1, 0.2), (0.1, 0.8), (0.3, 1), (0.7, 1), (0.9, 0.8), (0.9, 0.2), (0.7, 0)]
_S_TOP = [(0.9, 0.85), (0.7, 1), (0.3, 1), (0.1, 0.85), (0.1, 0.65), (0.3, 0.52), (0.7, 0.48)]
_S_BOTTOM = [(0.9, 0.35), (0.9, 0.15), (0.7, 0), (0.3, 0), (0.1, 0.15)]
_P = [(0.12, 0), (0.12, 1), (0.7, 1), (0.9, 0.85), (0.9, 0.62), (0.7, 0.48), (0.12, 0.48)]
# Strokes of letters, each in a square of side 1.
_LETTERS: dict[str, list[list[tuple[float, float]]]] = {
    'S': [[*_S_TOP, *_S_BOTTOM]],
    'T': [[(0.05, 1), (0.95, 1)], [(0.5, 1), (0.5, 0)]],
    'O': [[*_O, _O[0]]],
    'P': [_P],
}


def painted_word(
    word: str, stop_line_map_m: np.ndarray, length_m: float = 2.6
) -> list[LineString]:
    """Return the strokes of a word painted on the road before a stop line."""
    left, right = np.asarray(stop_line_map_m, np.float64)
    across = (right - left) / np.linalg.norm(right - left)
    forward = np.array([-across[1], across[0]])
    width = float(np.linalg.norm(right - left))
    cell = min(0.62, (width - 0.8) / len(word))
    start = (left + right) / 2 - across * cell * len(word) / 2 - forward * (length_m + 1.2)
    strokes = []
    for index, letter in enumerate(word):
        for stroke in _LETTERS[letter]:
            points = [
                start + across * cell * (index + 0.1 + 0.8 * u) + forward * length_m * v
                for u, v in stroke
            ]
            strokes.append(LineString(points))
    return strokes
