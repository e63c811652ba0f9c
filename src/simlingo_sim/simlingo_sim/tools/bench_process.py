# SPDX-License-Identifier: Apache-2.0
"""Runs one measurement of the simulator in this process and prints it as JSON."""

from __future__ import annotations

import json
import re
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from simlingo_core.errors import ConfigError
from simlingo_core.frame import TICK_PERIOD_S
from simlingo_core.images import encode_jpeg
from simlingo_core.types import VehicleCommand
from simlingo_sim.camera.specs import quality_named
from simlingo_sim.expert.driver import Expert
from simlingo_sim.traffic.traffic import TrafficConfig
from simlingo_sim.world import SimWorld, WorldConfig

ROUTE = 'test:0'
WARM_UP_TICKS = 20
TICKS_PER_STORED_FRAME = 5


def measure_loop(quality: str, weather: str, ticks: int) -> dict[str, float]:
    """Return milliseconds per tick of the world, its image and the expert, and of processors.

    Drawing uses several threads, so the processor time is more than the sum of the others; on a
    busy machine it is the number to compare.
    """
    spent_s = {'world': 0.0, 'image': 0.0, 'expert': 0.0}
    with SimWorld(WorldConfig(quality=quality_named(quality), weather=weather)) as world:
        frame = world.reset(ROUTE, with_image=False)
        expert = Expert(world)
        expert.reset()
        for tick in range(-WARM_UP_TICKS, ticks):
            if tick == 0:
                begin_s = time.process_time()
            marks_s = [time.perf_counter()]
            command = expert.drive(frame)
            marks_s.append(time.perf_counter())
            frame = world.step(command, with_image=False)
            marks_s.append(time.perf_counter())
            world.render(world.config.camera)
            marks_s.append(time.perf_counter())
            if tick < 0:
                continue
            expert_s, world_s, image_s = np.diff(marks_s)
            spent_s['expert'] += expert_s
            spent_s['world'] += world_s
            spent_s['image'] += image_s
        spent_s['processors'] = time.process_time() - begin_s
    return {part: 1e3 * seconds / ticks for part, seconds in spent_s.items()}


def measure_collection(seed: int, duration_s: float) -> dict[str, float]:
    """Return the number of images stored per second while the expert drives, at 4 Hz."""
    with SimWorld() as world, tempfile.TemporaryDirectory() as folder:
        frame = world.reset(ROUTE, seed=seed, with_image=True)
        expert = Expert(world)
        expert.reset()
        frames, ticks = 0, 0
        begin_s = time.perf_counter()
        while (spent_s := time.perf_counter() - begin_s) < duration_s:
            if frame.is_done:
                frame = world.reset(ROUTE, seed=seed, with_image=False)
                expert.reset()
            wants_image = (frame.tick + 1) % TICKS_PER_STORED_FRAME == 0
            frame = world.step(expert.drive(frame), with_image=wants_image)
            ticks += 1
            if frame.image_bgra is not None:
                _store(frame.image_bgra, Path(folder, f'{frames:05d}.jpg'))
                frames += 1
    return {'frames_per_s': frames / spent_s, 'x_real_time': ticks * TICK_PERIOD_S / spent_s}


def measure_start(ticks: int) -> dict[str, float]:
    """Return the time of the first and the second reset, and the memory after some ticks."""
    begin_s = time.perf_counter()
    with SimWorld() as world:
        world.reset(ROUTE)
        first_s = time.perf_counter() - begin_s
        processors_s = time.process_time()
        print('ready', flush=True)
        for _ in range(ticks):
            world.step(VehicleCommand(throttle=0.3))
        begin_s = time.perf_counter()
        world.reset(ROUTE, seed=1)
        another_s = time.perf_counter() - begin_s
    return {
        'reset_s': first_s,
        'processors_s': processors_s,
        'another_reset_s': another_s,
        'memory_mb': peak_memory_mb(),
    }


def peak_memory_mb() -> float:
    """Return the peak resident memory of this process.

    ``ru_maxrss`` would include that of the parent process.
    """
    status = Path('/proc/self/status').read_text(encoding='ascii')
    (kib,) = re.findall(r'^VmHWM:\s*(\d+) kB$', status, re.MULTILINE)
    return int(kib) * 1024 / 1e6


def measure_traffic(vehicles: int, ticks: int) -> dict[str, float]:
    """Return milliseconds per tick and per image with a number of other vehicles."""
    with SimWorld(WorldConfig(traffic=TrafficConfig(vehicles=vehicles))) as world:
        world.reset(ROUTE)
        spent_s = {'tick': 0.0, 'image': 0.0}
        for tick in range(-WARM_UP_TICKS, ticks):
            begin_s = time.perf_counter()
            world.step(VehicleCommand.full_brake(), with_image=False)
            middle_s = time.perf_counter()
            world.render(world.config.camera)
            if tick >= 0:
                spent_s['tick'] += middle_s - begin_s
                spent_s['image'] += time.perf_counter() - middle_s
    return {part: 1e3 * seconds / ticks for part, seconds in spent_s.items()}


def _store(image_bgra: NDArray[np.uint8], path: Path) -> None:
    path.write_bytes(encode_jpeg(image_bgra))


MEASUREMENTS: dict[str, Callable[..., dict[str, float]]] = {
    'loop': lambda quality, weather, ticks: measure_loop(quality, weather, int(ticks)),
    'collect': lambda seed, duration: measure_collection(int(seed), float(duration)),
    'start': lambda ticks: measure_start(int(ticks)),
    'traffic': lambda vehicles, ticks: measure_traffic(int(vehicles), int(ticks)),
}


def main(arguments: list[str]) -> None:
    """Run a measurement and print its result."""
    what, *values = arguments
    if what not in MEASUREMENTS:
        raise ConfigError(f'measurement is {what!r}; expected one of {", ".join(MEASUREMENTS)}')
    print(json.dumps(MEASUREMENTS[what](*values)), flush=True)


if __name__ == '__main__':
    main(sys.argv[1:])
