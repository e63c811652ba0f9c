# SPDX-License-Identifier: Apache-2.0
"""Starts the stack and a recorder, changes routes, samples, ends both."""

from __future__ import annotations

import json
import logging
import os
import re
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from simlingo_bringup.console import StackConsole
from simlingo_bringup.ending import end_process
from simlingo_bringup.environment import node_environment
from simlingo_bringup.soak.rotating_log import RotatingLog
from simlingo_bringup.soak.samples import Sample, look_at_processes, plan_times_ms, size_mb
from simlingo_core.errors import BackendError

ROUTES = ('test:8', 'test:0', 'test:12', 'test:16', 'test:24')
START_LIMIT_S, END_LIMIT_S = 300.0, 40.0
PAGE = re.compile(r'live page is at (http://\S+/)')

logger = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class SoakSettings:
    """How long, and how.

    Attributes:
        folder: for logs, recording and results.
        duration_s: of the soak, once the page is served.
        sample_period_s: from look to look.
        route_period_s: each route is driven for so long.
        arguments: further arguments of ``simlingo up``.
        log_mb, log_files: size of a log file, and how many older ones are kept.
        bag_mb, bag_files: the same of the recording.
    """

    folder: Path
    duration_s: float
    sample_period_s: float = 30.0
    route_period_s: float = 180.0
    arguments: tuple[str, ...] = ()
    log_mb: float = 1.0
    log_files: int = 3
    bag_mb: float = 20.0
    bag_files: int = 3


@dataclass
class _Running:
    """A process and its log."""

    name: str
    process: subprocess.Popen[str]
    log: RotatingLog


class Soak:
    """One soak; ``samples`` grows while it runs."""

    def __init__(self, settings: SoakSettings) -> None:
        self.settings = settings
        self.samples: list[Sample] = []
        self.episodes = 0
        self.lost_lines = 0

    def run(self) -> Iterator[Sample]:
        """Yield each sample as it is taken.

        Raises:
            BackendError: the stack does not start, or it or the recorder ends.
        """
        settings = self.settings
        with self._started(
            ['up', 'page:=true', 'page_port:=0', *settings.arguments], 'stack'
        ) as up:
            url = self._wait_for_page(up)
            with (
                self._started(self._record_words(), 'recorder') as recorder,
                StackConsole() as console,
            ):
                yield from self._sample(console, url, (up, recorder))

    def _sample(
        self, console: StackConsole, url: str, running: Sequence[_Running]
    ) -> Iterator[Sample]:
        begin_s = time.monotonic()
        settings = self.settings
        while (t_s := time.monotonic() - begin_s) < settings.duration_s:
            if t_s >= self.episodes * settings.route_period_s:
                begin_episode(url, ROUTES[self.episodes % len(ROUTES)], self.episodes)
                self.episodes += 1
            recorder = console.trace(
                settings.sample_period_s, role='ego_vehicle', camera='rgb_front'
            )
            for part in running:
                if part.process.poll() is not None:
                    raise BackendError(
                        f'after {t_s:.0f} s the {part.name} ended with code '
                        f'{part.process.returncode}; see its log in {settings.folder / "log"}'
                    )
            sample = self._look(
                time.monotonic() - begin_s, plan_times_ms(recorder.complete()), running
            )
            self.samples.append(sample)
            yield sample

    def _look(self, t_s: float, times_ms: list[float], running: Sequence[_Running]) -> Sample:
        folder = self.settings.folder
        return Sample(
            t_s=t_s,
            processes=look_at_processes([part.process.pid for part in running]),
            plans=len(times_ms),
            latency_ms=float(np.median(times_ms)) if times_ms else float('nan'),
            worst_ms=max(times_ms, default=float('nan')),
            shared_memory_mb=size_mb(Path('/dev/shm')),
            log_mb=size_mb(folder / 'log'),
            bag_mb=size_mb(folder / 'bag'),
            load=os.getloadavg()[0],
        )

    def _record_words(self) -> list[str]:
        settings = self.settings
        return [
            'record',
            str(settings.folder / 'bag'),
            '--split-mb',
            f'{settings.bag_mb:g}',
            '--keep-files',
            str(settings.bag_files),
        ]

    @contextmanager
    def _started(self, words: Sequence[str], name: str) -> Iterator[_Running]:
        settings = self.settings
        process = subprocess.Popen(
            [sys.executable, '-m', 'simlingo_bringup', *words],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env=node_environment(),
        )
        assert process.stdout is not None
        log = RotatingLog(
            process.stdout,
            settings.folder / 'log' / f'{name}.log',
            round(settings.log_mb * 1e6),
            settings.log_files,
        )
        try:
            yield _Running(name, process, log)
        finally:
            end_process(process, END_LIMIT_S)
            log.join()
            self.lost_lines += log.lost

    def _wait_for_page(self, running: _Running) -> str:
        """Return the address of the page.

        Raises:
            BackendError: it is not served in time.
        """
        path = self.settings.folder / 'log' / 'stack.log'
        end_s = time.monotonic() + START_LIMIT_S
        while True:
            text = path.read_text(encoding='utf-8', errors='replace') if path.exists() else ''
            found = PAGE.search(text)
            if found:
                return found[1]
            if running.process.poll() is not None or time.monotonic() > end_s:
                raise BackendError(f'the stack does not start; the end of {path}:\n{text[-1500:]}')
            time.sleep(0.2)


def begin_episode(url: str, route: str, seed: int) -> None:
    """Have the world drive another route, through the page's door; a refusal is logged."""
    body = json.dumps({'route': route, 'situation': '', 'seed': seed}).encode()
    request = urllib.request.Request(
        f'{url}api/episode', body, {'Content-Type': 'application/json'}
    )
    try:
        with urllib.request.urlopen(request, timeout=60.0):
            pass
    except (urllib.error.URLError, TimeoutError) as error:
        logger.warning('the world did not begin %s: %s', route, error)
