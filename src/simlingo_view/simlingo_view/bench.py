# SPDX-License-Identifier: Apache-2.0
"""What an image costs that somebody looks at: a section of ``simlingo bench``.

The costs arise in processes of their own, which give way to the car in real time; without a
watcher or listener none of them arises.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from simlingo_core.geometry import Pose3
from simlingo_core.images import encode_jpeg, encode_preview
from simlingo_core.types import DrivingPlan, Observation
from simlingo_view.display.drawing import draw_overlay
from simlingo_view.page import messages
from simlingo_view.page.config import PageConfig
from simlingo_view.stack_memory import StackMemory

QUICK_CALLS, FULL_CALLS = 20, 200


def view(quick: bool) -> list[Mapping[str, Any]]:
    """Measure the overlay, an image of the page and a plan of the page, median in ms each."""
    calls = QUICK_CALLS if quick else FULL_CALLS
    noise = np.random.default_rng(0).integers(0, 255, (64, 128, 4), np.uint8)
    pixels = np.ascontiguousarray(np.kron(noise, np.ones((8, 8, 1), np.uint8)))
    observation = Observation(
        t_s=0.0,
        image_jpeg=encode_jpeg(pixels, 'bgra8'),
        pose_map=Pose3.identity(),
        speed_mps=5.0,
        target_points_base_m=np.array([[20.0, 0.0], [50.0, 0.0]]),
    )
    ahead = np.column_stack([np.arange(20.0), np.zeros(20)])
    plan = DrivingPlan(
        t_s=0.0,
        pose_map=observation.pose_map,
        path_base_m=ahead,
        speed_waypoints_base_m=ahead[1:11],
        policy='bench',
    )
    memory, page = StackMemory(), PageConfig()
    work: dict[str, tuple[str, Callable[[], object]]] = {
        'overlay_ms': (
            'overlay of a plan, 1024x512 [ms]',
            lambda: draw_overlay(observation, plan, memory, 85),
        ),
        'page_image_ms': (
            f'image of the page, {page.image_width_px} wide [ms]',
            lambda: encode_preview(pixels, 'bgra8', page.image_width_px, page.image_quality),
        ),
        'page_plan_ms': (
            'plan of the page [ms]',
            lambda: messages.write('plan', **messages.plan(plan, observation)),
        ),
    }
    return [
        {'name': name, 'label': label, 'value': _median_ms(call, calls)}
        for name, (label, call) in work.items()
    ]


def _median_ms(call: Callable[[], object], calls: int) -> float:
    took_ms = []
    for _ in range(calls):
        began_s = time.perf_counter()
        call()
        took_ms.append((time.perf_counter() - began_s) * 1000.0)
    return float(np.median(took_ms))
