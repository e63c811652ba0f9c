# SPDX-License-Identifier: Apache-2.0
"""A small made-up data set in upstream's exact layout, with everything that goes wrong in one.

Written from the description of the format alone (upstream_spec §4), not with this project's own
writers, so that it shows whether the real data set would be read.  ``python -m
simlingo_training.synthetic_upstream FOLDER`` writes it.
"""

from __future__ import annotations

import gzip
import json
import math
import pickle
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from simlingo_core.images import encode_jpeg
from simlingo_sim.score.infractions import InfractionKind

SEED_VARIANT = 'random_weather_seed_1_balanced_150'
TRAINING = f'training_1_scenario/routes_training/{SEED_VARIANT}'
VALIDATION = f'validation_1_scenario/routes_validation/{SEED_VARIANT}'
PERFECT = f'{TRAINING}/Town12_Rep0_10_route0_01_10_16_35_46'
SLOW = f'{TRAINING}/Town12_Rep0_11_route0_01_10_16_40_12'
OLDER = f'{TRAINING}/Town12_Rep0_12_route0_01_09_08_00_00'
NEWER = f'{TRAINING}/Town12_Rep0_12_route0_01_10_09_00_00'
CRASHED = f'{TRAINING}/Town12_Rep0_13_route0_01_10_17_02_00'
COLLIDED = f'{TRAINING}/Town12_Rep0_14_route0_01_10_17_30_00'
UNFINISHED = f'{TRAINING}/Town12_Rep0_15_route0_01_10_18_00_00'
DAMAGED = f'{TRAINING}/Town12_Rep0_16_route0_01_10_18_30_00'
OLD_TOWN = 'lb1_split/Town12_short/Accident/Town05_Rep0_3_route0_01_11_10_00_00'
HELD_OUT = f'{VALIDATION}/Town13_Rep0_86_route0_01_10_16_35_46'
FRAMES = 26
KINDS = tuple(kind.value for kind in InfractionKind)


def write_data_set(root: Path) -> None:
    """Write the data set, its buckets file beside it and a file of paraphrases."""
    min_speed = {'min_speed_infractions': ['Average speed is 80 % of the surrounding traffic.']}
    hit = {'collisions_vehicle': ['Agent collided with vehicle.audi.tt.']}
    _episode(root, PERFECT, _results('Perfect', 100.0, 100.0, {}))
    _episode(root, SLOW, _results('Completed', 91.0, 100.0, min_speed))
    for name in (OLDER, NEWER, OLD_TOWN, HELD_OUT, DAMAGED):
        _episode(root, name, _results('Completed', 100.0, 100.0, {}))
    _episode(root, CRASHED, _results('Failed - Agent crashed', 3.0, 3.0, {}))
    _episode(root, COLLIDED, _results('Completed', 60.0, 100.0, hit))
    _episode(root, UNFINISHED, None)
    _damage(root, DAMAGED)
    _buckets(root)
    words = {'Follow the route. Accelerate behind the <OBJECT>.': ['Go on behind the <OBJECT>.']}
    folder = root / 'data' / 'augmented_templates'
    folder.mkdir(parents=True)
    (folder / 'commentary_augmented.json').write_text(json.dumps(words))


def _folder(root: Path, tree: str, name: str, kind: str) -> Path:
    folder = root / tree / 'simlingo' / name / kind
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _gz(path: Path, data: Any) -> None:
    path.write_bytes(gzip.compress(json.dumps(data).encode()))


def _episode(root: Path, name: str, results: Mapping[str, Any] | None) -> None:
    images = [_image(k) for k in range(4)]
    for tree, kind, make in (
        ('data', 'measurements', _measurement),
        ('data', 'boxes', _boxes),
        ('commentary', 'commentary', _commentary),
        ('drivelm', 'vqa', _vqa),
        ('dreamer', 'dreamer', _dreams),
    ):
        folder = _folder(root, tree, name, kind)
        # Upstream labels no frame before the tenth.
        for k in range(0 if tree == 'data' else 10, FRAMES if tree == 'data' else FRAMES - 11):
            _gz(folder / f'{k:04d}.json.gz', make(k))
    for kind in ('rgb', 'rgb_augmented'):
        folder = _folder(root, 'data', name, kind)
        for k in range(FRAMES):
            (folder / f'{k:04d}.jpg').write_bytes(images[(k + (kind != 'rgb')) % len(images)])
    if results is not None:
        _gz(root / 'data' / 'simlingo' / name / 'results.json.gz', results)


def _image(k: int) -> bytes:
    y, x = np.mgrid[0:512, 0:1024]
    bgr = np.stack([x // 4, y // 2, (x + 40 * k) // 5], axis=-1).astype(np.uint8)
    cv2.rectangle(bgr, (450 + 20 * k, 230), (560 + 20 * k, 300), (30, 30, 200), -1)
    return encode_jpeg(bgr, 'bgr8')


def _results(
    status: str, composed: float, route: float, messages: Mapping[str, list[str]]
) -> dict[str, Any]:
    return {
        'index': 0,
        'route_id': 'RouteScenario_0_rep0',
        'status': status,
        'num_infractions': sum(len(found) for found in messages.values()),
        'infractions': {kind: messages.get(kind, []) for kind in KINDS},
        'scores': {'score_route': route, 'score_penalty': 1.0, 'score_composed': composed},
        'meta': {'route_length': 210.5, 'duration_game': 31.2, 'duration_system': 240.1},
    }


def _matrix(x_m: float, y_m: float, yaw_rad: float = 0.0) -> list[list[float]]:
    cos, sin = math.cos(yaw_rad), math.sin(yaw_rad)
    return [[cos, -sin, 0.0, x_m], [sin, cos, 0.0, y_m], [0, 0, 1, 0.03], [0, 0, 0, 1]]


def _measurement(k: int) -> dict[str, Any]:
    speed = 5.0 + 0.05 * k
    route = [[2.5 + i, 0.02 * i] for i in range(40)]
    return {
        'pos_global': [100.0 + 1.3 * k, 20.0],
        'theta': 0.0,
        'speed': speed,
        'target_speed': 8.0,
        'speed_limit': 13.89,
        'target_point': [150.0 - 1.3 * k, 1.0],
        'target_point_next': [340.0 - 1.3 * k, -12.0],
        'command': 4 if k < 15 else 1,
        'next_command': 4,
        'aim_wp': [4.1, 0.03],
        'angle': 0.005,
        'route': route,
        'route_original': route,
        'changed_route': False,
        'speed_reduced_by_obj_type': 'vehicle.audi.tt',
        'speed_reduced_by_obj_id': 71,
        'speed_reduced_by_obj_distance': 18.0,
        'steer': 0.01,
        'throttle': 0.6,
        'brake': False,
        'control_brake': False,
        'junction': False,
        'vehicle_hazard': k == 12,
        'light_hazard': False,
        'walker_hazard': False,
        'stop_sign_hazard': False,
        'stop_sign_close': False,
        'walker_close': False,
        'vehicle_affecting_id': 71 if k == 12 else None,
        'walker_affecting_id': None,
        'walker_close_id': None,
        'augmentation_translation': 0.8,
        'augmentation_rotation': -7.5,
        'ego_matrix': _matrix(100.0 + 1.3 * k, 20.0),
    }


def _boxes(k: int) -> list[dict[str, Any]]:
    place = {'position': [18.0, 0.4, 0.7], 'yaw': 1.2, 'distance': 18.0, 'num_points': 80}
    matrix = _matrix(118.0 + 1.3 * k, 20.4)
    car = {'class': 'car', 'extent': [2.3, 1.0, 0.8], **place, 'id': 71, 'matrix': matrix}
    car |= {'color_rgb': [200, 10, 10], 'color_name': 'red', 'type_id': 'vehicle.audi.tt'}
    car |= {'speed': 4.0, 'brake': 0.0, 'steer': 0.0, 'throttle': 0.5, 'base_type': 'car'}
    car |= {'number_of_wheels': '4', 'role_name': 'scenario', 'lane_relative_to_ego': 0}
    light = {'class': 'traffic_light', 'extent': [0.5, 0.5, 1.0], **place, 'id': 9}
    info = {
        'class': 'ego_info',
        'scenario': 'Accident',
        'traffic_light_state': 'Green',
        'distance_to_junction': 14.0,
        'left_lanes': [{'type:': 'Driving', 'width': 3.5}],
        'right_lanes': [],
        'lane_change': 2,
    }
    ego = {'class': 'ego_car', 'extent': [2.4, 0.9, 0.7], 'position': [0, 0, 0], 'yaw': 0.0}
    ego |= {'id': 1, 'speed': 5.0, 'brake': 0.0, 'num_points': -1, 'distance': -1}
    return [
        ego,
        car,
        light | {'state': 'Green', 'affects_ego': True},
        {'class': 'landmark', **place, 'extent': [0, 0, 0], 'text': '', 'value': 50.0},
        {'class': 'weather', 'cloudiness': 10.0, 'sun_altitude_angle': 60.0},
        info,
    ]


def _commentary(k: int) -> dict[str, Any]:
    template = 'Follow the route. Accelerate behind the <OBJECT>.'
    return {
        'image': f'database/simlingo/data/simlingo/{PERFECT}/rgb/{k:04d}.jpg',
        'commentary': template.replace('<OBJECT>', 'red car'),
        'commentary_template': template,
        'cause_object_visible_in_image': True,
        'cause_object': _boxes(k)[1],
        'cause_object_string': 'red car',
        'scenario_name': 'Accident',
        'placeholder': {'<OBJECT>': 'red car'},
    }


def _vqa(k: int) -> dict[str, Any]:
    def pair(question: str, answer: str, layer: int) -> dict[str, Any]:
        graph = {'C': None, 'con_up': [[0, 0]], 'con_down': [[2, layer]], 'cluster': None}
        return {'Q': question, 'A': answer, **graph, 'layer': layer, 'object_tags': []}

    return {
        'image_paths': {'CAM_FRONT': f'../data/simlingo/{PERFECT}/rgb/{k:04d}.jpg'},
        'key_object_infos': {
            '<c1,CAM_FRONT,540.1,260.0>': {
                'Category': 'Vehicle',
                'Status': 'moving',
                'Visual_description': 'red car',
                '2d_bbox': [450, 230, 560, 300],
                '3d_bbox': [18.0, 0.4, 0.7],
            }
        },
        'QA': {
            'perception': [
                pair('How many pedestrians are there?', 'There are no pedestrians.', 2)
            ],
            'prediction': [pair('Where is the red car going?', 'The red car goes straight.', 3)],
            'planning': [pair('Is the road blocked?', 'No, it is free.', 4)],
            'behavior': [pair('Does the ego vehicle need to brake? Why?', 'No.', 5)],
        },
    }


def _dreams(k: int) -> dict[str, list[dict[str, Any]]]:
    points = [[0.9 * (i + 1), 0.1 * i] for i in range(10)]
    path = [[float(i), 0.02 * i] for i in range(20)]
    safe, unsafe = (
        (True, 'Following the given instruction. Waypoints:'),
        (
            False,
            'Ignore instruction as it leads to a crash. Waypoints:',
        ),
    )
    plan: dict[str, tuple[Any, Any, tuple[bool, str], int]] = {
        'target_speed': (points, 'org', safe, 1),
        'stop': (points, 'org', safe, 1),
        'faster_factor': (points, 'org', safe, 1),
        'slower_factor': (points, 'org', safe, 1),
        'faster': (points, 'org', unsafe, 1),
        'slower': (points, 'org', safe, 1),
        'crash': (points, path, unsafe, 1),
        'lane_change': ('org', path, safe, 3),
        'route': ('org', path, unsafe, 0),
    }
    return {
        mode: [
            {
                'waypoints': waypoints,
                'route': route,
                'rgb_path': f'database/simlingo/data/simlingo/{PERFECT}/rgb/{k:04d}.jpg',
                'allowed': mode != 'route',
                'mode': mode,
                'info': {'current_speed': 5.0},
                'route_reasoning': 'Follow the route.',
                'dreamer_instruction': [f'Do {mode} {i}.' for i in range(wordings)]
                if wordings
                else f'Do {mode}.',
                'instructions_templates': [f'Do {mode}.'],
                'templates_placeholders': [{}],
                'dreamer_answer_safety': answer,
                'safe_to_execute': is_safe,
            }
        ]
        for mode, (waypoints, route, (is_safe, answer), wordings) in plan.items()
    }


def _damage(root: Path, name: str) -> None:
    """Damage an episode: a missing measurement, flipped bytes, half a JPEG, no boxes."""
    data = root / 'data' / 'simlingo' / name
    (data / 'measurements' / '0012.json.gz').unlink()
    broken = data / 'measurements' / '0024.json.gz'
    flipped = bytearray(broken.read_bytes())
    for k in range(20, 40):
        flipped[k] ^= 0xFF
    broken.write_bytes(bytes(flipped))
    half = data / 'rgb' / '0003.jpg'
    half.write_bytes(half.read_bytes()[: half.stat().st_size // 2])
    (data / 'boxes' / '0005.json.gz').unlink()


def _buckets(root: Path) -> None:
    """Write upstream's pickle beside the data set; its paths are those of its authors' disk."""
    trained = [PERFECT, SLOW, NEWER, DAMAGED]
    paths = [
        f'database/simlingo_v2_2025_01_10/data/simlingo_v2_2025_01_10/{name}/measurements/'
        f'{k:04d}.json.gz'
        for name in trained
        for k in range(10, FRAMES - 11)
    ]
    families = {
        'all': paths,
        'acceleration_5': paths[::2],
        'start_from_stop': [],
        'leading_object_vehicle': paths[:6],
        'changed_route': paths[3:7],
    }
    folder = root.parent / 'bucketsv2_simlingo'
    folder.mkdir(parents=True, exist_ok=True)
    (folder / 'buckets_paths.pkl').write_bytes(pickle.dumps(families))


if __name__ == '__main__':
    write_data_set(Path(sys.argv[1]))
