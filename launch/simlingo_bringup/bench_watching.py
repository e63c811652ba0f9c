# SPDX-License-Identifier: Apache-2.0
"""What it costs the car that somebody watches: a section of ``simlingo bench``.

One stack begins the same route again and again; in each round nobody watches, the page has one
watcher, then three, the overlay is drawn, all images are recorded, in a turning order, each from
the start of the route.  What is counted is the time from exposure to plan, against the same
round with nobody, and the processor time of the nodes for each second of the drive.
"""

from __future__ import annotations

import contextlib
import json
import re
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simlingo_bringup.bench_processor_time import processor_time_ms
from simlingo_bringup.benches import Rows
from simlingo_bringup.environment import node_environment, prepare_environment
from simlingo_bringup.plan_trace import PlanTrace
from simlingo_bringup.resolution import GIVE_WAY
from simlingo_core.errors import BackendError

ROUTE = 'test:8'
QUICK_ROUNDS, FULL_ROUNDS, WINDOW_S = 1, 5, 6.0
START_LIMIT_S, SETTLE_S = 180.0, 1.5
NOBODY, OVERLAY, RECORDING = 'nobody', 'overlay', 'recording'
WATCHERS: Mapping[str, int] = {'one_watcher': 1, 'three_watchers': 3}
CASES = (NOBODY, *WATCHERS, OVERLAY, RECORDING)
# Ten images a second, of which one more or less can fall into the window.
MOST_ADDED_MS, LEAST_IMAGES_PER_S = 5.0, 10.0 - 1.0 / WINDOW_S
LABELS = {
    'one_watcher': 'the page with one watcher',
    'three_watchers': 'the page with three watchers',
    OVERLAY: 'the overlay of every plan, recorded',
    RECORDING: 'recording with all images',
}
OVERLAY_TOPIC = '/simlingo/overlay/compressed'


@dataclass
class Measured:
    """Each round by case: median latency, processor time of page and others; images per second.

    Processor time is in milliseconds for each second of the drive.  ``world_speed`` is how many
    seconds of the world passed in each second with three watchers: no more than 1 in real time,
    less where the machine cannot keep up.
    """

    latency_ms: dict[str, list[float]] = field(default_factory=lambda: {c: [] for c in CASES})
    page_ms: dict[str, list[float]] = field(default_factory=lambda: {c: [] for c in CASES})
    others_ms: dict[str, list[float]] = field(default_factory=lambda: {c: [] for c in CASES})
    images_per_s: list[float] = field(default_factory=list)
    world_speed: list[float] = field(default_factory=list)


def watching(quick: bool) -> Rows:
    """Measure the drive with and without watchers in one stack.

    Raises:
        BackendError: the stack or a watcher does not start.
    """
    prepare_environment()
    measured = Measured()
    with TemporaryDirectory(prefix='simlingo_bench_') as folder, ExitStack() as stack:
        url, supervisor = stack.enter_context(_driving_stack(Path(folder)))
        # Not at the top: rclpy must see the environment prepared above.
        from simlingo_bringup.console_options import DEFAULT_NAMESPACE, open_console

        console = stack.enter_context(open_console(DEFAULT_NAMESPACE, None))
        for number in range(QUICK_ROUNDS if quick else FULL_ROUNDS):
            turn = number % len(CASES)
            for case in (*CASES[turn:], *CASES[:turn]):
                # Each sees the same part of the route, and none its end, where the world stands.
                _begin_episode(url)
                bag = Path(folder) / f'{case}_{number}'
                with _watching(case, url, bag, measured):
                    time.sleep(SETTLE_S)
                    before_ms = processor_time_ms(supervisor)
                    recorder = console.trace(WINDOW_S, role='ego_vehicle', camera='rgb_front')
                    spent_ms = np.subtract(processor_time_ms(supervisor), before_ms)
                _note(measured, case, recorder.complete(), spent_ms)
    return watching_rows(measured)


def _note(
    measured: Measured, case: str, plans: Sequence[PlanTrace], spent_ms: NDArray[np.float64]
) -> None:
    """Note one case of one round; NaN: no two plans were seen."""
    stamps_s = [plan.stamp_s for plan in plans]
    driven_s = max(stamps_s) - min(stamps_s) if len(stamps_s) > 1 else np.nan
    latency_ms = [1000.0 * plan.plan_latency_s for plan in plans]
    measured.latency_ms[case].append(float(np.median(latency_ms)) if plans else np.nan)
    measured.page_ms[case].append(float(spent_ms[0] / driven_s))
    measured.others_ms[case].append(float(spent_ms[1] / driven_s))


def watching_rows(measured: Measured) -> Rows:
    """Return the rows of the measurement: what each case adds, in the median of the rounds.

    Raises:
        BackendError: there were no plans to measure.
    """
    alone_ms = np.array(measured.latency_ms[NOBODY])
    rows = [_row('alone_ms', 'exposure to plan, nobody watches [ms]', _median(alone_ms))]
    for case, label in LABELS.items():
        added_ms = _median(np.array(measured.latency_ms[case]) - alone_ms)
        target = {'at_most': MOST_ADDED_MS} if case in WATCHERS else {}
        rows.append(_row(f'{case}_adds_ms', f'{label} adds [ms]', added_ms, **target))
    for case in (NOBODY, *WATCHERS):
        used_ms = _median(np.array(measured.page_ms[case]))
        label = f'processor time of the page, {case.replace("_", " ")} [ms/s]'
        rows.append(_row(f'page_cpu_{case}_ms', label, used_ms))
    others_ms = np.array(measured.others_ms['three_watchers']) - measured.others_ms[NOBODY]
    label = 'of all others for three watchers [ms/s]'
    rows.append(_row('others_cpu_ms', label, _median(others_ms)))
    world_speed = _median(np.array(measured.world_speed))
    label, images_per_s = 'images for each of three [1/s]', np.array(measured.images_per_s)
    return [
        *rows,
        _row('world_speed', 'seconds of the world in each second meanwhile', world_speed),
        _row('images_per_s', label, _median(images_per_s), at_least=LEAST_IMAGES_PER_S),
    ]


def _median(values: NDArray[np.float64]) -> float:
    """Return the median of the rounds in which there was something to measure."""
    finite = values[np.isfinite(values)]
    if not len(finite):
        raise BackendError('no plan was made while it was measured; look at simlingo up')
    return float(np.median(finite))


def _row(name: str, label: str, value: float, **target: float) -> Mapping[str, Any]:
    return {'name': name, 'label': label, 'value': value, **target}


@contextmanager
def _driving_stack(folder: Path) -> Iterator[tuple[str, int]]:
    """Run the stack with the mini and the page; give the page's address and the process id."""
    log = folder / 'stack.log'
    words = ('policy:=mini', f'route:={ROUTE}', 'page:=true', 'page_port:=0')
    with log.open('w') as stream:
        process = subprocess.Popen(
            [sys.executable, '-m', 'simlingo_bringup', 'up', *words],
            stdout=stream,
            stderr=subprocess.STDOUT,
            env=node_environment(),
        )
    try:
        found = _wait_for(lambda: re.search(r'live page is at (\S+)', log.read_text()), process)
        _wait_for(lambda: 'follows the plan' in log.read_text() or None, process)
        yield found[1], process.pid
    finally:
        _end(process)


@contextmanager
def _watching(case: str, url: str, bag: Path, measured: Measured) -> Iterator[None]:
    """Have somebody watch in one of the ways while the block runs."""
    if case == NOBODY:
        yield
    elif case in WATCHERS:
        yield from _watch_page(url, WATCHERS[case], measured)
    else:
        topics = (OVERLAY_TOPIC,) if case == OVERLAY else ('*',)
        choice = [word for topic in topics for word in ('--topic', topic)]
        process = _start('simlingo_bringup', 'record', str(bag), *choice)
        try:
            _wait_for(lambda: bag.is_dir() or None, process)
            yield
        finally:
            _end(process)


def _watch_page(url: str, count: int, measured: Measured) -> Iterator[None]:
    process = _start('simlingo_bringup.bench_watchers', url, str(count))
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        if process.stdout.readline().strip() != 'ready':
            raise BackendError('the watchers of the page get no images')
        process.stdin.write('\n')
        process.stdin.flush()
        yield
        process.stdin.write('\n')
        process.stdin.flush()
        world_speed, *rates = (float(word) for word in process.stdout.readline().split())
        if count == max(WATCHERS.values()):
            measured.images_per_s += rates
            measured.world_speed.append(world_speed)
    finally:
        _end(process)


def _start(module: str, *words: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [*GIVE_WAY, sys.executable, '-m', module, *words],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env=node_environment(),
    )


def _begin_episode(url: str) -> None:
    body = json.dumps({'route': ROUTE, 'situation': '', 'seed': 0}).encode()
    headers = {'Content-Type': 'application/json'}
    request = urllib.request.Request(f'{url}api/episode', body, headers)
    with urllib.request.urlopen(request, timeout=START_LIMIT_S):
        time.sleep(SETTLE_S)


def _wait_for(look: Callable[[], Any], process: subprocess.Popen[Any]) -> Any:
    end_s = time.monotonic() + START_LIMIT_S
    while (found := look()) is None:
        if process.poll() is not None or time.monotonic() > end_s:
            raise BackendError('what is to be measured does not start; try simlingo up page:=true')
        time.sleep(0.1)
    return found


def _end(process: subprocess.Popen[Any]) -> None:
    process.terminate()
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(20.0)
    process.kill()
    process.wait()
    for stream in (process.stdin, process.stdout):
        if stream is not None:
            stream.close()
