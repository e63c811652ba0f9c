# SPDX-License-Identifier: Apache-2.0
"""What recordings cost: writing images into a bag, and scoring the mini on one."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from simlingo_bringup.benches import Rows

QUICK_TICKS, FULL_TICKS = 160, 600
QUICK_IMAGES, FULL_IMAGES = 40, 200
ROUTE = 'test:8'
LEAST_TIMES_REAL_TIME = 5.0
TICK_MS = 50.0


def recordings(quick: bool) -> Rows:
    """Measure the writing of raw images, and a replay evaluation of the mini."""
    with TemporaryDirectory(prefix='simlingo_bench_') as folder:
        count = QUICK_IMAGES if quick else FULL_IMAGES
        rows = [_writing(Path(folder), count, is_compressed=zstd) for zstd in (False, True)]
        return [*rows, *_replay(Path(folder) / 'drive', QUICK_TICKS if quick else FULL_TICKS)]


def _writing(folder: Path, count: int, *, is_compressed: bool) -> Mapping[str, Any]:
    from simlingo_core.images import decode_bgr, encode_jpeg
    from simlingo_ros import interfaces
    from simlingo_ros.bag_messages import MessageBag
    from simlingo_ros.images import array_to_image

    noise = np.random.default_rng(0).integers(0, 255, (64, 128, 3), dtype=np.uint8)
    # Smooth as a picture is, so that compression has something to find.
    picture = decode_bgr(encode_jpeg(np.kron(noise, np.ones((8, 8, 1), dtype=np.uint8)), 'bgr8'))
    pixels = np.dstack([picture, np.full(picture.shape[:2], 255, dtype=np.uint8)])
    kind = 'zstd' if is_compressed else 'plain'
    begin_s = time.process_time()
    with MessageBag(folder / kind, is_compressed=is_compressed) as bag:
        for index in range(count):
            bag.write(interfaces.IMAGE, array_to_image(pixels, 'bgra8'), index * 50_000_000)
    spent_ms = 1000.0 * (time.process_time() - begin_s) / count
    return {
        'name': f'record_image_{kind}_ms',
        'label': f'record a raw image, {kind} [ms of CPU]',
        'value': spent_ms,
        'at_most': TICK_MS,
    }


def _replay(path: Path, ticks: int) -> Rows:
    from simlingo_core.schedule import Schedule
    from simlingo_evaluation.episode import run_episode
    from simlingo_evaluation.episode_bag import EpisodeBag
    from simlingo_evaluation.policies import make_agent
    from simlingo_evaluation.replay.evaluation import Request, evaluate_bag
    from simlingo_evaluation.replay.recorded_policy import policy_for_replay
    from simlingo_evaluation.replay.stack_run import RunSettings
    from simlingo_sim.episode_runner import make_scorer
    from simlingo_sim.score.protocol import BENCH2DRIVE
    from simlingo_sim.world import SimWorld

    with SimWorld() as world:
        frame = world.reset(ROUTE, with_image=False)
        agent = make_agent('expert', world, Schedule())
        with EpisodeBag(path, world) as bag:
            scorer = make_scorer(world, BENCH2DRIVE)
            run_episode(world, frame, agent, scorer, on_command=bag.add_command, max_ticks=ticks)
    policy = policy_for_replay('mini')
    request = Request(policy='mini')
    # Once for a moment, so that everything is loaded and warm.
    evaluate_bag(path, replace(request, settings=RunSettings(duration_s=1.0)), policy)
    begin_s = time.process_time()
    summary = evaluate_bag(path, request, policy).summary
    cpu_s = time.process_time() - begin_s
    latency = summary['measures']['plan_latency']
    return [
        {
            'name': 'replay_times_real_time',
            'label': 'replay evaluation of the mini [x real time]',
            'value': summary['times_real_time'],
            'at_least': LEAST_TIMES_REAL_TIME,
        },
        {
            'name': 'replay_times_cpu_time',
            'label': 'replay evaluation of the mini [x CPU time]',
            'value': summary['driven_s'] / cpu_s,
        },
        {
            'name': 'replay_plan_ms',
            'label': 'plan in it, median [ms]',
            'value': 1000.0 * latency['median'],
        },
    ]
